import Commands
import Primitives

/// A snapshot for one replica, which can go on with it over another connection.
///
///     + FULLRESYNC <history> <offset> <ticket> ─ bytes ─ ✂ …  REPLCONF apus-resume <ticket> <bytes received> ─ +RESUME ─ bytes
struct SnapshotDelivery {
    /// Forty characters that name it.
    let ticket: String
    /// What it is a snapshot of.
    let origin: SnapshotOrigin
    /// Its bytes; nil before it begins.
    var payload: (any Payload)?
}

/// What is kept of a replica whose connection has ended before it had its snapshot: the bytes that it has not been sent, some
/// of those before, the walk that brings the rest, and the journal since the cut.
struct Interruption {
    let ticket: String
    let origin: SnapshotOrigin
    let payload: any Payload
    /// Bytes that it was sent, whether it has them or not.
    let sent: Int
    /// Monotonic milliseconds.
    let since: Int64
    /// How the log calls it.
    let name: String
}

extension PrimarySide {
    /// How long a replica is waited for while others wait for a snapshot of their own, in milliseconds.
    private static let patienceBeforeOthers: Int64 = 5000
    /// How much of the journal is kept where no limit is set, in bytes.
    private static let mostJournal = 256 << 20

    func makeDelivery(_ offset: Int64) -> SnapshotDelivery {
        SnapshotDelivery(ticket: node.randomMark(), origin: SnapshotOrigin(id: node.history.id, offset: offset))
    }

    /// Keeps what a replica needs to go on, before its link is forgotten.
    func interrupt(_ link: ReplicaLink) {
        guard let delivery = link.delivery, let payload = delivery.payload,
            backlog?.holds(delivery.origin.offset) == true
        else { return }
        link.delivery = nil
        interruptions.append(
            Interruption(
                ticket: delivery.ticket, origin: delivery.origin, payload: payload, sent: link.payloadSent, since: now,
                name: link.name))
    }

    /// Has a replica go on with a snapshot of which it has the first bytes. Returns whether that is possible.
    func resume(_ link: ReplicaLink, ticket: String, received: Int) -> Bool {
        interruptLink(with: ticket)
        guard let index = interruptions.firstIndex(where: { $0.ticket == ticket }) else { return false }
        let found = interruptions.remove(at: index)
        guard canResume(found, received) else {
            settleTransfer()
            return false
        }
        link.delivery = SnapshotDelivery(ticket: ticket, origin: found.origin)
        link.session.becomeReplica()
        link.position = found.origin.offset
        link.say("+RESUME\r\n")
        link.send(found.payload, from: received)
        if found.payload === transfer?.payload { transfer?.add(link) }
        enter(link, .receiving)
        figures.resumedSyncs += 1
        node.log(.notice, "Replica \(link.name) goes on with its snapshot from byte \(received)")
        link.endPayloadIfSent()
        settleTransfer()
        offer()
        return true
    }

    /// The replica may have noticed first that the connection is of no use.
    private func interruptLink(with ticket: String) {
        guard let link = links.first(where: { $0.delivery?.ticket == ticket }) else { return }
        interrupt(link)
        transfer?.remove(link)
        drop(link, "Replica \(link.name) has come back over another connection")
    }

    private func canResume(_ found: Interruption, _ received: Int) -> Bool {
        received <= found.sent && found.payload.holds(received) && found.origin.id == node.history.id
            && backlog?.holds(found.origin.offset) == true
    }

    // MARK: Patience

    /// Ends the waiting for replicas that have not come back.
    func endInterruptions(_ reason: String, where isMeant: (Interruption) -> Bool) {
        let ended = interruptions.filter(isMeant)
        guard !ended.isEmpty else { return }
        interruptions.removeAll(where: isMeant)
        for each in ended { node.log(.notice, "Replica \(each.name) is not waited for any more: \(reason)") }
        transfer?.release()
        settleTransfer()
    }

    func lookAtInterruptions() {
        let timeout = Int64(settings.replTimeout) * 1000
        endInterruptions("it has not come back") { now - $0.since > timeout }
        let hard = settings.clientOutputBufferLimit.replica.hard
        let most = hard == 0 ? PrimarySide.mostJournal : max(hard, settings.replBacklogSize)
        let end = node.keyspace.journal.offset
        endInterruptions("too much was written meanwhile") { Int(end - $0.origin.offset) > most }
    }

    /// A walk that goes on for nobody but those who are gone does not keep others waiting for long.
    func yieldToWaiting() {
        guard let transfer, transfer.members.isEmpty, !interruptions.isEmpty else { return }
        endInterruptions("others wait for a snapshot") {
            $0.payload === transfer.payload && now - $0.since > PrimarySide.patienceBeforeOthers
        }
    }
}
