import Commands
import Persistence
import Storage

/// A snapshot that is written straight to replicas.
///
///     walk ─ pieces ─▶ packing ─▶ payload ─▶ each member's socket
///
/// All members get the same bytes. What the slowest has not been sent is kept, and the walk rests while that is much. Members
/// whose connection has ended are waited for a while, as long as what they need is not too much.
final class SnapshotTransfer: SnapshotTarget {
    let stream: SnapshotStream
    let payload = PiecesPayload()
    private(set) var members: [ReplicaLink]
    /// Forty characters that stand before and behind the snapshot.
    private let mark: String
    /// Whether all was written.
    private(set) var isComplete = false
    let beganAt: Int64
    /// Called where more is to be kept than may be, for the member that has been sent least.
    var onOverload: (ReplicaLink) -> Void = { _ in }
    /// How far those were sent it whose connection has ended, and who may come back.
    var absent: () -> [Int] = { [] }
    /// Called where more is to be kept for them than may be.
    var onAbsentOverload: () -> Void = {}
    private let mostKeptBytes: Int
    /// Bytes that are kept behind what was sent: a connection that breaks can lose what lies in the sockets of both ends.
    private let tail: Int

    private static let longestTail = 16 << 20
    /// What is kept for those who are gone where no limit is set, in bytes.
    private static let mostForAbsent = 256 << 20

    init(
        _ stream: SnapshotStream, to members: [ReplicaLink], mark: String, now: Int64, mostKeptBytes: Int
    ) {
        (self.stream, self.members, self.mark, beganAt) = (stream, members, mark, now)
        self.mostKeptBytes = mostKeptBytes
        tail = members.contains { $0.delivery != nil } ? SnapshotTransfer.longestTail : 0
        for member in members {
            member.say("$EOF:\(mark)\r\n")
            member.send(payload)
        }
    }

    /// Takes packed bytes.
    func take(_ bytes: DiskBytes, isLast: Bool) {
        payload.append(bytes)
        if payload.keptBytes - tail > (mostKeptBytes > 0 ? mostKeptBytes : SnapshotTransfer.mostForAbsent) {
            if !absent().isEmpty { onAbsentOverload() }
        }
        guard isLast else { return }
        payload.append(DiskBytes(Array(mark.utf8)))
        payload.finish()
        isComplete = true
    }

    /// Bytes that some member has not been sent. Nobody who is there waits for those who are not.
    var backlog: Int { payload.end - (leastSent ?? absent().min() ?? payload.end) }

    /// Bytes of memory.
    var keptBytes: Int { payload.keptBytes }

    private var leastSent: Int? { members.lazy.filter { $0.payload != nil }.map(\.payloadSent).min() }

    /// Nobody waits for a replica: where too much has to be kept, the one that is slowest goes.
    func waitForBacklog(milliseconds: Int?) {
        guard mostKeptBytes > 0, backlog > mostKeptBytes else { return }
        guard let slowest = members.min(by: { $0.payloadSent < $1.payloadSent }) else { return }
        onOverload(slowest)
    }

    /// Lets go what all have been sent.
    func release() {
        guard let least = (absent() + [leastSent].compactMap { $0 }).min() else { return }
        payload.release(upTo: least - tail)
    }

    /// Takes a member that comes back.
    func add(_ member: ReplicaLink) { members.append(member) }

    func remove(_ member: ReplicaLink) {
        members.removeAll { $0 === member }
        release()
    }

    /// Whether going on would do something, instead of waiting for others.
    var isReady: Bool { stream.walk.isAbandoned || stream.isReady(self) }
}
