import Primitives
import RESP
import Storage

// Slots on their way from node to node, as commands see it.

/// What moves slots, which stands on a floor above.
public protocol MovingSlots: AnyObject {
    /// Whether a walk is under way for slots that go, so that no other can be.
    var isWalking: Bool { get }
    /// Bytes that wait to be sent to other nodes.
    var outputBytes: Int { get }
    /// A session has ended through which slots came.
    func didEnd(_ session: Session)
    /// A command was refused that came through such a session.
    func didRefuse(_ session: Session, _ reason: String)
    /// All data, or that of a database, is about to be removed.
    func willFlush()
}

extension Session {
    /// From here on it carries slots from another node.
    public func becomeImport() { attention.insert(.importLink) }

    /// Bytes that have come since the connection began.
    public var receivedBytes: Int { bytesIn }
}

extension Call {
    /// Whether the command comes from the node's primary, or from the log.
    public var isEffect: Bool { session.isPrimary || session.account == nil }
}

extension Node {
    /// Carries out what another node has done to keys that are on their way here: whatever slots are served, whatever has
    /// expired by this node's clock, and without a reply but to what concerns the link itself.
    func runImported(_ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) {
        if isPaused(session, record) { return postpone(session) }
        if commands.fullNames[record.pointee.index] == "cluster|syncslots" {
            return run(session, arguments, record, nil, from: clock.ticks)
        }
        if let reason = importRefusal(record) {
            movingSlots?.didRefuse(session, reason)
            return
        }
        let mark = session.writer.count
        let errors = statistics.errorReplies
        keyspace.expiryMode = .ignore
        run(session, arguments, record, nil, from: clock.ticks)
        keyspace.expiryMode = ordinaryExpiryMode
        let reply = statistics.errorReplies != errors ? String(session.waitingText(from: mark).dropFirst()) : nil
        session.writer.truncate(to: mark)
        if let reply { movingSlots?.didRefuse(session, String(reply.prefix { $0 != "\r\n" })) }
    }

    private func importRefusal(_ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        if isBusy { return busyText }
        if isReplica { return Node.readOnlyText }
        if isLoading { return "LOADING Redis is loading the dataset in memory" }
        let isKnown = record.pointee.flags.contains(.write) || commands.fullNames[record.pointee.index] == "select"
        return isKnown ? nil : "ERR \(commands.fullNames[record.pointee.index]) does not change keys"
    }

    /// The keys of an effect, which the journal has written.
    public func keys(ofEffect arguments: Arguments) -> [Bytes] {
        guard let record = replayed(arguments) else { return [] }
        return commands.descriptions[record.pointee.index].keys(in: arguments)?.map { arguments[$0.index] } ?? []
    }

    /// Ends a connection with an error.
    public func end(_ session: Session, saying error: String) {
        guard !session.isClosing else { return }
        session.writer.error(error)
        close(session, afterReply: true)
        act(.resume(session))
    }
}

extension Session {
    fileprivate func waitingText(from mark: Int) -> String {
        String(Bytes(base: writer.base + mark, count: writer.count - mark))
    }
}
