import Primitives

/// One cache line of the table: up to seven entries.
///
///     byte 0 … 6   fingerprints of the lanes, 0 for a free lane
///     byte 7       how many entries had this bucket on their way but lie further on; 255 sticks
///     8 … 63       seven words: the entry's address in the low 48 bits, the expiry tag in the high 16
///
/// The expiry tag is 0 for a key that does not expire, else 1 + expiry in seconds modulo 65535: a filter that lets the
/// background walk pass over a key without reading its entry.
@frozen @usableFromInline
struct Bucket {
    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    @inlinable static var size: Int { 64 }
    @inlinable static var laneCount: Int { 7 }
    @inlinable static var laneMask: UInt64 { 0x0080_8080_8080_8080 }

    @inlinable @inline(__always)
    var marks: UInt64 {
        get { base.load(as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, as: UInt64.self) }
    }

    /// Entries that passed by.
    @inlinable @inline(__always)
    var passed: UInt8 {
        get { base.load(fromByteOffset: 7, as: UInt8.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 7, as: UInt8.self) }
    }

    @inlinable @inline(__always)
    func word(_ lane: Int) -> UnsafeMutablePointer<UInt64> {
        (base + 8 + lane &* 8).assumingMemoryBound(to: UInt64.self)
    }

    @inlinable @inline(__always)
    static func entry(_ word: UInt64) -> Entry {
        Entry(UnsafeMutableRawPointer(bitPattern: UInt(word & 0x0000_FFFF_FFFF_FFFF)).unsafelyUnwrapped)
    }

    @inlinable
    static func word(_ entry: Entry) -> UInt64 {
        let address = UInt64(UInt(bitPattern: entry.base))
        guard entry.hasExpiry else { return address }
        return address | tag(entry.expiryMilliseconds) << 48
    }

    /// The tag of an expiry.
    @inlinable
    static func tag(_ expiryMilliseconds: Int64) -> UInt64 {
        let seconds = expiryMilliseconds / 1000
        return UInt64(((seconds % 65535) + 65535) % 65535) + 1
    }

    /// Whether a key with this word may have expired at a time whose tag is `now`: true for all that have in the last
    /// nine hours, and for those that lie more than nine hours ahead or back.
    @inlinable
    static func mayHaveExpired(_ word: UInt64, now: UInt64) -> Bool {
        let tag = word >> 48
        return tag != 0 && (now &+ 65535 &- tag) % 65535 < 32768
    }

    /// The lanes, as bit 7 of their bytes, whose fingerprint is repeated in `pattern`.
    @inlinable @inline(__always)
    static func matches(_ marks: UInt64, _ pattern: UInt64) -> UInt64 {
        let difference = marks ^ pattern
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        return ~(((difference & low) &+ low) | difference | low) & laneMask
    }

    @inlinable @inline(__always)
    static func lane(_ match: UInt64) -> Int { match.trailingZeroBitCount >> 3 }

    @inlinable
    func put(_ entry: Entry, _ fingerprint: UInt8, lane: Int) {
        base.storeBytes(of: fingerprint, toByteOffset: lane, as: UInt8.self)
        word(lane).pointee = Bucket.word(entry)
    }

    @inlinable
    func clear(lane: Int) { base.storeBytes(of: 0, toByteOffset: lane, as: UInt8.self) }

    @inlinable
    func isUsed(_ lane: Int) -> Bool { base.load(fromByteOffset: lane, as: UInt8.self) != 0 }
}
