import Primitives
import Settings

/// What whoever drives a log has to know.
public enum AOFEvent: Equatable, Sendable {
    /// Everything up to this offset of the journal is on the disk.
    case synchronized(Int64)
    /// An action failed, with the system's number of the error; from here on nothing is promised until `recovered`.
    case failed(Int32)
    /// Promises hold again.
    case recovered
    /// A base has taken the place of what was before.
    case rewritten
    /// A base was given up, with the system's number of the error, or 0 where its writer wanted it; all is as it was
    /// before. Whoever writes the base stops.
    case rewriteFailed(Int32)
}

/// The append-only file as a machine: journal bytes and results in, disk actions and events out.
///
///     receive(bytes) ─▶ pending ─ flush ─▶ append [fsync] ─▶ written ─ tick: fsync ─▶ synchronized
///
///     beginRewrite, log open:    rest to the old increment, fsync; new increment; manifest with both    ─▶ bytes go there
///                   otherwise:   new increment, unlisted                                                ─▶ bytes go there
///     base bytes ─▶ temporary file ─ finishBase: fsync, rename ─▶ manifest with base and new increment ─▶ old files removed
///
/// 1. A reply may leave when `synchronizedOffset` has reached what it depends on.
/// 2. At most one append and one fsync are under way. What comes meanwhile is gathered and written together.
/// 3. No name is moved before all that it will stand for is known to be on the disk: a batch of actions must have ended
///    well before the next one begins.
/// 4. After a failed append or fsync the file is closed and never written again: only a new base with a new increment,
///    all of it on the disk, makes promises good again. What the manifest lists meanwhile holds all that was promised.
/// 5. Results come in the order of their requests, of each lane by itself. What belongs to a base until it is whole, and the
///    removal of old files, is patient, so that no fsync of an increment stands behind it.
public struct AOFWriter {
    /// How the log is kept; a change counts from the next action on.
    public var options: AOFOptions
    /// Whether with `always` an fsync that ends is followed by another only when `flush` says so: those whose replies leave
    /// then can join those who wait already.
    public var waitsForFlush = false
    /// The manifest as it is on the disk.
    public internal(set) var manifest = AOFManifest()
    /// Up to where the journal is on the disk, so that nothing of it can be lost.
    public internal(set) var synchronizedOffset: Int64
    /// How often a write had to go ahead although an fsync had been under way for two seconds.
    public internal(set) var delayedSynchronizations = 0
    /// Bytes of the base, and of base and increments together.
    public internal(set) var (baseSize, size) = (0, 0)
    /// Bytes of base that were handed to the disk and are not there yet.
    public internal(set) var baseBacklog = 0

    var mode = Mode.closed
    var pending: [UInt8] = []
    /// Journal offsets: of what came in, of what was given to the disk, of what is in the file, and of what was forced
    /// to the disk, whether that counts already or not.
    var received: Int64
    var submitted: Int64
    var written: Int64
    var forced: Int64
    var rewrite: Rewrite?
    /// Numbers of files that a manifest may list which was given up are not used again.
    var usedNumbers = (base: 0, increment: 0)
    var batches: [Batch] = []
    var requests: [DiskRequest] = []
    var events: [AOFEvent] = []
    var nextTicket: Int
    var nextFile: Int
    var isWriting = false
    var isSynchronizing = false
    var isTidying = false
    var isClosing = false
    /// Whether the write under way went ahead although an fsync had been under way for two seconds.
    var isBehindFsync = false
    /// Bytes of the write under way.
    var sizeUnderWay = 0
    var lastSynchronization: Int64 = 0
    var heldSince: Int64?
    var lastTimestamp: Int64 = 0

    enum Mode: Equatable {
        /// Nothing is written.
        case closed
        /// Bytes go to the last increment. `isListed` tells whether the manifest names it, so that its bytes count.
        case open(file: Int, increment: AOFFile, isListed: Bool)
        /// What was written last cannot be trusted.
        case failed(Int32)
    }

    struct Rewrite: Equatable {
        enum Phase: Equatable {
            /// The new increment is being made; bytes are held back.
            case rotating(AOFFile, file: Int)
            case writingBase
            /// The base is whole and is being put into its place, with all up to an offset of the journal.
            case placing(AOFManifest, end: Int64)
        }

        var phase: Phase
        /// The first increment that is not part of the base.
        let first: AOFFile
        let base: AOFFile
        let baseFile: Int
        /// Bytes of the files that the base replaces.
        var replacedSize: Int
        /// What the log goes back to where no manifest lists the new increment.
        let resting: Mode
        var baseSize = 0
        /// What belongs to the old increment and waits for the write under way, and the journal's offset at its end.
        var rest: [UInt8]?
        let cut: Int64
        /// Whether the base is whole and on the disk.
        var isSealed = false
        /// Bytes of it that were handed over since the disk was last given what there is.
        var looseSize = 0
    }

    struct Batch {
        enum Purpose: Equatable {
            case write(file: Int, end: Int64, synchronizes: Bool)
            case synchronize(file: Int, end: Int64)
            case open(file: Int)
            /// A step of the rewrite whose base is the file of that number.
            case rewrite(Int, Step)
            case tidy
            case listWithoutHistory
            /// The end of the log in order, with all up to an offset of the journal.
            case close(end: Int64)
            /// Nobody asks how it ended.
            case cleaning
        }

        enum Step: Equatable {
            case prepareRotation
            case listIncrement
            case write(Int)
            case sealBase
            case placeBase
            case listBase
        }

        let purpose: Purpose
        let tickets: Range<Int>
        var missing: Int
        var error: Int32 = 0
    }

    /// - Parameters:
    ///   - offset: that of the journal.
    ///   - firstTicket: numbers of requests rise from here on.
    ///   - firstFile: numbers of files rise from here on.
    public init(_ options: AOFOptions, offset: Int64, firstTicket: Int = 0, firstFile: Int = 0) {
        self.options = options
        (nextTicket, nextFile) = (firstTicket, firstFile)
        (received, submitted, written, forced, synchronizedOffset) = (offset, offset, offset, offset, offset)
    }

    /// What is to be done to files since this was asked last.
    public mutating func takeRequests() -> [DiskRequest] {
        defer { requests.removeAll(keepingCapacity: true) }
        return requests
    }

    /// What has happened since this was asked last.
    public mutating func takeEvents() -> [AOFEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Whether a base is being written of which nothing is in any file that counts.
    public var isBeginning: Bool { rewrite?.resting == .closed }
    /// Whether a base is being written.
    public var isRewriting: Bool { rewrite != nil }
    /// Whether what is synchronized counts.
    public var isTrusted: Bool { if case .open(_, _, true) = mode { true } else { false } }
    /// The system's number of the error after which nothing is promised; nil where all is well.
    public var failure: Int32? { if case .failed(let error) = mode { error } else { nil } }
    /// Bytes that are not in the file yet.
    public var pendingCount: Int { pending.count + sizeUnderWay }
    /// Whether there are bytes to be given to the disk.
    public var hasPending: Bool { !pending.isEmpty }
    /// Whether all that was asked of the disk is done.
    public var isIdle: Bool { batches.isEmpty }
    /// Whether the disk has kept a write waiting for so long that whoever makes more of them has to wait too.
    public var isHeldUp: Bool { isWriting && isBehindFsync }
    /// Whether a reply may leave only when `synchronizedOffset` has reached what it depends on.
    public var isPromising: Bool { isTrusted && options.synchronization == .always && !isResting }
    /// Whether nothing is forced to the disk at present.
    var isResting: Bool { options.restsWhileRewriting && isRewriting }
    /// Fsyncs under way.
    public var synchronizationsUnderWay: Int { isSynchronizing ? 1 : 0 }
}
