import Primitives

/// A key on its way to an entry: its bytes, its hash and its slot, computed once.
@frozen
public struct Key {
    /// The key itself.
    public let bytes: Bytes
    @usableFromInline let hash: UInt64
    /// The hash slot, 0 to 16383.
    public let slot: Int

    /// Computes hash and slot.
    @inlinable @inline(__always)
    public init(_ bytes: Bytes, hash: KeyHash) {
        self.bytes = bytes
        self.hash = hash(bytes)
        self.slot = hashSlot(of: bytes)
    }

    /// A key whose hash and slot are known.
    init(_ bytes: Bytes, hash: UInt64, slot: Int) {
        (self.bytes, self.hash, self.slot) = (bytes, hash, slot)
    }

    /// Where the key stands among the keys of its slot: the order of `SCAN`.
    @inlinable @inline(__always)
    var position: UInt32 { Key.position(hash) }

    @inlinable @inline(__always)
    static func position(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

    /// One byte, never 0, that sits in the bucket beside the entry's address.
    @inlinable @inline(__always)
    var fingerprint: UInt8 { Key.fingerprint(hash) }

    @inlinable @inline(__always)
    static func fingerprint(_ hash: UInt64) -> UInt8 {
        let byte = UInt8(truncatingIfNeeded: hash)
        return byte == 0 ? 1 : byte
    }
}
