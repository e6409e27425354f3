// Gossip: the cluster's bus. Who is there, who owns which slot, who has failed, who follows whom: messages, their bytes, and
// the machine that lives on them. No socket, no clock, no file. Imports Primitives.
import Primitives

/// The name of a node, or of a shard: 160 random bits, written as 40 hexadecimal digits.
///
/// Names are ordered as their texts are.
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let (high, middle, low): (UInt64, UInt64, UInt32)

    /// The digits of a name.
    public static let length = 40

    /// Bits for a table of names; they are random already.
    var bits: UInt64 { high }

    private init(_ high: UInt64, _ middle: UInt64, _ low: UInt32) {
        (self.high, self.middle, self.low) = (high, middle, low)
    }

    /// A name that nobody has.
    public init(random: inout RandomSource) {
        self.init(random.next(), random.next(), UInt32(truncatingIfNeeded: random.next()))
    }

    /// The name with 40 digits; nil where they are none.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let name = text.withUTF8({ NodeName(digits: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = name
    }

    /// The name with the digits in a buffer; nil where these are not 40 lower- or upper-case hexadecimal digits.
    public init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == NodeName.length else { return nil }
        func eight(_ part: Int) -> UInt32? {
            NodeName.value(UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: part * 8, as: UInt64.self)))
        }
        guard let a = eight(0), let b = eight(1), let c = eight(2), let d = eight(3), let low = eight(4) else {
            return nil
        }
        self.init(UInt64(a) << 32 | UInt64(b), UInt64(c) << 32 | UInt64(d), low)
    }

    /// Writes the 40 digits, lower case.
    public func write(to target: UnsafeMutableRawPointer) {
        for (part, word) in [high >> 32, high, middle >> 32, middle, UInt64(low)].enumerated() {
            let text = NodeName.digits(UInt32(truncatingIfNeeded: word)).littleEndian
            target.storeBytes(of: text, toByteOffset: part * 8, as: UInt64.self)
        }
    }

    /// The 40 digits, lower case.
    public var digits: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: NodeName.length) { buffer, count in
            write(to: UnsafeMutableRawPointer(buffer.baseAddress!))
            count = NodeName.length
        }
    }

    // Eight digits at a time: each digit is a byte of a word, the first one the lowest.

    private static func digits(_ value: UInt32) -> UInt64 {
        var halves = UInt64(value.byteSwapped)
        halves = (halves << 16 | halves) & 0x0000_FFFF_0000_FFFF
        halves = (halves << 8 | halves) & 0x00FF_00FF_00FF_00FF
        let nibbles = (halves << 8 | halves >> 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + letters * 0x27
    }

    private static func value(_ text: UInt64) -> UInt32? {
        let letters = text >> 6 & 0x0101_0101_0101_0101
        let nibbles = text & 0x0F0F_0F0F_0F0F_0F0F &+ letters * 9
        var halves = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
        halves = (halves >> 8 | halves) & 0x0000_FFFF_0000_FFFF
        let value = UInt32(truncatingIfNeeded: halves >> 16 | halves).byteSwapped
        // A digit has bit 5, a letter bit 6; small and large letters differ in bit 5.
        guard (text | text >> 1) & 0x2020_2020_2020_2020 == 0x2020_2020_2020_2020 else { return nil }
        return digits(value) == text | 0x2020_2020_2020_2020 ? value : nil
    }

    /// The 40 digits.
    public var text: String { String(decoding: digits, as: UTF8.self) }
    /// As `text`.
    public var description: String { text }

    /// Whether one name stands before another.
    public static func < (a: NodeName, b: NodeName) -> Bool {
        (a.high, a.middle, a.low) < (b.high, b.middle, b.low)
    }
}
