import Primitives
import Storage

/// The end of the journal in its blocks: for replicas that come back, and for those that are behind. All read the same bytes.
///
///     blocks:  │ oldest … │ … │ … newest │ ◀─ the journal is written here
///                  ▲ slow replica   ▲ others
///
/// 1. At least `size` bytes are kept, once there were as many; what lies before goes with whole blocks.
/// 2. A block that some replica has not been sent yet stays, whatever the size: how far a replica may be behind is limited
///    elsewhere.
/// 3. Blocks follow each other without a gap; one that begins elsewhere ends all before it.
final class Backlog: JournalKeeper {
    /// Bytes that are kept for replicas that come back.
    var size: Int {
        didSet { trim() }
    }
    private var blocks: [JournalBlock] = []
    /// Bytes of memory that the blocks take.
    private(set) var memory = 0
    /// The offset from which on a replica still needs the journal; nil where none does.
    var oldestNeeded: () -> Int64? = { nil }

    init(size: Int) { self.size = size }

    /// The offset of the first byte that is kept.
    var start: Int64 { blocks.first?.start ?? 0 }
    /// The offset behind the last one.
    var end: Int64 { blocks.last?.end ?? 0 }

    /// A sixteenth of all, so that not much more is kept than is wanted.
    var blockSize: Int { min(max(16 << 10, size / 16), 1 << 20) }

    func keep(_ block: JournalBlock) {
        if let last = blocks.last, last.end != block.start { blocks = [] }
        if blocks.last?.count == 0 { blocks.removeLast() }
        blocks.append(block)
        memory = blocks.reduce(0) { $0 + $1.capacity }
        trim()
    }

    /// Drops the blocks that nobody needs.
    func trim() {
        guard blocks.count > 1 else { return }
        let (end, needed) = (self.end, oldestNeeded() ?? .max)
        let kept = blocks.indices.dropFirst().last { end - blocks[$0].start >= Int64(size) } ?? 0
        let count = blocks[..<kept].firstIndex { $0.end > needed } ?? kept
        guard count > 0 else { return }
        memory -= blocks[..<count].reduce(0) { $0 + $1.capacity }
        blocks.removeFirst(count)
    }

    /// Whether the journal can be read from an offset on.
    func holds(_ offset: Int64) -> Bool { !blocks.isEmpty && offset >= start && offset <= end }

    /// In how many blocks the bytes from an offset on lie.
    func blockCount(from offset: Int64) -> Int { blocks.reversed().prefix { $0.end > offset }.count }

    /// A run of bytes from an offset on, empty only at the end.
    func bytes(from offset: Int64) -> Bytes {
        guard holds(offset) else { preconditionFailure("the backlog does not hold offset \(offset)") }
        var (low, high) = (0, blocks.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if blocks[middle].start <= offset { low = middle } else { high = middle - 1 }
        }
        return blocks[low].bytes(from: offset)
    }
}
