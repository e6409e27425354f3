import Commands
import Persistence
import Storage

/// A snapshot that is written straight to replicas.
///
///     walk ─ pieces ─▶ packing ─▶ payload ─▶ each member's socket
///
/// All members get the same bytes. What the slowest has not been sent is kept, and the walk rests while that is much.
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
    private let mostKeptBytes: Int

    init(
        _ stream: SnapshotStream, to members: [ReplicaLink], mark: String, now: Int64, mostKeptBytes: Int
    ) {
        (self.stream, self.members, self.mark, beganAt) = (stream, members, mark, now)
        self.mostKeptBytes = mostKeptBytes
        for member in members {
            member.say("$EOF:\(mark)\r\n")
            member.send(payload)
        }
    }

    /// Takes packed bytes.
    func take(_ bytes: DiskBytes, isLast: Bool) {
        payload.append(bytes)
        guard isLast else { return }
        payload.append(DiskBytes(Array(mark.utf8)))
        payload.finish()
        isComplete = true
    }

    var backlog: Int { payload.keptBytes }

    /// Nobody waits for a replica: where too much has to be kept, the one that is slowest goes.
    func waitForBacklog(milliseconds: Int?) {
        guard mostKeptBytes > 0, payload.keptBytes > mostKeptBytes else { return }
        guard let slowest = members.min(by: { $0.payloadSent < $1.payloadSent }) else { return }
        onOverload(slowest)
    }

    /// Lets go what all have been sent.
    func release() {
        guard let least = members.lazy.filter({ $0.payload != nil }).map(\.payloadSent).min() else { return }
        payload.release(upTo: least)
    }

    func remove(_ member: ReplicaLink) {
        members.removeAll { $0 === member }
        release()
    }

    /// Whether going on would do something, instead of waiting for others.
    var isReady: Bool { stream.walk.isAbandoned || stream.isReady(self) }
}
