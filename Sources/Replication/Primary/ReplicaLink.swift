import Commands
import Primitives

/// A replica as its primary sees it: what it has told of itself, how far it is, and what is to be sent to it.
///
///     handshake ─ PSYNC ─┬─ partial ───────────────────────────────────────────────▶ online
///                        └─ full ▶ waiting ▶ saving (with a file) ▶ receiving ─▶ received ─ ACK ▶ online
///
///     sent, in this order:   front (lines of the protocol) │ payload (the snapshot) │ the journal from `position` on
///
/// 1. `position` is the journal's offset up to which everything was sent, or stands in the snapshot.
/// 2. The journal is sent only while `online`. After a snapshot without a length that begins with the replica's first
///    acknowledgement, since it finds the end of the snapshot only where nothing follows.
public final class ReplicaLink: ReplicaTraffic {
    enum State: Equatable {
        case handshake
        /// Waits for a snapshot to begin, since so many monotonic milliseconds.
        case waiting(since: Int64)
        /// The snapshot is being written into a file.
        case saving
        case receiving
        /// The snapshot was sent, and the replica has not said yet that it has it.
        case received
        case online
    }

    /// The connection.
    public unowned let session: Session
    var state = State.handshake
    // What the replica has told of itself.
    var address: String
    var port = 0
    var takesUnknownLength = false
    var knowsSecondHistory = false
    /// Whether it goes on with a snapshot that broke off.
    var resumesSnapshots = false
    /// Whether it wants a snapshot only, and no journal.
    var isSnapshotOnly = false
    var content = SnapshotContent.everything
    /// Whether it came with SYNC, and so does not acknowledge anything.
    var isOld = false

    private var front: [UInt8] = []
    private var frontSent = 0
    private(set) var payload: (any Payload)?
    private(set) var payloadSent = 0
    /// The journal's offset up to which it was sent.
    var position: Int64 = 0
    /// The snapshot that it goes on with if the connection breaks; nil where it begins anew.
    var delivery: SnapshotDelivery?
    private let journal: () -> Backlog?
    /// Bytes that were sent to it.
    private(set) var sentBytes = 0
    /// When something was sent last, or it came into the state that it is in, in monotonic milliseconds.
    var lastProgress: Int64
    /// Up to where it has the journal, and has it on its disk.
    var (acknowledged, synchronized): (Int64, Int64) = (0, 0)
    var acknowledgedAt: Int64
    /// The term of the history that it acknowledges; nil where it tells none.
    var term: UInt64?
    var softLimitSince: Int64?
    /// What is done when a snapshot was sent completely.
    var onPayloadSent: (ReplicaLink, any Payload) -> Void = { _, _ in }

    init(_ session: Session, now: Int64, journal: @escaping () -> Backlog?) {
        self.session = session
        self.journal = journal
        let peer = session.peerAddress
        address = peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
        (lastProgress, acknowledgedAt) = (now, now)
    }

    /// How the log calls it.
    var name: String { port == 0 ? "client id #\(session.id)" : "\(address):\(port)" }

    /// Whether it is a replica, and not somebody who has only told of itself.
    var hasSynchronized: Bool { state != .handshake }

    /// Whether the journal's bytes from `position` on are still needed.
    var needsJournal: Bool {
        switch state {
        case .handshake, .waiting: false
        case .saving, .receiving, .received, .online: !isSnapshotOnly
        }
    }

    /// What it has not been sent of the journal.
    public var waiting: (bytes: Int, blocks: Int) {
        guard needsJournal, let backlog = journal(), backlog.holds(position) else { return (0, 0) }
        return (Int(backlog.end - position), backlog.blockCount(from: position))
    }

    // MARK: What is sent

    /// Sends a line of the protocol, or a part of one.
    func say(_ text: String) { front.append(text: text) }

    /// Whether the lines of the protocol were sent.
    var hasSaidAll: Bool { front.count == frontSent }

    func send(_ payload: any Payload, from position: Int = 0) {
        (self.payload, payloadSent) = (payload, position)
        delivery?.payload = payload
    }

    /// Shows `body` the next bytes to be sent, none where there is nothing.
    public func withWaiting<Result>(_ body: (Bytes) -> Result) -> Result {
        if !hasSaidAll { return front.withBytes { body($0.dropFirst(frontSent)) } }
        if let payload { return payload.withBytes(from: payloadSent, body) }
        guard state == .online, !isSnapshotOnly, let backlog = journal() else { return body(.empty) }
        return body(backlog.bytes(from: position))
    }

    /// Says that the first of those bytes were sent.
    public func didSend(_ count: Int, now: Int64) {
        sentBytes += count
        lastProgress = now
        if !hasSaidAll {
            frontSent += count
            if hasSaidAll { (front, frontSent) = ([], 0) }
        } else if payload != nil {
            payloadSent += count
            endPayloadIfSent()
        } else {
            position += Int64(count)
        }
    }

    /// Ends the sending of a snapshot whose last byte was sent.
    func endPayloadIfSent() {
        guard let payload, payloadSent == payload.byteCount else { return }
        self.payload = nil
        onPayloadSent(self, payload)
    }
}

/// What a replica wants of a snapshot.
enum SnapshotContent: Equatable {
    case everything
    case functions
    case nothing
}
