import Primitives
import Storage
import Structures

/// 20 bytes that are the same for the same data, in whatever order it came: equal to those of the reference's DEBUG DIGEST.
///
/// Each key's part mixes its name, its type and its value; the parts are joined by XOR, which has no order.
public struct DataDigest {
    /// The digest so far; all zero for nothing.
    public private(set) var bytes = [UInt8](repeating: 0, count: 20)

    /// The digest of nothing.
    public init() {}

    /// The digest of all databases; all zero when they are empty. Expired keys count until they are removed.
    public static func digest(of keyspace: Keyspace) -> [UInt8] {
        var digest = DataDigest()
        for index in 0..<keyspace.databaseCount {
            guard let database = keyspace.existing(index), database.count > 0 else { continue }
            digest.mix(UInt32(index))
            database.forEach { entry in
                var part = DataDigest()
                part.mix(entry.key)
                part.mixValue(of: entry)
                part.bytes.withBytes { digest.add($0) }
            }
        }
        return digest.bytes
    }

    /// The digest of one value, with its type and whether it expires, but without its key.
    public static func digest(of entry: Entry) -> [UInt8] {
        var digest = DataDigest()
        digest.mixValue(of: entry)
        return digest.bytes
    }

    /// The digest as 40 hexadecimal digits.
    public static func text(_ digest: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Adds something where the order does not matter: a member of a set.
    mutating func add(_ part: Bytes) {
        let hash = SHA1.digest(part)
        for index in bytes.indices { bytes[index] ^= hash[index] }
    }

    /// Adds something where the order matters: an element of a list.
    mutating func mix(_ part: Bytes) {
        add(part)
        bytes = bytes.withBytes { SHA1.digest($0) }
    }

    private mutating func mix(_ number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { mix(Bytes($0)) }
    }

    private mutating func mixValue(of entry: Entry) {
        mix(DataDigest.number(of: entry.type))
        switch entry.type {
        case .string: entry.withString { mix($0) }
        case .list: entry.view(as: ListValue.self).forEach { element in element.withBytes { mix($0) } }
        case .set: entry.view(as: SetValue.self).forEach { $0.withBytes { add($0) } }
        case .sortedSet: mixScores(of: entry.view(as: SortedSetValue.self))
        case .hash: mixFields(of: entry.view(as: HashValue.self))
        case .stream: mix(entry.view(as: StreamValue.self))
        }
        if entry.hasExpiry { add("!!expire!!") }
    }

    private mutating func mixScores(of value: SortedSetValue) {
        value.forEach { scored in
            var part = DataDigest()
            part.mix(scored.member)
            NumberText.withSeventeenDigits(scored.score) { part.mix($0) }
            part.bytes.withBytes { add($0) }
        }
    }

    private mutating func mixFields(of hash: HashValue) {
        hash.forEach { field, value in
            var part = DataDigest()
            field.withBytes { part.mix($0) }
            value.withBytes { part.mix($0) }
            if hash.earliestExpiry != .max, field.withBytes({ hash.find($0)?.expiry }) != nil {
                part.add("!!hexpire!!")
            }
            part.bytes.withBytes { add($0) }
        }
    }

    private mutating func add(_ word: StaticString) { add(Bytes(word)) }

    /// The reference's number of a type; 5 is that of its modules.
    private static func number(of type: ValueType) -> UInt32 {
        switch type {
        case .string: 0
        case .list: 1
        case .set: 2
        case .sortedSet: 3
        case .hash: 4
        case .stream: 6
        }
    }
}
