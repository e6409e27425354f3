import Primitives

/// What may be done with a key.
public struct KeyPermissions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its data may reach the client.
    public static let read = KeyPermissions(rawValue: 1)
    /// It may be changed, made or removed.
    public static let write = KeyPermissions(rawValue: 2)
}

/// Keys by pattern, with what may be done with them.
struct KeyPattern: Equatable, Sendable {
    let pattern: [UInt8]
    var permissions: KeyPermissions

    /// Whether a key may be used so. Where nothing is asked of its data, any pattern that it matches will do.
    func allows(_ key: Bytes, _ wanted: KeyPermissions) -> Bool {
        permissions.isSuperset(of: wanted) && pattern.withBytes { Glob.matches($0, key) }
    }

    /// As a rule: `~a*`, `%R~a*`, `%W~a*`.
    var rule: [UInt8] {
        let sign: StaticString = permissions == [.read, .write] ? "~" : permissions == .read ? "%R~" : "%W~"
        return Array(Bytes(sign)) + pattern
    }
}
