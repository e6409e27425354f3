import Gossip
import Primitives
import RESP
import Storage

// Data on its way to another node. What is sent must not change before it is gone here, so commands that would change it
// wait; everything else goes on.

/// What moves data to other nodes, which stands on a floor above.
public protocol Migrating: AnyObject {
    /// Connections that are kept for the next MIGRATE.
    var cachedConnections: Int { get }
}

/// What of the data is on its way to another node.
public struct DataUnderWay {
    /// Keys that must not change. Which database they are in is not looked at: a command for the same key of another one
    /// waits without need.
    var keys: Set<[UInt8]> = []
    /// Slots that must not change.
    public var slots = SlotSet()
    /// Slots that are another node's already, as far as this one can tell: even what only reads them waits.
    public var grantedSlots = SlotSet()

    var isEmpty: Bool { keys.isEmpty && slots.isEmpty && grantedSlots.isEmpty }

    func holdsWrites(_ key: Bytes) -> Bool {
        if !slots.isEmpty, slots.contains(hashSlot(of: key)) { return true }
        return !keys.isEmpty && keys.contains(Array(key))
    }

    func holdsReads(_ key: Bytes) -> Bool { !grantedSlots.isEmpty && grantedSlots.contains(hashSlot(of: key)) }
}

extension Node {
    /// Has commands wait that would change some keys.
    public func holdKeys(_ keys: [[UInt8]]) {
        underWay.keys.formUnion(keys)
        attention.insert(.underWay)
    }

    /// Lets commands go on that would change some keys.
    public func releaseKeys(_ keys: [[UInt8]]) {
        underWay.keys.subtract(keys)
        resumeHeld()
    }

    /// Has commands wait for slots, or lets them go on.
    public func holdSlots(_ change: (inout DataUnderWay) -> Void) {
        change(&underWay)
        if !underWay.isEmpty { attention.insert(.underWay) }
        resumeHeld()
    }

    /// Whoever waits tries again; who still has to wait does.
    private func resumeHeld() {
        if underWay.isEmpty { attention.remove(.underWay) }
        for session in sessions.values where session.state == .postponed {
            session.state = .ready
            act(.resume(session))
        }
        releaseHeldTouches()
    }

    /// Whether a command has to wait for data that is on its way.
    func waitsForMigration(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> Bool {
        guard attention.contains(.underWay), session.account != nil, !session.isReplica,
            session.transaction?.isRunning != true
        else { return false }
        if let transaction = session.transaction, commands.fullNames[record.pointee.index] == "exec" {
            return transaction.commands.contains { concernsMigration(transaction.arguments(of: $0), $0.record) }
        }
        return concernsMigration(arguments, record)
    }

    private func concernsMigration(_ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) -> Bool {
        let description = commands.descriptions[record.pointee.index]
        let mayWrite = !record.pointee.flags.isDisjoint(with: [.write, .mayReplicate]) && description.group != .pubsub
        guard mayWrite || !underWay.grantedSlots.isEmpty else { return false }
        // What names no key may change any.
        guard let keys = description.keys(in: arguments) else { return mayWrite }
        return keys.contains { found in
            let key = arguments[found.index]
            return mayWrite && underWay.holdsWrites(key) || underWay.holdsReads(key)
        }
    }

    /// Says that something has changed beside all commands: copies, listeners and clients that wait hear of it.
    public func settleChanges() {
        keyspace.commitEffects()
        settleAftermath()
    }
}

// MARK: Clients that wait for another node

/// A client that waits for something that is no key.
public struct WaitingClient {
    let session: Session
    let ticket: UInt64
}

extension Call {
    /// Lets the client wait until `Node.end(_:)`, or for ever.
    /// - Parameters:
    ///   - concernsCluster: whether it waits for something of the cluster, and not of the data.
    ///   - onUnblock: writes the reply where somebody else ends the waiting.
    /// - Returns: who waits; nil where nobody may, in a transaction.
    public func wait(
        concernsCluster: Bool = false, onUnblock: @escaping (inout ReplyWriter) -> Void
    ) -> WaitingClient? {
        guard !session.isDeniedBlocking else { return nil }
        node.block(
            self, WaitCondition(concernsCluster: concernsCluster), until: nil, replacing: [:], onTimeout: onUnblock)
        return session.waiter.map { WaitingClient(session: session, ticket: $0.ticket) }
    }
}

extension Node {
    /// Ends a client's waiting with the reply that `write` writes; one that does not wait any more hears nothing.
    public func end(_ client: WaitingClient, _ write: (inout ReplyWriter) -> Void) {
        guard client.session.waiter?.ticket == client.ticket else { return }
        unblock(client.session, write)
    }
}
