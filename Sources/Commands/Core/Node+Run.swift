import CShims
import Primitives
import RESP
import Storage

/// Requests that have been parsed ahead, with the places of their first keys.
final class Batch {
    static let size = 16

    struct Request {
        /// Where the request ends in the input.
        var end = 0
        var firstSpan = 0
        var count = 0
        var record: UnsafeMutablePointer<CommandRecord>?
        var key: Key?
        var bucket: UnsafeRawPointer?
        /// Most likely the key's entry.
        var entry: UnsafeMutableRawPointer?
    }

    let requests: UnsafeMutablePointer<Request>
    /// Whether a request looks up a member of a collection.
    var hasMembers = false

    init() {
        requests = .allocate(capacity: Batch.size)
        requests.initialize(repeating: Request(), count: Batch.size)
    }

    deinit { requests.deallocate() }
}

extension Node {
    /// How much output may wait before a client that does not read has its commands wait.
    static let outputHighWater = 1 << 20

    /// Runs the requests in a session's input. Returns false if it stopped because output waits to be sent; the driver
    /// calls again when that is gone.
    @discardableResult
    public func run(_ session: Session) -> Bool {
        guard session.inputCount > 0, !session.isScriptBusy else { return true }
        session.lastActiveAt = keyspace.now / 1000
        if _slowPath(session.memory != nil), !keepsClient(session) { return true }
        let isDrained = runBatches(session)
        session.dropInput()
        checkInputLimit(session)
        session.noteMemory()
        return isDrained
    }

    /// Ends clients that take too much; false where this is one of them.
    @inline(never)
    private func keepsClient(_ session: Session) -> Bool {
        session.noteMemory()
        evictClients()
        return !session.isClosed
    }

    /// Runs batch after batch; the input stays in its place until all are done.
    private func runBatches(_ session: Session) -> Bool {
        while session.state == .ready {
            if session.writer.count > Node.outputHighWater {
                guard outputLimit(of: session).hard > 0 else { return false }
                checkOutputLimit(session)
                if session.isClosing { return true }
            }
            let most = session.attention.contains(.restricted) ? 1 : Batch.size
            let parsed = parseAhead(session, most)
            let done = runBatch(session, parsed.count)
            if _slowPath(fence.isUp) { noteDependence(session, done) }
            session.consumed = done > 0 ? batch.requests[done - 1].end : session.consumed
            if done < parsed.count {
                session.parser.rewind(to: session.consumed)
                continue
            }
            session.parser.forgetArguments(parsed.spans)
            if !session.parser.isInRequest { session.consumed = session.parser.position }
            if let error = parsed.error {
                refuse(session, error)
                break
            }
            if parsed.count < most { break }
        }
        return true
    }

    /// Cuts up to a batch of requests out of the input and fetches the memory that they will read.
    private func parseAhead(_ session: Session, _ most: Int) -> (count: Int, spans: Int, error: ProtocolError?) {
        guard let input = session.input else { return (0, 0, nil) }
        var count = 0
        var spans = 0
        var error: ProtocolError?
        batch.hasMembers = false
        parsing: while count < most {
            switch session.parser.next(input, count: session.inputCount) {
            case .incomplete: break parsing
            case .invalid(let reason):
                error = reason
                break parsing
            case .request(let arguments):
                let request = batch.requests + count
                request.pointee.end = session.parser.position
                request.pointee.firstSpan = spans
                request.pointee.count = arguments
                prepare(request, session, input)
                spans += arguments
                count += 1
            }
        }
        if count > 1 { prefetchEntries(count, session) }
        return (count, spans, error)
    }

    @inline(__always)
    private func prepare(
        _ request: UnsafeMutablePointer<Batch.Request>, _ session: Session, _ input: UnsafeMutableRawPointer
    ) {
        let spans = session.parser.spans + request.pointee.firstSpan
        let name = Bytes(base: input + spans[0].offset, count: spans[0].count)
        let record = commands.find(name)
        request.pointee.record = record
        request.pointee.key = nil
        request.pointee.bucket = nil
        request.pointee.entry = nil
        guard let record, record.pointee.firstKey > 0, Int(record.pointee.firstKey) < request.pointee.count else {
            return
        }
        let span = spans[Int(record.pointee.firstKey)]
        let key = keyspace.key(Bytes(base: input + span.offset, count: span.count))
        keyspace.fetchSlot(key, session.database)
        request.pointee.key = key
        if record.pointee.memberIndex != 0 { batch.hasMembers = true }
    }

    /// Fetches the memory for all requests together, one step of the way after the other:
    ///
    ///     slot (has been fetched) ─▶ bucket ─▶ entry
    @inline(__always)
    private func prefetchEntries(_ count: Int, _ session: Session) {
        let database = session.database
        for index in 0..<count {
            guard let key = batch.requests[index].key else { continue }
            let bucket = keyspace.bucketAddress(key, database)
            batch.requests[index].bucket = bucket
            if let bucket { apus_prefetch(bucket) }
        }
        for index in 0..<count {
            guard let bucket = batch.requests[index].bucket, let key = batch.requests[index].key else { continue }
            if let entry = keyspace.likelyEntry(key, database, bucket: bucket) {
                apus_prefetch(entry)
                batch.requests[index].entry = UnsafeMutableRawPointer(mutating: entry)
            }
        }
        if batch.hasMembers { prefetchMembers(count, session) }
    }

    /// Runs requests of the batch in order; returns how many before the session stopped.
    private func runBatch(_ session: Session, _ count: Int) -> Int {
        guard let input = session.input else { return 0 }
        var start = session.consumed
        commandEnd = clock.ticks
        for index in 0..<count {
            let replied = session.writer.count
            let request = batch.requests + index
            let arguments = Arguments(
                base: UnsafeRawPointer(input), spans: UnsafePointer(session.parser.spans + request.pointee.firstSpan),
                count: request.pointee.count)
            dispatch(session, arguments, request.pointee.record, request.pointee.key)
            let (requestSize, replySize) = (request.pointee.end - start, session.writer.count - replied)
            if _slowPath(requestSize >= limits.largeRequest || replySize >= limits.largeReply) {
                noteLarge(session, arguments, request.pointee.record, request: requestSize, reply: replySize)
            }
            start = request.pointee.end
            if _slowPath(session.state != .ready) { return session.state == .postponed ? index : index + 1 }
            if _slowPath(session.writer.count > Node.outputHighWater) { return index + 1 }
        }
        return count
    }

    private func refuse(_ session: Session, _ error: ProtocolError) {
        countError("ERR Protocol error: \(error.reason)")
        session.writer.error("ERR Protocol error: \(error.reason)")
        close(session, afterReply: true)
    }

    private func checkInputLimit(_ session: Session) {
        let queued = session.transaction?.byteCount ?? 0
        let limit = session.attention.contains(.restricted) ? min(1 << 20, limits.longestInput) : limits.longestInput
        guard session.inputCount + queued > limit else { return }
        statistics.inputLimitDisconnections += 1
        log(
            .warning,
            "Closing client that reached max query buffer length: id=\(session.id) addr=\(session.peerAddress)")
        close(session, afterReply: false)
    }
}
