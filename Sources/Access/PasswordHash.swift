import Crypto
import Primitives

/// The SHA-256 of a password, which is all that is kept of it.
public struct PasswordHash: Equatable, Sendable {
    private let digest: [UInt8]

    /// The hash of a password.
    public init(of password: Bytes) {
        digest = Array(SHA256.hash(data: password.buffer))
    }

    /// The hash that 64 hexadecimal digits in lower case stand for; nil for anything else.
    init?(hexadecimal text: ArraySlice<UInt8>) {
        guard text.count == 64 else { return nil }
        var digest: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let digit = PasswordHash.digit(character) else { return nil }
            if let first = high {
                digest.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        self.digest = digest
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x57
        default: nil
        }
    }

    /// 64 hexadecimal digits in lower case.
    public var hexadecimal: [UInt8] {
        let digits = Array(Bytes("0123456789abcdef"))
        return digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Whether two hashes are the same. Takes the same time wherever they differ, so that nobody can feel a way to the
    /// right one.
    func matches(_ other: PasswordHash) -> Bool {
        var difference: UInt8 = 0
        for index in digest.indices { difference |= digest[index] ^ other.digest[index] }
        return difference == 0
    }
}
