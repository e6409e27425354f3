import Primitives

/// The append-only file, as commands see it. It is kept by whoever has the files.
public protocol AppendOnlyLog: AnyObject {
    /// How it is.
    var figures: AppendOnlyFigures { get }
    /// Bytes that are not in a file of the log yet, those of a base under way included.
    var waitingBytes: Int { get }
    /// Begins a new base, as BGREWRITEAOF wants; throws why that cannot be.
    /// - Parameter later: whether it shall begin only when the transaction under way has ended.
    func requestRewrite(later: Bool) throws(CommandError) -> RewriteAnswer
    /// Loads the data set from the log, in place of what there is (DEBUG LOADAOF).
    func reload() throws(CommandError)
    /// Ends the log in order, before other data takes the place of what it holds.
    func close()
    /// Begins the log with a base of the data that is there, if it is on.
    func beginAnew()
}

/// What becomes of a wish for a new base.
public enum RewriteAnswer: Sendable {
    case started
    /// It begins when something else has ended.
    case scheduled
}

/// The figures that INFO shows of the append-only file.
public struct AppendOnlyFigures: Sendable {
    /// Whether `appendonly` is on.
    public var isOn = false
    /// Whether the base that is being written is the first of a log, so that the data is in no file yet.
    public var isBeginning = false
    /// Whether a base is being written, and whether one will be.
    public var (isRewriting, isScheduled) = (false, false)
    /// Seconds that the last base took, and that the present one has taken; -1 for none.
    public var (lastRewriteSeconds, currentRewriteSeconds) = (-1, -1)
    /// How many bases were written, and how many failed since one was.
    public var (rewrites, consecutiveFailures) = (0, 0)
    /// Whether the last write went well.
    public var isWriteFine = true
    /// Bytes of all files, and of the base.
    public var (size, baseSize) = (0, 0)
    /// The walk for a base.
    public var walk: WalkFigures?
    /// The most memory that the last base took beside the data, in bytes.
    public var lastPeak = 0
    /// Bytes that wait to be written.
    public var pendingBytes = 0
    /// Fsyncs under way, and writes that have waited too long for one.
    public var (pendingSynchronizations, delayedSynchronizations) = (0, 0)
    /// Up to where the journal is on the disk.
    public var synchronizedOffset: Int64 = 0
    /// The loading under way.
    public var loading: LoadingFigures?

    /// Of a log that is off.
    public init() {}
}

/// What of the log concerns the commands of clients.
struct AppendOnlyState {
    weak var log: (any AppendOnlyLog)?
    /// Microseconds for which the node stops before it writes (DEBUG AOF-FLUSH-SLEEP).
    var flushDelay = 0
}

extension Node {
    /// The append-only file; nil where there is none.
    public var appendOnlyLog: (any AppendOnlyLog)? {
        get { appendOnly.log }
        set { appendOnly.log = newValue }
    }

    /// Everything up to an offset of the journal is on the disk: lets those go on who wait for it.
    public func didSynchronize(_ offset: Int64) { didAcknowledge() }

    /// The log was turned off: those who wait for it wait for nothing.
    public func didTurnOffLog() {
        let waiting = replicationState.waiting.filter { $0.promise.isOnOwnDisk }
        replicationState.waiting.removeAll { $0.promise.isOnOwnDisk }
        let reason = CommandError.noLogToWaitFor.text
        for wait in waiting where wait.session.waiter?.ticket == wait.ticket {
            unblock(wait.session) { reply in
                reply.error(reason)
                countError(reason)
            }
        }
    }

    /// Microseconds for which the node stops before it writes what the log has to take.
    public var logFlushDelay: Int { appendOnly.flushDelay }
}
