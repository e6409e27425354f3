/// XXH3, the 64-bit variant with seed 0 (Collet, xxHash specification 0.8): a fast hash of high quality, not against
/// adversaries. `DIGEST` names values by it.
public enum XXH3 {
    /// The hash of `bytes`.
    public static func hash(_ bytes: Bytes) -> UInt64 {
        let input = bytes.base
        let count = bytes.count
        return secret.withUnsafeBytes { secret in
            let secret = secret.baseAddress.unsafelyUnwrapped
            if count <= 16 { return upTo16(input, count, secret) }
            if count <= 128 { return upTo128(input, count, secret) }
            return count <= 240 ? upTo240(input, count, secret) : long(input, count, secret)
        }
    }

    /// The 16 hexadecimal digits of the hash of `bytes`.
    public static func digest(_ bytes: Bytes) -> String {
        let digits = String(hash(bytes), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static let prime32: (UInt64, UInt64, UInt64) = (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D)
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private static let secret: [UInt8] = [
        0xB8, 0xFE, 0x6C, 0x39, 0x23, 0xA4, 0x4B, 0xBE, 0x7C, 0x01, 0x81, 0x2C, 0xF7, 0x21, 0xAD, 0x1C,
        0xDE, 0xD4, 0x6D, 0xE9, 0x83, 0x90, 0x97, 0xDB, 0x72, 0x40, 0xA4, 0xA4, 0xB7, 0xB3, 0x67, 0x1F,
        0xCB, 0x79, 0xE6, 0x4E, 0xCC, 0xC0, 0xE5, 0x78, 0x82, 0x5A, 0xD0, 0x7D, 0xCC, 0xFF, 0x72, 0x21,
        0xB8, 0x08, 0x46, 0x74, 0xF7, 0x43, 0x24, 0x8E, 0xE0, 0x35, 0x90, 0xE6, 0x81, 0x3A, 0x26, 0x4C,
        0x3C, 0x28, 0x52, 0xBB, 0x91, 0xC3, 0x00, 0xCB, 0x88, 0xD0, 0x65, 0x8B, 0x1B, 0x53, 0x2E, 0xA3,
        0x71, 0x64, 0x48, 0x97, 0xA2, 0x0D, 0xF9, 0x4E, 0x38, 0x19, 0xEF, 0x46, 0xA9, 0xDE, 0xAC, 0xD8,
        0xA8, 0xFA, 0x76, 0x3F, 0xE3, 0x9C, 0x34, 0x3F, 0xF9, 0xDC, 0xBB, 0xC7, 0xC7, 0x0B, 0x4F, 0x1D,
        0x8A, 0x51, 0xE0, 0x4B, 0xCD, 0xB4, 0x59, 0x31, 0xC8, 0x9F, 0x7E, 0xC9, 0xD9, 0x78, 0x73, 0x64,
        0xEA, 0xC5, 0xAC, 0x83, 0x34, 0xD3, 0xEB, 0xC3, 0xC5, 0x81, 0xA0, 0xFF, 0xFA, 0x13, 0x63, 0xEB,
        0x17, 0x0D, 0xDD, 0x51, 0xB7, 0xF0, 0xDA, 0x49, 0xD3, 0x16, 0x55, 0x26, 0x29, 0xD4, 0x68, 0x9E,
        0x2B, 0x16, 0xBE, 0x58, 0x7D, 0x47, 0xA1, 0xFC, 0x8F, 0xF8, 0xB8, 0xD1, 0x7A, 0xD0, 0x31, 0xCE,
        0x45, 0xCB, 0x3A, 0x8F, 0x95, 0x16, 0x04, 0x28, 0xAF, 0xD7, 0xFB, 0xCA, 0xBB, 0x4B, 0x40, 0x7E,
    ]
}

// MARK: Mixing

extension XXH3 {
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func half(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// The 128-bit product of two words, its halves folded into one word.
    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func avalanche(_ value: UInt64) -> UInt64 {
        let mixed = (value ^ value >> 37) &* 0x1656_6791_9E37_79F9
        return mixed ^ mixed >> 32
    }

    /// The finish of XXH64, which the shortest inputs use.
    private static func olderAvalanche(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ value >> 33) &* prime2
        mixed = (mixed ^ mixed >> 29) &* prime3
        return mixed ^ mixed >> 32
    }

    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    @inline(__always)
    private static func mix16(_ input: UnsafeRawPointer, _ offset: Int, _ secret: UnsafeRawPointer, _ key: Int)
        -> UInt64
    {
        fold(word(input, offset) ^ word(secret, key), word(input, offset + 8) ^ word(secret, key + 8))
    }
}

// MARK: By length

extension XXH3 {
    private static func upTo16(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        if count > 8 { return upTo16From9(input, count, secret) }
        if count >= 4 { return upTo8From4(input, count, secret) }
        guard count > 0 else { return olderAvalanche(word(secret, 56) ^ word(secret, 64)) }
        let first = UInt64(input.load(as: UInt8.self))
        let middle = UInt64(input.load(fromByteOffset: count >> 1, as: UInt8.self))
        let last = UInt64(input.load(fromByteOffset: count - 1, as: UInt8.self))
        let combined = first << 16 | middle << 24 | last | UInt64(count) << 8
        return olderAvalanche(combined ^ half(secret, 0) ^ half(secret, 4))
    }

    private static func upTo8From4(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        let both = half(input, count - 4) &+ half(input, 0) << 32
        var mixed = both ^ word(secret, 8) ^ word(secret, 16)
        mixed ^= rotated(mixed, 49) ^ rotated(mixed, 24)
        mixed &*= 0x9FB2_1C65_1E98_DF25
        mixed ^= mixed >> 35 &+ UInt64(count)
        mixed &*= 0x9FB2_1C65_1E98_DF25
        return mixed ^ mixed >> 28
    }

    private static func upTo16From9(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        let low = word(input, 0) ^ word(secret, 24) ^ word(secret, 32)
        let high = word(input, count - 8) ^ word(secret, 40) ^ word(secret, 48)
        return avalanche(UInt64(count) &+ low.byteSwapped &+ high &+ fold(low, high))
    }

    private static func upTo128(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        var sum = UInt64(count) &* prime1
        for pair in 0...(count - 1) / 32 {
            sum &+= mix16(input, 16 * pair, secret, 32 * pair)
            sum &+= mix16(input, count - 16 * (pair + 1), secret, 32 * pair + 16)
        }
        return avalanche(sum)
    }

    private static func upTo240(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        var sum = UInt64(count) &* prime1
        for round in 0..<8 { sum &+= mix16(input, 16 * round, secret, 16 * round) }
        sum = avalanche(sum)
        for round in 8..<count / 16 { sum &+= mix16(input, 16 * round, secret, 16 * (round - 8) + 3) }
        return avalanche(sum &+ mix16(input, count - 16, secret, 136 - 17))
    }

    private static func long(_ input: UnsafeRawPointer, _ count: Int, _ secret: UnsafeRawPointer) -> UInt64 {
        var lanes: Lanes = [prime32.2, prime1, prime2, prime3, prime4, prime32.1, prime5, prime32.0]
        let blocks = (count - 1) / 1024
        for block in 0..<blocks {
            for stripe in 0..<16 { accumulate(&lanes, input + block * 1024 + stripe * 64, secret + stripe * 8) }
            scramble(&lanes, secret + 128)
        }
        for stripe in 0..<(count - 1 - blocks * 1024) / 64 {
            accumulate(&lanes, input + blocks * 1024 + stripe * 64, secret + stripe * 8)
        }
        accumulate(&lanes, input + count - 64, secret + 128 - 7)
        return merged(lanes, secret + 11, UInt64(count) &* prime1)
    }

    private typealias Lanes = SIMD8<UInt64>

    @inline(__always)
    private static func accumulate(_ lanes: inout Lanes, _ input: UnsafeRawPointer, _ secret: UnsafeRawPointer) {
        for lane in 0..<8 {
            let value = word(input, lane * 8)
            let key = value ^ word(secret, lane * 8)
            lanes[lane ^ 1] &+= value
            lanes[lane] &+= (key & 0xFFFF_FFFF) &* (key >> 32)
        }
    }

    @inline(__always)
    private static func scramble(_ lanes: inout Lanes, _ secret: UnsafeRawPointer) {
        for lane in 0..<8 {
            let mixed = lanes[lane] ^ lanes[lane] >> 47 ^ word(secret, lane * 8)
            lanes[lane] = mixed &* prime32.0
        }
    }

    private static func merged(_ lanes: Lanes, _ secret: UnsafeRawPointer, _ start: UInt64) -> UInt64 {
        var sum = start
        for pair in 0..<4 {
            sum &+= fold(
                lanes[pair * 2] ^ word(secret, pair * 16), lanes[pair * 2 + 1] ^ word(secret, pair * 16 + 8))
        }
        return avalanche(sum)
    }
}
