import Primitives

extension Bytes {
    /// Where the reply that begins at an offset ends, with all that it contains; nil where it is not whole. The bytes are
    /// replies as `ReplyWriter` writes them.
    public func endOfReply(at start: Int) -> Int? {
        var (position, missing) = (start, 1)
        while missing > 0 {
            guard let end = endOfLine(at: position) else { return nil }
            let number = self[position + 1..<end - 2].integer.flatMap(Int.init(exactly:)) ?? 0
            let type = self[position]
            position = end
            missing -= 1
            switch type {
            case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"): position += number < 0 ? 0 : number + 2
            case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"): missing += max(0, number)
            case UInt8(ascii: "%"): missing += 2 * number
            // Attributes stand before the reply that they belong to.
            case UInt8(ascii: "|"): missing += 2 * number + 1
            default: break
            }
        }
        return position <= count ? position : nil
    }

    /// The offset behind the line break that ends a line.
    private func endOfLine(at start: Int) -> Int? {
        var position = start + 2
        while position < count {
            if self[position] == 0x0A, self[position - 1] == 0x0D { return position + 1 }
            position += 1
        }
        return nil
    }
}
