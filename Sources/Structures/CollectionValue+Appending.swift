import Primitives

// Filling new collections with what is known already: that it is new, that it follows what is there, and that it is within
// the limits of the form. Whoever reads values from files and payloads knows it.

extension SetValue {
    /// Appends a member that is new to a set made by `ofAnything`.
    public mutating func append(_ member: Element) { packed.append(member) }
}

extension SortedSetValue {
    /// Appends a member that is new, and behind all others in order, to a packed sorted set.
    public mutating func append(_ member: Element, _ score: Double) {
        packed.append(member)
        Score.withElement(score) { packed.append($0) }
    }

    /// Puts a packed sorted set into the large form.
    public mutating func makeLarge(_ limits: CollectionLimits) { if root == nil { enlarge(limits.hash) } }
}

extension HashValue {
    /// Appends a field that is new, and its value, to a packed hash.
    public mutating func append(_ field: Element, _ value: Element) {
        packed.append(field)
        packed.append(value)
    }
}
