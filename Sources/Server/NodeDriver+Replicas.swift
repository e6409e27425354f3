import Commands
import Encryption
import Persistence
import Primitives
import Replication

#if canImport(Glibc)
    import Glibc
#endif

// Replicas' sockets: what is to be sent comes from each replica's link, straight from the blocks of the journal.

extension NodeDriver {
    /// Bytes that one replica is sent in a turn, so that one with a large snapshot keeps nobody waiting.
    private static let sentInATurn = 1 << 20
    private static let encryptedAtOnce = 60 << 10

    /// Gives replication its files.
    func attachReplication() {
        replication.primary.openFile = { name in
            MappedFile.opening(name).map { FilePayload($0.bytes, owner: $0) }
        }
        replication.primary.removeFile = { unlink($0) }
    }

    /// Offers replicas what has been written since they were offered something last.
    func sendToReplicas() {
        replication.primary.endTurn()
        feedReplicas()
    }

    /// As `sendToReplicas`, where nothing may be added to the journal: in the middle of a command.
    func feedReplicas() {
        let primary = replication.primary
        guard primary.isSendingDue else { return }
        primary.willSend()
        for link in primary.links where link.session.isReplica {
            guard let connection = connections[Int(link.session.descriptor)], connection.session === link.session,
                !connection.isWriting
            else { continue }
            if !connection.isReplica { becomeReplica(connection) }
            send(connection)
        }
        primary.checkLimits()
    }

    /// Sends small pieces together where bandwidth counts more than time.
    private func becomeReplica(_ connection: Connection) {
        connection.isReplica = true
        guard node.settings.replDisableTcpNodelay, !connection.session.isUnixSocket else { return }
        Listener.set(connection.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 0)
    }

    /// Sends what a replica's socket takes: what was answered before it asked to be synchronised, and what its link holds.
    func sendToReplica(_ connection: Connection, _ link: ReplicaLink) {
        guard let isWhole = sendReplies(connection) else { return end(connection) }
        guard isWhole else { return waitForRoom(connection) }
        var budget = NodeDriver.sentInATurn
        while budget > 0 {
            let outcome = link.withWaiting { offer(connection, $0, most: budget) }
            switch outcome {
            case .nothing: return didSendAll(connection)
            case .full: return waitForRoom(connection)
            case .failed: return end(connection)
            case .sent(let count):
                budget -= count
                node.noteWrite(count)
                replication.primary.didSend(count, link)
            }
        }
        waitForRoom(connection)
    }

    /// What became of bytes that a socket was offered.
    private enum Offer {
        case nothing
        case sent(Int)
        /// It takes no more now.
        case full
        case failed
    }

    private func offer(_ connection: Connection, _ bytes: Bytes, most: Int) -> Offer {
        if let channel = connection.channel { return offer(connection, channel, bytes) }
        if bytes.isEmpty { return .nothing }
        let count = Glibc.send(connection.descriptor, bytes.base, min(bytes.count, most), 0)
        if count > 0 { return .sent(count) }
        return errno == EAGAIN || errno == EINTR ? .full : .failed
    }

    private func offer(_ connection: Connection, _ channel: SecureChannel, _ bytes: Bytes) -> Offer {
        switch flushed(connection, channel) {
        case .sent(0): break
        case let other: return other
        }
        if bytes.isEmpty || !channel.isOpen { return .nothing }
        let count = min(bytes.count, NodeDriver.encryptedAtOnce)
        channel.send(UnsafeRawBufferPointer(start: bytes.base, count: count))
        return .sent(count)
    }

    /// Sends ciphertext; `sent(0)` when none is left.
    private func flushed(_ connection: Connection, _ channel: SecureChannel) -> Offer {
        while channel.hasCiphertext {
            let count = channel.sendCiphertext { Glibc.send(connection.descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 || errno == EINTR { continue }
            return errno == EAGAIN ? .full : .failed
        }
        return .sent(0)
    }

    /// Sends what the session itself holds. Returns whether all of it went; nil where the connection failed.
    private func sendReplies(_ connection: Connection) -> Bool? {
        let session = connection.session
        while session.waitingOutput.count > 0 {
            switch offer(connection, session.waitingOutput, most: .max) {
            case .nothing, .full: return false
            case .failed: return nil
            case .sent(let count):
                node.noteWrite(count)
                session.didSend(count)
            }
        }
        return true
    }
}
