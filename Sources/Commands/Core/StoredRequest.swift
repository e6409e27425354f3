import Primitives
import RESP

/// A command with a copy of its arguments, to be run later. Whoever keeps it frees it.
struct StoredRequest {
    let record: UnsafeMutablePointer<CommandRecord>
    /// Bytes of all arguments.
    let byteCount: Int
    private let bytes: UnsafeMutableRawPointer
    private let spans: UnsafeMutablePointer<ArgumentSpan>
    private let count: Int

    var arguments: Arguments { Arguments(base: UnsafeRawPointer(bytes), spans: UnsafePointer(spans), count: count) }

    /// Copies a request; `replacements` take the places of arguments.
    init(
        _ record: UnsafeMutablePointer<CommandRecord>, _ arguments: Arguments,
        replacing replacements: [Int: [UInt8]] = [:]
    ) {
        let copies = replacements.isEmpty ? nil : arguments.copies.enumerated().map { replacements[$0] ?? $1 }
        self.record = record
        count = arguments.count
        byteCount = (0..<count).reduce(0) { $0 + (copies?[$1].count ?? arguments[$1].count) }
        bytes = .allocate(byteCount: max(1, byteCount), alignment: 8)
        spans = .allocate(capacity: count)
        var offset = 0
        for index in 0..<count {
            if let copies {
                copies[index].withBytes { place($0, at: &offset, index) }
            } else {
                place(arguments[index], at: &offset, index)
            }
        }
    }

    private func place(_ argument: Bytes, at offset: inout Int, _ index: Int) {
        (bytes + offset).copyMemory(from: argument.base, byteCount: argument.count)
        (spans + index).initialize(to: ArgumentSpan(offset: offset, count: argument.count))
        offset += argument.count
    }

    func free() {
        bytes.deallocate()
        spans.deallocate()
    }
}
