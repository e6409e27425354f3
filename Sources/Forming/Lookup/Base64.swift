// Base64 (RFC 4648), in which etcd's gateway has keys and values.

private let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

func base64(_ text: String) -> String { base64(Array(text.utf8)) }

func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let part = bytes[start..<min(start + 3, bytes.count)]
        let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
        for place in 0..<4 {
            text.append(place <= part.count ? digits[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}

/// Nil where the text is no Base64.
func unbase64(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var (word, bits) = (0, 0)
    let end = text.utf8.lastIndex { $0 != UInt8(ascii: "=") }.map { text.utf8.index(after: $0) } ?? text.startIndex
    for character in text.utf8[..<end] {
        guard let digit = digits.firstIndex(of: character) else { return nil }
        (word, bits) = (word << 6 & 0xFFFF | digit, bits + 6)
        guard bits >= 8 else { continue }
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> bits))
    }
    return bytes
}
