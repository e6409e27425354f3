/// Words of a configuration line: bare, in double quotes with escapes (`\n`, `\xHH`), or in single quotes (only `\'`).
/// The rules are those of the reference's `sdssplitargs` and `sdscatrepr`.
public enum Words {
    /// The words of `line`, or nil if a quote is not closed or is followed by something else than a blank.
    public static func split(_ line: [UInt8]) -> [[UInt8]]? {
        var splitter = Splitter(line: line)
        var words: [[UInt8]] = []
        while splitter.skipBlanks() {
            guard let word = splitter.word() else { return nil }
            words.append(word)
        }
        return words
    }

    /// `word` in double quotes, so that it reads back as it is.
    public static func quoted(_ word: [UInt8]) -> [UInt8] {
        [quote] + word.flatMap(escaped) + [quote]
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case quote, backslash: return [backslash, byte]
        case 0x0A: return Array(#"\n"#.utf8)
        case 0x0D: return Array(#"\r"#.utf8)
        case 0x09: return Array(#"\t"#.utf8)
        case 0x07: return Array(#"\a"#.utf8)
        case 0x08: return Array(#"\b"#.utf8)
        case 0x20..<0x7F: return [byte]
        default:
            let digits = Array("0123456789abcdef".utf8)
            return [backslash, UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let apostrophe = UInt8(ascii: "'")
    fileprivate static let backslash = UInt8(ascii: "\\")
}

private struct Splitter {
    let line: [UInt8]
    var position = 0

    init(line: [UInt8]) { self.line = line }

    private var byte: UInt8? { position < line.count ? line[position] : nil }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Goes to the next word; false at the end of the line.
    mutating func skipBlanks() -> Bool {
        while let byte, isBlank(byte) { position += 1 }
        return byte != nil
    }

    /// The word at the position. A quote may open in the middle of a word, and where it closes the word ends.
    mutating func word() -> [UInt8]? {
        var word: [UInt8] = []
        while let byte, !isBlank(byte) {
            position += 1
            switch byte {
            case Words.quote: return inQuotes(&word) ? word : nil
            case Words.apostrophe: return inApostrophes(&word) ? word : nil
            default: word.append(byte)
            }
        }
        return word
    }

    /// Whether the word ends at the position.
    private var endsHere: Bool { byte.map(isBlank) ?? true }

    private mutating func inQuotes(_ word: inout [UInt8]) -> Bool {
        while let byte {
            position += 1
            if byte == Words.quote { return endsHere }
            word.append(byte == Words.backslash && self.byte != nil ? escape() : byte)
        }
        return false
    }

    private mutating func inApostrophes(_ word: inout [UInt8]) -> Bool {
        while var byte {
            position += 1
            if byte == Words.apostrophe { return endsHere }
            if byte == Words.backslash, self.byte == Words.apostrophe {
                byte = Words.apostrophe
                position += 1
            }
            word.append(byte)
        }
        return false
    }

    /// The byte that the escape after a backslash stands for.
    private mutating func escape() -> UInt8 {
        let letter = line[position]
        if letter == UInt8(ascii: "x"), let byte = hexadecimal(at: position + 1) {
            position += 3
            return byte
        }
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "a"): return 0x07
        default: return letter
        }
    }

    private func hexadecimal(at start: Int) -> UInt8? {
        guard start + 1 < line.count, let high = digit(line[start]), let low = digit(line[start + 1]) else {
            return nil
        }
        return high << 4 | low
    }

    private func digit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
