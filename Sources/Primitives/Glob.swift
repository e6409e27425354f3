/// Glob patterns as in `KEYS`, `SCAN MATCH`, `CONFIG GET` and `PSUBSCRIBE`: `*`, `?`, `[a-z]`, `[^a]` and `\` to escape.
public enum Glob {
    /// Whether `text` matches `pattern` whole. Linear in the text for each `*` of the pattern.
    public static func matches(_ pattern: Bytes, _ text: Bytes, ignoringCase: Bool = false) -> Bool {
        var matcher = Matcher(pattern: pattern, text: text, ignoringCase: ignoringCase)
        return matcher.run()
    }

    /// Whether every text matches, so that none needs to be looked at.
    public static func matchesEverything(_ pattern: Bytes) -> Bool { pattern == "*" }
}

/// Walks pattern and text together; at a mismatch it goes back to the last `*` and lets it take one byte more. Going
/// back to an earlier `*` can never help, so the walk is bounded by the product of the lengths.
private struct Matcher {
    let pattern: Bytes
    let text: Bytes
    let ignoringCase: Bool
    private var at = 0
    private var position = 0
    private var afterStar: Int?
    private var starTook = 0

    init(pattern: Bytes, text: Bytes, ignoringCase: Bool) {
        self.pattern = pattern
        self.text = text
        self.ignoringCase = ignoringCase
    }

    mutating func run() -> Bool {
        while position < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                at += 1
                afterStar = at
                starTook = position
            } else if at < pattern.count, let next = matchOne() {
                at = next
                position += 1
            } else if let star = afterStar {
                starTook += 1
                position = starTook
                at = star
            } else {
                return false
            }
        }
        while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
        return at == pattern.count
    }

    private func fold(_ byte: UInt8) -> UInt8 { ignoringCase ? Bytes.lowercased(byte) : byte }

    /// Where the pattern goes on if its element at `at` matches the byte at `position`.
    private func matchOne() -> Int? {
        let byte = fold(text[position])
        switch pattern[at] {
        case UInt8(ascii: "?"): return at + 1
        case UInt8(ascii: "["): return matchClass(byte)
        case UInt8(ascii: "\\") where at + 1 < pattern.count: return fold(pattern[at + 1]) == byte ? at + 2 : nil
        case let literal: return fold(literal) == byte ? at + 1 : nil
        }
    }

    /// A class `[...]`; one that is not closed ends with the pattern.
    private func matchClass(_ byte: UInt8) -> Int? {
        var index = at + 1
        let negated = index < pattern.count && pattern[index] == UInt8(ascii: "^")
        if negated { index += 1 }
        var found = false
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") {
            if pattern[index] == UInt8(ascii: "\\"), index + 1 < pattern.count {
                found = found || fold(pattern[index + 1]) == byte
                index += 2
            } else if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-") {
                let low = fold(min(pattern[index], pattern[index + 2]))
                let high = fold(max(pattern[index], pattern[index + 2]))
                found = found || (low <= byte && byte <= high)
                index += 3
            } else {
                found = found || fold(pattern[index]) == byte
                index += 1
            }
        }
        return found != negated ? min(index + 1, pattern.count) : nil
    }
}
