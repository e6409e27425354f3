import Glibc

/// The times at which batches were due, oldest first. A ring, so that adding and taking never allocates.
private struct DueTimes: ~Copyable {
    private static let capacity = 4096
    private let times = UnsafeMutablePointer<UInt64>.allocate(capacity: DueTimes.capacity)
    private var first = 0
    private(set) var count = 0

    deinit { times.deallocate() }

    var isFull: Bool { count == DueTimes.capacity }

    @inline(__always)
    mutating func append(_ time: UInt64) {
        times[(first &+ count) & (DueTimes.capacity &- 1)] = time
        count &+= 1
    }

    @inline(__always)
    mutating func removeFirst() -> UInt64 {
        let time = times[first]
        first = (first &+ 1) & (DueTimes.capacity &- 1)
        count &-= 1
        return time
    }
}

/// One client: a socket, the requests it sends batch by batch, and the batches that wait for replies.
///
///     due times:   [ sent and answered in part | sent | being sent | not begun ]
///                    ◀──────────── awaited ──────────────────────▶
///                                                   ◀── queued ──▶
struct LoadConnection: ~Copyable {
    let socket: Int32
    private let requests: UnsafeMutableRawBufferPointer
    private let pipeline: Int
    private var scanner: ReplyScanner
    private var dueTimes = DueTimes()
    /// Replies still to come of the oldest batch.
    private var repliesMissing = 0
    /// Bytes sent of the batch that is being sent; all of them when none is.
    private var sent: Int
    /// Batches that are due and not begun.
    private var queued = 0

    init(port: UInt16, template: RequestTemplate, workload: Workload) throws(BenchmarkFailure) {
        socket = try Loopback.connect(port: port)
        Loopback.makeNonblocking(socket)
        requests = UnsafeMutableRawBufferPointer.allocate(byteCount: template.bytes.count, alignment: 64)
        requests.copyBytes(from: template.bytes)
        sent = requests.count
        pipeline = workload.pipeline
        scanner = ReplyScanner(workload.reply)
    }

    deinit {
        close(socket)
        requests.deallocate()
    }

    var awaitedBatches: Int { dueTimes.count }

    /// Whether bytes wait for room in the socket.
    var isBlocked: Bool { sent < requests.count || queued > 0 }

    /// Notes that a batch was due at `time`; `transmit` sends it.
    @inline(__always)
    mutating func enqueue(due time: UInt64) throws(BenchmarkFailure) {
        guard !dueTimes.isFull else { throw BenchmarkFailure("the server is thousands of batches behind") }
        if dueTimes.count == 0 { repliesMissing = pipeline }
        dueTimes.append(time)
        queued &+= 1
    }

    /// Sends what is due until the socket is full.
    @inline(__always)
    mutating func transmit(
        _ keys: inout KeyWriter, at places: UnsafeBufferPointer<RequestTemplate.Place>
    ) throws(BenchmarkFailure) {
        while true {
            if sent == requests.count {
                guard queued > 0 else { return }
                queued &-= 1
                sent = 0
                keys.rewrite(requests.baseAddress!, at: places)
            }
            let count = send(socket, requests.baseAddress! + sent, requests.count &- sent, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EAGAIN { return }
                throw .system("send")
            }
            sent &+= count
        }
    }

    /// Reads once and calls `batchEnded` with the due time of each batch whose last reply has come; returns the number
    /// of replies.
    @inline(__always)
    mutating func receive(
        into buffer: UnsafeMutableRawBufferPointer, _ batchEnded: (_ due: UInt64) -> Void
    ) throws(BenchmarkFailure) -> Int {
        let count = recv(socket, buffer.baseAddress!, buffer.count, 0)
        if count <= 0 {
            if count < 0, errno == EAGAIN { return 0 }
            throw count == 0 ? BenchmarkFailure("the server closed a connection") : .system("recv")
        }
        let replies = try scanner.scan(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        var rest = replies
        while rest > 0 {
            guard dueTimes.count > 0 else { throw BenchmarkFailure("more replies than requests") }
            let part = min(rest, repliesMissing)
            rest &-= part
            repliesMissing &-= part
            if repliesMissing == 0 {
                batchEnded(dueTimes.removeFirst())
                repliesMissing = pipeline
            }
        }
        return replies
    }
}
