import Primitives
import RESP
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// What keeps a session from having its requests run one after the other as they come.
struct Attention: OptionSet {
    let rawValue: UInt32

    /// Between MULTI and EXEC.
    static let transaction = Attention(rawValue: 1)
    /// Has not authenticated.
    static let restricted = Attention(rawValue: 2)
    /// Replies are off, or the next is skipped.
    static let muted = Attention(rawValue: 4)
    /// Some client is a monitor.
    static let monitored = Attention(rawValue: 8)
    /// Commands are paused.
    static let paused = Attention(rawValue: 16)
    /// Receives what others do and may say little itself.
    static let monitor = Attention(rawValue: 32)
    /// What each key costs is measured.
    static let hotKeys = Attention(rawValue: 64)
    /// Listens to a channel or pattern, so in RESP2 it may say little.
    static let subscribed = Attention(rawValue: 128)
    /// Keeps copies of keys and wants to hear of their changes.
    static let tracking = Attention(rawValue: 256)
    /// There is something that the user may not do.
    static let limited = Attention(rawValue: 512)
    /// A script has been running for long.
    static let busy = Attention(rawValue: 1024)
    /// Data is being loaded.
    static let loading = Attention(rawValue: 2048)
    /// What is written cannot be kept on the disk.
    static let diskFault = Attention(rawValue: 4096)
    /// More memory is in use than may be, or was when it was last looked at.
    static let memory = Attention(rawValue: 8192)
    /// The node follows a primary.
    static let replica = Attention(rawValue: 1 << 14)
    /// Too few replicas have what is written.
    static let fewReplicas = Attention(rawValue: 1 << 15)
    /// Carries the journal to a replica.
    static let replicaLink = Attention(rawValue: 1 << 16)
    /// Slots are served by several nodes.
    static let clustered = Attention(rawValue: 1 << 17)
    /// The next command may use a slot that is on its way here.
    static let asking = Attention(rawValue: 1 << 18)
    /// What each slot costs is counted.
    static let slotStatistics = Attention(rawValue: 1 << 19)
    /// What was promised to clients cannot be kept, since a node of the shard knows nothing of it.
    static let noPromises = Attention(rawValue: 1 << 22)
    /// Data is on its way to another node.
    static let underWay = Attention(rawValue: 1 << 20)
    /// Carries slots here from another node.
    static let importLink = Attention(rawValue: 1 << 21)
}

/// Whether replies of a session are sent.
enum ReplyMode {
    case on
    case off
    /// Not for the command that comes next.
    case skipNext
    /// Not for the command that runs.
    case skipping
}

/// A connection as the node sees it: bytes in, bytes out, and what the client has chosen.
///
///     driver ─ receive ─▶ input ─ parser ─▶ Node.run ─▶ writer ─ send ─▶ driver
///
/// 1. `input` holds what has arrived and has not been run; the parser's position lies within it.
/// 2. While `state` is not `ready`, nothing of the input runs.
public final class Session {
    /// Whether requests run.
    enum State: Equatable {
        case ready
        /// Waits for a key, or for a time; `waiter` tells for what.
        case blocked
        /// The next request waits for a pause to end.
        case postponed
        /// No further request is read; the connection ends when its output is sent.
        case closingAfterReply
        /// Ended.
        case closed
    }

    /// Number of the client, never used twice.
    public let id: UInt64
    /// `address:port` of the peer, or the path of the unix socket with `:0`.
    public let peerAddress: String
    /// The address the client connected to.
    public let localAddress: String
    /// The descriptor, as CLIENT LIST shows it.
    public let descriptor: Int32
    /// Whether the client came over the unix socket.
    public let isUnixSocket: Bool
    /// Seconds since 1970 when the connection was accepted.
    public let connectedAt: Int64
    /// Seconds since 1970 of the last request or reply.
    public internal(set) var lastActiveAt: Int64
    /// How much of the front of the writer's bytes has been sent. They are dropped when they are more than half, so that
    /// a large reply is not moved for each part of it that a socket takes.
    private var sentCount = 0
    /// Where replies are written; what was sent already may still stand in front.
    public var writer: ReplyWriter {
        @inline(__always) _read { yield output.pointee }
        @inline(__always) _modify { yield &output.pointee }
    }
    /// Where the writer lives, so that a command reaches it without going through the session.
    let output: UnsafeMutablePointer<ReplyWriter>
    var parser = RequestParser()
    var input: UnsafeMutableRawPointer?
    var inputCount = 0
    var inputCapacity = 0
    /// How much of the input has been run.
    var consumed = 0
    var state = State.ready
    var attention: Attention = []
    var replyMode = ReplyMode.on
    var database = 0
    var name: [UInt8] = []
    var libraryName: [UInt8] = []
    var libraryVersion: [UInt8] = []
    /// Who the client is; nil for the node itself, which may do everything.
    var account: Account?
    /// Whether the client has logged in, or came when nobody had to.
    var isAuthenticated = false
    var userName: String { account.map { String(decoding: $0.user.name, as: UTF8.self) } ?? "(superuser)" }
    var leavesAccessClock = false
    /// Whether the client reads from a replica what it could read from the primary (READONLY).
    var readsReplica = false
    /// Whether the client came over TLS, so that other nodes are named to it with their ports for TLS.
    public var usesTLS = false
    /// Whether it has come over IPv6, by itself and not to carry an address of version 4.
    public var usesIPv6: Bool { peerAddress.hasPrefix("[") && !peerAddress.hasPrefix("[::ffff:") }
    var isProtectedFromEviction = false
    var capabilities: Set<String> = []
    var transaction: Transaction?
    /// Lists of fields that HIMPORT has prepared, by name.
    var fieldSets: [[UInt8]: [[UInt8]]] = [:]
    let watch = WatchToken()
    /// What the session waits for; nil exactly when it does not.
    var waiter: Waiter?
    var lastCommand = -1
    var commandCount = 0
    /// Reads from the socket that brought something.
    var readCount = 0
    var bytesIn = 0
    var bytesOut = 0
    /// When output first went over the soft limit, monotonic milliseconds.
    var softLimitSince: Int64?
    /// Whether the stream of the primary comes through it.
    public internal(set) var isPrimary = false
    /// What the client listens to.
    var subscriptions = OwnSubscriptions()
    /// What the client wants to hear of keys that it keeps copies of; nil for nothing.
    var tracking: Tracking?
    /// Where in the output the reply under way begins that will not be sent; nil where there is none.
    var mutedFrom: Int?
    /// Output that has to wait until it is safe, in the order in which it leaves.
    var held: [HeldOutput] = []
    /// Where the output ends of which it has been decided what it has to wait for, in bytes since the connection began.
    var judgedEnd = 0
    /// Whether some of the output behind that place tells of data.
    var dependsOnData = false
    /// What is known of the replica that speaks through it; nil where none does.
    public var replica: (any ReplicaTraffic)?
    /// What the client has asked for that its replies wait for; nil for what all do.
    var promise: ReplicaPromise?
    /// The journal's offset behind what the client has written last.
    var writtenOffset: Int64 = 0
    /// Whether the session stands in the node's list of those that were pushed something.
    var hasPushes = false
    /// Whether it is no client, but what scripts call their commands through; then who has called the script that runs.
    var isScript = false
    var caller: Session?
    /// Whether a script that calls its commands through it may go on taking memory where there is none.
    public var mayExceedMemory = false
    /// Whether a script that calls its commands through it may use keys of several slots.
    public var mayCrossSlots = true
    /// The slot of the keys that the script has named or used; nil for none so far.
    var scriptSlot: Int?
    /// Where it is counted what the client takes of memory; nil where that is not limited.
    var memory: ClientMemory?
    var memoryEntry = ClientMemory.Entry()
    /// Whether others are served while a script that the client has called runs on: nothing of the client's input may be
    /// touched, nor its output sent.
    public internal(set) var isScriptBusy = false
    var isDeniedBlocking: Bool { transaction?.isRunning ?? false }

    init(
        id: UInt64, peerAddress: String, localAddress: String, descriptor: Int32, isUnixSocket: Bool, now: Int64
    ) {
        self.id = id
        self.peerAddress = peerAddress
        self.localAddress = localAddress
        self.descriptor = descriptor
        self.isUnixSocket = isUnixSocket
        output = .allocate(capacity: 1)
        output.initialize(to: ReplyWriter())
        connectedAt = now / 1000
        lastActiveAt = now / 1000
    }

    deinit {
        free(input)
        output.deinitialize(count: 1)
        output.deallocate()
    }

    /// Whether the driver shall read from the connection.
    public var wantsInput: Bool { state == .ready || isBlocked }
    /// Whether the connection ends as soon as its output is sent.
    public var isClosing: Bool { state == .closingAfterReply || state == .closed }
    /// Whether the connection is to be ended without waiting for anything.
    public var isClosed: Bool { state == .closed }

    var isBlocked: Bool { state == .blocked }

    /// Bytes that have arrived and have not been run.
    public var pendingInput: Int { inputCount }

    // MARK: Input

    /// Room for at least `minimum` more bytes of input.
    public func roomForInput(_ minimum: Int) -> UnsafeMutableRawBufferPointer {
        let missing = parser.missingBytes(inputCount: inputCount)
        let wanted = inputCount + max(1, minimum, min(missing, max(inputCount, 32 << 10)))
        if inputCapacity < wanted {
            input = realloc(input, wanted)
            inputCapacity = wanted
        }
        return UnsafeMutableRawBufferPointer(start: input! + inputCount, count: inputCapacity - inputCount)
    }

    /// Lends a session without input of its own a buffer that holds the first `count` bytes; to be taken back after the
    /// session has run. So thousands of connections share one buffer as long as they send whole requests.
    public func lend(_ buffer: UnsafeMutableRawPointer, count: Int) {
        precondition(input == nil && inputCount == 0)
        input = buffer
        inputCapacity = 0
        didReceive(count)
    }

    /// Ends the loan; input that has not been run moves to memory of the session's own.
    public func endLoan() {
        let lent = input
        input = nil
        guard inputCount > 0, let lent else { return }
        let kept = inputCount
        inputCount = 0
        roomForInput(kept).baseAddress!.copyMemory(from: lent, byteCount: kept)
        inputCount = kept
    }

    /// Whether the session can run on a lent buffer.
    public var hasOwnInput: Bool { input != nil }

    /// Says that `count` bytes were put into the room.
    public func didReceive(_ count: Int) {
        inputCount += count
        bytesIn += count
        readCount &+= 1
    }

    /// Drops the input that has been run.
    func dropInput() {
        guard consumed > 0 else { return }
        parser.forgetInput(consumed)
        inputCount -= consumed
        if inputCount > 0 {
            memmove(input!, input! + consumed, inputCount)
        } else if inputCapacity > 2 << 20 {
            releaseInput()
        }
        consumed = 0
    }

    private func releaseInput() {
        guard inputCount == 0, inputCapacity > 0 else { return }
        free(input)
        input = nil
        inputCapacity = 0
    }

    /// Gives the memory of a client that has been silent for a while back.
    func releaseIdleMemory() {
        releaseInput()
        if writer.count == 0 { writer.releaseRoom() }
        noteMemory()
    }

    // MARK: Output

    /// Bytes of output that wait to be sent.
    var waitingOutputCount: Int { output.pointee.count - sentCount }

    /// Output that waits to be sent; valid until the session runs.
    public var waitingOutput: Bytes { Bytes(base: writer.base + sentCount, count: writer.count - sentCount) }

    /// Takes output back that waits to be sent.
    /// - Parameter start: where it begins, in bytes since the connection did.
    func takeBackOutput(from start: Int) -> [UInt8] {
        let waiting = waitingOutput
        let bytes = Array(waiting[start - bytesOut..<waiting.count])
        writer.truncate(to: writer.count - bytes.count)
        return bytes
    }

    /// Says that the first `count` bytes of the output were sent.
    public func didSend(_ count: Int) {
        bytesOut += count
        sentCount += count
        if sentCount == writer.count {
            writer.removeAll()
        } else if sentCount > writer.count / 2 {
            writer.removeFirst(sentCount)
        } else {
            return
        }
        sentCount = 0
        noteMemory()
    }
}
