import Primitives
import Storage
import Structures

/// A name of keys that holds a place for an element: `weight_*`, or of a field of hashes, `object_*->weight`; `#` is
/// the element itself.
struct SortPattern {
    private let text: Bytes
    /// The index of the `*` that an element takes the place of.
    private let star: Int?
    /// The end of the key's name, and the field if there is one.
    private let end: Int
    private let field: Bytes?

    /// - Parameter text: valid as long as the pattern is used.
    init(_ text: Bytes) {
        self.text = text
        star = text.buffer.firstIndex(of: UInt8(ascii: "*"))
        let arrow = star.flatMap { text.arrow(after: $0) }
        end = arrow ?? text.count
        field = arrow.map { text.dropFirst($0 + 2) }
    }

    /// Whether it names another key for each element.
    var hasPlaceholder: Bool { star != nil }

    /// Whether every key that it names is in a slot.
    func isWithin(slot: Int) -> Bool {
        if !hasPlaceholder || text == "#" { return true }
        guard let tag = text.hashTag, let star, !tag.contains(star) else { return false }
        return hashSlot(of: text) == slot
    }

    /// Calls `body` with what the pattern says of an element; nil where there is no such key or field.
    func withValue(for element: Bytes, _ call: Call, _ body: (Bytes?) -> Void) {
        if text == "#" { return body(element) }
        guard let star else { return body(nil) }
        var name: [UInt8] = []
        name.reserveCapacity(text.count + element.count)
        name.append(text[0..<star])
        name.append(element)
        name.append(text[star + 1..<end])
        name.withBytes { look(at: call.keyspace.key($0), call, body) }
    }

    private func look(at key: Key, _ call: Call, _ body: (Bytes?) -> Void) {
        if let field { return look(at: field, of: try? call.readHash(key), body) }
        guard let entry = call.read(key), entry.isString else { return body(nil) }
        entry.withString { body($0) }
    }

    private func look(at field: Bytes, of hash: HashValue?, _ body: (Bytes?) -> Void) {
        guard let found = hash?.find(field) else { return body(nil) }
        found.value.withBytes { body($0) }
    }
}

extension Bytes {
    /// Where the hash tag of a key stands; nil where the whole key decides its slot.
    fileprivate var hashTag: Range<Int>? {
        guard let open = buffer.firstIndex(of: UInt8(ascii: "{")),
            let close = buffer[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return nil }
        return open + 1..<close
    }

    /// Where `->` with a name after it stands behind an index.
    fileprivate func arrow(after start: Int) -> Int? {
        var index = start + 1
        while index + 1 < count {
            if self[index] == UInt8(ascii: "-"), self[index + 1] == UInt8(ascii: ">") {
                return index + 2 < count ? index : nil
            }
            index += 1
        }
        return nil
    }
}
