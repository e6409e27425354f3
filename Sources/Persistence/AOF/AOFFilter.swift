import Primitives

/// Leaves out of journal bytes what concerns the node itself and no data: messages.
struct AOFFilter {
    /// Appends the commands of a whole number of transactions that belong into a file.
    static func append(_ bytes: Bytes, to output: inout [UInt8]) {
        guard holdsMessages(bytes) else { return output.append(bytes) }
        var (start, opening): (Int, Range<Int>?) = (0, nil)
        while start < bytes.count {
            let end = AOFFilter.end(of: bytes, at: start)
            switch word(bytes, at: start) {
            case .message: break
            case .multi: opening = start..<end
            case .exec:
                // Of a transaction of nothing but messages nothing is left.
                if opening == nil { output.append(bytes[start..<end]) }
                opening = nil
            case .other:
                if let range = opening { output.append(bytes[range]) }
                opening = nil
                output.append(bytes[start..<end])
            }
            start = end
        }
    }

    private enum Word {
        case message
        case multi
        case exec
        case other
    }

    private static func holdsMessages(_ bytes: Bytes) -> Bool {
        var start = 0
        while start < bytes.count {
            if word(bytes, at: start) == .message { return true }
            start = end(of: bytes, at: start)
        }
        return false
    }

    /// The journal writes names in capitals.
    private static func word(_ bytes: Bytes, at start: Int) -> Word {
        var position = start
        let count = number(bytes, &position)
        let size = number(bytes, &position)
        let name = bytes[position..<position + size]
        if count == 3, name == "PUBLISH" || name == "SPUBLISH" { return .message }
        guard count == 1 else { return .other }
        return name == "MULTI" ? .multi : name == "EXEC" ? .exec : .other
    }

    private static func end(of bytes: Bytes, at start: Int) -> Int {
        var position = start
        let count = number(bytes, &position)
        for _ in 0..<count {
            let size = number(bytes, &position)
            position += size + 2
        }
        return position
    }

    /// Reads a header that the journal has written, and goes behind it.
    private static func number(_ bytes: Bytes, _ position: inout Int) -> Int {
        var value = 0
        position += 1
        while bytes[position] != 0x0D {
            value = value * 10 + Int(bytes[position] &- 0x30)
            position += 1
        }
        position += 2
        return value
    }
}
