import Primitives
import RESP
import Storage

/// What writes the data set to a file and reads it, which stands on the floor above.
public protocol Saving: AnyObject {
    /// What INFO shows of it.
    var figures: SavingFigures { get }
    /// Bytes of a snapshot under way that are not in its file yet.
    var waitingBytes: Int { get }
    /// Saves at once; nobody is served meanwhile. Throws the reply to whoever asked.
    func save() throws(CommandError)
    /// Saves, unless told not to, and reads the file again, over what there is or in its place (DEBUG RELOAD).
    func reload(saves: Bool, empties: Bool, replaces: Bool) throws(CommandError)
}

/// What INFO shows of snapshots and of loading.
public struct SavingFigures: Sendable {
    /// Whether a snapshot is being written in the background.
    public var isSaving = false
    /// Seconds since 1970.
    public var lastSave: Int64 = 0
    /// Whether the last attempt succeeded.
    public var didLastSucceed = true
    /// How long the last snapshot in the background took, in seconds; -1 where there was none.
    public var lastDuration: Int64 = -1
    /// For how long the one under way has been written, in seconds; -1 where there is none.
    public var currentDuration: Int64 = -1
    /// Snapshots that have been written.
    public var saves = 0
    /// The snapshot under way.
    public var walk: WalkFigures?
    /// The most memory that the last snapshot in the background took beside the data, in bytes.
    public var lastPeak = 0
    /// The loading under way.
    public var loading: LoadingFigures?
    /// Keys that the last loading has brought.
    public var loadedKeys = 0
    /// Keys that the last loading has left out.
    public var expiredKeys = 0

    /// Nothing has happened yet.
    public init() {}
}

/// What INFO shows of a walk under way, for a snapshot or a base of the log.
public struct WalkFigures: Sendable {
    /// Keys that are saved, and all that there were at the cut.
    public let savedKeys, keysToSave: Int
    /// Bytes that were packed.
    public let savedBytes: Int
    /// Bytes of memory that what is on its way takes, and the most that it has taken.
    public let bytesUnderWay, peak: Int

    /// Figures of a walk.
    public init(savedKeys: Int, keysToSave: Int, savedBytes: Int, bytesUnderWay: Int, peak: Int) {
        (self.savedKeys, self.keysToSave, self.savedBytes) = (savedKeys, keysToSave, savedBytes)
        (self.bytesUnderWay, self.peak) = (bytesUnderWay, peak)
    }

    /// What is done, in per cent.
    public var share: Double { keysToSave == 0 ? 100 : Double(savedKeys) * 100 / Double(keysToSave) }
}

/// What INFO shows while data is loaded.
public struct LoadingFigures: Sendable {
    /// Seconds since 1970.
    public var startedAt: Int64 = 0
    /// Bytes to be read.
    public var totalBytes = 0
    /// Bytes that were read.
    public var loadedBytes = 0
    /// Memory that the data set took where the file was written.
    public var usedMemory = 0
    /// How long it has taken, in milliseconds.
    public var elapsed: Int64 = 0

    /// Just begun.
    public init() {}

    /// What is done, in per cent.
    public var share: Double { totalBytes == 0 ? 100 : Double(loadedBytes) * 100 / Double(totalBytes) }

    /// Seconds until the end, if it goes on like this.
    public var remainingSeconds: Int64 {
        guard loadedBytes > 0 else { return 1 }
        return max(1, elapsed * Int64(totalBytes - loadedBytes) / Int64(loadedBytes) / 1000)
    }
}

/// Why writes are refused: something that was promised to be kept cannot be.
public struct DiskFaults: Equatable, Sendable {
    /// The last snapshot failed, and there are save points.
    public var snapshot = false
    /// Why the append-only file cannot be written; nil where it can.
    public var log: String?

    /// The answer to whoever wants to write; nil where nothing is wrong.
    var refusal: String? {
        if let log { return "MISCONF Errors writing to the AOF file: \(log)" }
        guard snapshot else { return nil }
        return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
            + "Commands that may modify the data set are disabled, because this instance is configured to report errors "
            + "during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs "
            + "for details about the RDB error."
    }
}

extension Node {
    /// Lets time go by where a test wants to have it (`key-load-delay`); less than none is a microsecond once in so many
    /// times.
    public func pause(microseconds: Int) {
        if microseconds > 0 {
            environment.sleep(microseconds: Int64(microseconds))
        } else if microseconds < 0, keyspace.random.next() % UInt64(-microseconds) == 0 {
            environment.sleep(microseconds: 1)
        }
    }

    /// Whether data is being loaded.
    public var isLoading: Bool { attention.contains(.loading) }

    /// Says that all data is there.
    public func endLoading() {
        attention.remove(.loading)
        replicaState.isLoadingBeside = false
        keyspace.expiryMode = ordinaryExpiryMode
    }

    /// Whether a command would change data, by itself or by what was queued for it.
    func isWrite(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        if record.pointee.flags.contains(.write) { return true }
        guard let transaction = session.transaction, !transaction.isRunning else { return false }
        return commands.fullNames[record.pointee.index] == "exec"
            && transaction.commands.contains { $0.record.pointee.flags.contains(.write) }
    }

    /// Why a script that may write is not run while the disk fails, or replicas are missing; nil if it is.
    public var scriptWriteRefusal: String? {
        if attention.contains(.diskFault), let text = diskFaults.refusal { return text }
        return lacksReplicas ? Node.notEnoughReplicas : nil
    }

    /// Why a command may not run while the disk fails or data is loaded; nil if it may.
    func diskRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        guard attention.contains(.diskFault), let text = diskFaults.refusal else { return nil }
        return isWrite(session, record) || commands.fullNames[record.pointee.index] == "ping" ? text : nil
    }
}

extension Call {
    /// Whether the command runs as part of a transaction or of a script.
    public var isInTransaction: Bool { session.transaction?.isRunning == true }
}

extension Node {
    /// Lends `body` a call that no client has made, for what comes from a file.
    public func withInnerCall(_ body: (Call) -> Void) {
        guard let record = commands.find(Bytes("ping")) else { return }
        var span = ArgumentSpan(offset: 0, count: 0)
        let session = makeScriptSession()
        withUnsafePointer(to: &span) { span in
            let arguments = Arguments(base: Bytes.empty.base, spans: span, count: 1)
            body(Call(node: self, session: session, arguments: arguments, record: record, firstKey: nil))
        }
    }
}
