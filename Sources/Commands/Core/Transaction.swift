import Primitives
import RESP

#if canImport(Glibc)
    import Glibc
#endif

/// The commands between MULTI and EXEC, with copies of their arguments.
///
///     bytes    INCR a INCR b GET c …        spans    ▮▮ ▮▮ ▮▮ …        commands    ● ● ● …
///
/// All arguments lie in one block and their spans in another, both of which the next transaction can use again.
final class Transaction {
    /// One command, and where its arguments' spans begin.
    struct Queued {
        let record: UnsafeMutablePointer<CommandRecord>
        fileprivate let firstSpan: Int
        fileprivate let count: Int
    }

    private(set) var commands: [Queued] = []
    /// Bytes of queued arguments.
    private(set) var byteCount = 0
    private var bytes: UnsafeMutableRawPointer?
    private var byteCapacity = 0
    private var spans: UnsafeMutablePointer<ArgumentSpan>?
    private var spanCount = 0
    private var spanCapacity = 0
    /// Whether a command was refused while queueing, so that EXEC will refuse all.
    var isRefused = false
    /// Whether EXEC is running them.
    var isRunning = false

    /// The most bytes that are kept for the next transaction.
    private static let mostRestingBytes = 16 << 10

    deinit {
        free(bytes)
        free(spans)
    }

    /// Bytes of memory that it holds.
    var heldBytes: Int {
        byteCapacity + spanCapacity * MemoryLayout<ArgumentSpan>.stride
            + commands.capacity * MemoryLayout<Queued>.stride
    }

    /// Whether it holds so little memory that it is worth keeping for the next one.
    var isSmall: Bool {
        byteCapacity + spanCapacity * MemoryLayout<ArgumentSpan>.stride <= Transaction.mostRestingBytes
    }

    func append(_ record: UnsafeMutablePointer<CommandRecord>, _ arguments: Arguments) {
        var missing = 0
        for index in 0..<arguments.count { missing &+= arguments[index].count }
        reserve(bytes: missing, spans: arguments.count)
        commands.append(Queued(record: record, firstSpan: spanCount, count: arguments.count))
        for index in 0..<arguments.count { copy(arguments[index]) }
    }

    private func reserve(bytes more: Int, spans moreSpans: Int) {
        if bytes == nil || byteCount + more > byteCapacity {
            byteCapacity = max(256, byteCount + more, byteCapacity * 2)
            bytes = realloc(bytes, byteCapacity)
        }
        if spanCount + moreSpans > spanCapacity {
            spanCapacity = max(32, spanCount + moreSpans, spanCapacity * 2)
            let size = spanCapacity * MemoryLayout<ArgumentSpan>.stride
            spans = realloc(spans, size).assumingMemoryBound(to: ArgumentSpan.self)
        }
    }

    private func copy(_ argument: Bytes) {
        (bytes! + byteCount).copyMemory(from: argument.base, byteCount: argument.count)
        (spans! + spanCount).initialize(to: ArgumentSpan(offset: byteCount, count: argument.count))
        byteCount &+= argument.count
        spanCount &+= 1
    }

    /// The arguments of a queued command; valid until another is queued.
    func arguments(of queued: Queued) -> Arguments {
        Arguments(base: UnsafeRawPointer(bytes!), spans: UnsafePointer(spans! + queued.firstSpan), count: queued.count)
    }

    /// Forgets everything but the memory.
    func clear() {
        commands.removeAll(keepingCapacity: true)
        (byteCount, spanCount, isRefused, isRunning) = (0, 0, false, false)
    }
}
