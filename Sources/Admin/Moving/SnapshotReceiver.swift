/// Takes the snapshot out of what a primary sends after SYNC: line breaks that keep the line awake, a header, the snapshot,
/// and what is written meanwhile, which is not wanted.
///
///     \n … $<length>\r\n<snapshot>   or   \n … $EOF:<40 bytes>\r\n<snapshot><the same 40 bytes>
struct SnapshotReceiver {
    private enum State {
        case header([UInt8])
        case counted(left: Int)
        /// What has come and may be the beginning of the mark is held.
        case marked([UInt8], held: [UInt8])
        case whole
    }

    private var state = State.header([])
    /// Bytes of the snapshot so far.
    private(set) var count = 0

    var isWhole: Bool { if case .whole = state { true } else { false } }

    /// The bytes of the snapshot in what has come.
    /// - Throws: where the primary refuses, or sends something else.
    mutating func receive(_ bytes: [UInt8]) throws(AdminFailure) -> [UInt8] {
        var bytes = bytes[...]
        if case .header(let line) = state { try readHeader(line, &bytes) }
        let part: [UInt8]
        switch state {
        case .header, .whole: part = []
        case .counted(let left):
            part = Array(bytes.prefix(left))
            state = part.count == left ? .whole : .counted(left: left - part.count)
        case .marked(let mark, let held): part = cut(held + bytes, mark)
        }
        count += part.count
        return part
    }

    private mutating func readHeader(_ line: [UInt8], _ bytes: inout ArraySlice<UInt8>) throws(AdminFailure) {
        var line = line
        while let byte = bytes.popFirst() {
            if byte != 0x0A { line.append(byte) }
            guard byte == 0x0A, !line.isEmpty else { continue }
            return try begin(String(decoding: line.filter { $0 != 0x0D }, as: UTF8.self))
        }
        guard line.count < 1024 else { throw AdminFailure("The node answers SYNC with something else.") }
        state = .header(line)
    }

    private mutating func begin(_ line: String) throws(AdminFailure) {
        if line.hasPrefix("$EOF:"), line.utf8.count == 45 {
            state = .marked(Array(line.utf8.dropFirst(5)), held: [])
        } else if line.hasPrefix("$"), let length = Int(line.dropFirst()), length >= 0 {
            state = length == 0 ? .whole : .counted(left: length)
        } else {
            throw AdminFailure("The node answers SYNC with \(line.prefix(200))")
        }
    }

    private mutating func cut(_ bytes: [UInt8], _ mark: [UInt8]) -> [UInt8] {
        var start = 0
        while let found = bytes[start...].firstIndex(of: mark[0]), found + mark.count <= bytes.count {
            if bytes[found..<found + mark.count].elementsEqual(mark) {
                state = .whole
                return Array(bytes[..<found])
            }
            start = found + 1
        }
        let kept = max(0, bytes.count - mark.count + 1)
        state = .marked(mark, held: Array(bytes[kept...]))
        return Array(bytes[..<kept])
    }
}
