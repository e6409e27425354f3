import Primitives
import RESP

// Replies that wait until what they tell of is safe (design, D5).
//
//     output of a session:   sent │ may leave │ held until offset 70 │ held until offset 90 │ written since
//                                 └ bytesOut  └ held[0].start                               └ judgedEnd
//
//     command ─▶ output ─ judge, when it would be sent ─▶ held ─ becomeSafe(offset) ─▶ sent
//                                                           └─── breakPromise ─▶ replaced by an error
//
// 1. Output depends on everything that was in the journal when it is judged, reads on what others wrote too. What commands
//    have written that neither read nor change data depends on nothing.
// 2. What a session is pushed, and what a client gets for which it waited, is judged in the turn in which it was written,
//    after the command that caused it: so it leaves no sooner than that command's own reply.
// 3. Output leaves in its order: behind what is held, all is held.
// 4. Offsets that are held for only rise, so the first to be released is always the first in the list.

/// Up to where the journal is as safe as was promised to clients. Who promises decides what safe means: forced to the disk,
/// acknowledged by replicas.
struct Fence {
    /// Whether output has to wait.
    private(set) var isUp = false
    /// Whether all output has to wait for the disk.
    var awaitsDisk = false {
        didSet { adopt() }
    }
    /// Whether some output has to wait for replicas.
    var awaitsReplicas = false {
        didSet { adopt() }
    }
    /// An offset of the journal: all up to there is on the disk.
    var safeOffset: Int64 = 0
    /// Up to where at least one, two, three … replicas have had the journal.
    var acknowledged: [Int64] = []
    /// Rises whenever something became safe.
    var version = 0

    private mutating func adopt() { isUp = awaitsDisk || awaitsReplicas }

    /// Whether output need not wait any more.
    func hasReached(_ output: HeldOutput) -> Bool {
        (!output.awaitsDisk || output.offset <= safeOffset) && hasReplicas(output)
    }

    /// Whether so many replicas have what output tells of as it waits for.
    func hasReplicas(_ output: HeldOutput) -> Bool {
        output.replicas == 0 || output.offset <= acknowledged(by: output.replicas)
    }

    /// Up to where so many replicas have the journal.
    func acknowledged(by count: Int) -> Int64 { count <= acknowledged.count ? acknowledged[count - 1] : -1 }
}

/// Output that may not leave before the journal is safe up to an offset.
struct HeldOutput: Equatable {
    /// Where it begins, in bytes since the connection did.
    let start: Int
    let offset: Int64
    /// Whether the journal has to be on the disk up to there.
    let awaitsDisk: Bool
    /// How many replicas have to have it.
    let replicas: Int
    /// When it began to wait, in monotonic milliseconds.
    let since: Int64
}

extension Node {
    /// Whether replies may have to wait.
    public var isFenceUp: Bool { fence.isUp }

    /// Whether all replies wait for the disk.
    public var isDiskAwaited: Bool { fence.awaitsDisk }

    /// Rises whenever something became safe, so that output may leave which had to wait.
    public var fenceVersion: Int { fence.version }

    /// Up to where the journal is safe.
    public var safeOffset: Int64 { fence.safeOffset }

    /// From here on replies wait; those that are there already were promised nothing.
    /// - Parameter offset: up to where the journal is safe.
    public func raiseFence(safe offset: Int64) {
        if !fence.isUp { forgetOldOutput() }
        fence.awaitsDisk = true
        fence.safeOffset = max(offset, fence.safeOffset)
    }

    /// What was written before anything was promised need not wait.
    func forgetOldOutput() {
        for session in sessions.values where session.held.isEmpty {
            session.judgedEnd = session.outputEnd
            session.dependsOnData = false
        }
    }

    /// From here on replies wait no longer; those that are there already do until they are safe.
    public func lowerFence() {
        guard fence.awaitsDisk else { return }
        for session in sessions.values { judge(session) }
        fence.awaitsDisk = false
    }

    /// What the first `offset` bytes of the journal say is safe: replies that wait for it may leave, and whoever waits in
    /// WAITAOF goes on.
    public func becomeSafe(_ offset: Int64) {
        fence.safeOffset = max(fence.safeOffset, offset)
        fence.version &+= 1
        didSynchronize(offset)
    }

    /// How many bytes of a session's output may leave now.
    @inline(__always)
    public func releasableOutput(_ session: Session) -> Int {
        if _fastPath(!fence.isUp && session.held.isEmpty) { return session.waitingOutput.count }
        return releasableBehindFence(session)
    }

    @inline(never) @usableFromInline
    func releasableBehindFence(_ session: Session) -> Int {
        judge(session)
        release(session)
        return session.held.first.map { $0.start - session.bytesOut } ?? session.waitingOutputCount
    }

    /// Lets go what has become safe.
    private func release(_ session: Session) {
        session.held.removeFirst(session.held.firstIndex { !fence.hasReached($0) } ?? session.held.count)
    }

    /// Decides what the output has to wait for that was written since this was done last.
    func judge(_ session: Session) {
        if session.isReplica { return forgetOutput(of: session) }
        let (start, end) = (max(session.judgedEnd, session.bytesOut), session.outputEnd)
        guard end > start else { return }
        if fence.isUp, session.dependsOnData || session.hasPushes {
            let replicas = fence.awaitsReplicas ? promise(to: session).replicas : 0
            let output = HeldOutput(
                start: start, offset: neededOffset(replicas), awaitsDisk: fence.awaitsDisk, replicas: replicas,
                since: monotonic)
            if !fence.hasReached(output) { hold(output, session) }
        }
        session.judgedEnd = end
        session.dependsOnData = false
    }

    /// A replica is sent the history itself, which waits for nothing, in another way than replies.
    private func forgetOutput(of session: Session) {
        session.held.removeAll()
        session.judgedEnd = session.outputEnd
        session.dependsOnData = false
    }

    private func hold(_ output: HeldOutput, _ session: Session) {
        session.held.append(output)
        if output.replicas > 0 { replication?.requestAcknowledgements() }
    }

    // MARK: What depends on data

    /// Notes whether one of the first requests of the batch that has run tells of data.
    @inline(never)
    func noteDependence(_ session: Session, _ count: Int) {
        guard !session.dependsOnData else { return }
        session.dependsOnData = (0..<count).contains { batch.requests[$0].record.map(tellsOfData) ?? false }
    }

    private func tellsOfData(_ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        if !record.pointee.flags.isDisjoint(with: [.write, .readonly, .mayReplicate]) { return true }
        let command = commands.descriptions[record.pointee.index]
        return switch command.group {
        case .connection, .pubsub: false
        // A node is looked at and ordered about also while there is nobody who could make anything safe; what these tell of
        // keys is for tools, which ask for the key next. DEBUG looks at the data itself.
        case .cluster: false
        case .server:
            record.pointee.flags.contains(.protected)
                || command.subcommands.contains { !$0.flags.isDisjoint(with: [.write, .readonly]) }
        case .generic, .string, .list, .set, .sortedSet, .hash, .transactions, .scripting, .hyperloglog, .sentinel,
            .geo,
            .stream, .bitmap:
            true
        }
    }

    // MARK: Promises that cannot be kept

    /// Replies that wait are replaced by an error, since nobody knows whether what they tell of will be found after a
    /// restart. What clients were pushed tells of the data as it is now, and stays. The fence comes down.
    public func breakPromise(_ reason: String) {
        for session in sessions.values where !session.isScriptBusy { breakPromise(to: session, reason) }
        fence.awaitsDisk = false
    }

    /// As `breakPromise`, for one session.
    func breakPromise(to session: Session, _ reason: String) {
        judge(session)
        release(session)
        guard let start = session.held.first?.start else { return }
        session.held.removeAll()
        if session.attention.isDisjoint(with: [.monitor, .subscribed]) || session.writer.version == .resp3 {
            replaceReplies(of: session, from: start, by: "\(Node.unknownOutcome) \(reason)")
        }
        act(.resume(session))
    }

    /// The code of the error that says that a command has run here and that its effect may be lost in a crash.
    public static let unknownOutcome = "UNKNOWNOUTCOME"

    private func replaceReplies(of session: Session, from start: Int, by text: String) {
        let bytes = session.takeBackOutput(from: start)
        bytes.withBytes { bytes in
            var position = 0
            while position < bytes.count {
                let end = bytes.endOfReply(at: position) ?? bytes.count
                if Node.isKept(bytes[position]) {
                    session.writer.raw(bytes[position..<end])
                } else {
                    session.writer.error(text)
                    countError(text)
                }
                position = end
            }
        }
        session.judgedEnd = session.outputEnd
        // The client was told that something was not queued.
        session.transaction?.isRefused = true
    }

    /// Pushes and errors promise nothing.
    private static func isKept(_ type: UInt8) -> Bool { type == UInt8(ascii: ">") || type == UInt8(ascii: "-") }
}

extension Session {
    /// Where the output ends, in bytes since the connection began.
    var outputEnd: Int { bytesOut + waitingOutputCount }

    /// Whether some of the output has to wait until it is safe.
    public var isHeld: Bool { !held.isEmpty }
}
