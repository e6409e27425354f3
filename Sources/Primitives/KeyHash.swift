/// The 64-bit hash of keys: multiply-and-fold over 16-byte steps with a secret seed, so that nobody who does not know the
/// seed can choose keys that collide. Source of the construction: Wang Yi, wyhash (public domain).
public struct KeyHash: Sendable {
    @usableFromInline let seed: UInt64

    /// - Parameter seed: random, and secret to clients.
    public init(seed: UInt64) { self.seed = seed ^ KeyHash.mix(seed ^ 0x2D35_8DCC_AA6C_78A5, 0x8BB8_4B93_962E_ACC9) }

    /// The product of two words, folded to one.
    @inlinable @inline(__always)
    static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inlinable @inline(__always)
    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// The hash of `key`.
    @inlinable
    public func callAsFunction(_ key: Bytes) -> UInt64 {
        let base = key.base
        let count = key.count
        var state = seed
        let head: UInt64
        let tail: UInt64
        if count <= 16 {
            if count >= 8 {
                head = KeyHash.word(base, 0)
                tail = KeyHash.word(base, count &- 8)
            } else if count >= 4 {
                head = UInt64(base.loadUnaligned(as: UInt32.self))
                tail = UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
            } else if count > 0 {
                head = UInt64(key[0]) << 16 | UInt64(key[count >> 1]) << 8 | UInt64(key[count &- 1])
                tail = 0
            } else {
                head = 0
                tail = 0
            }
        } else {
            var offset = 0
            while count &- offset > 16 {
                state = KeyHash.mix(
                    KeyHash.word(base, offset) ^ 0x8BB8_4B93_962E_ACC9, KeyHash.word(base, offset &+ 8) ^ state)
                offset &+= 16
            }
            head = KeyHash.word(base, count &- 16)
            tail = KeyHash.word(base, count &- 8)
        }
        let product = (head ^ 0x8BB8_4B93_962E_ACC9).multipliedFullWidth(by: tail ^ state)
        return KeyHash.mix(product.low ^ 0x2D35_8DCC_AA6C_78A5, product.high ^ UInt64(truncatingIfNeeded: count) ^ seed)
    }
}
