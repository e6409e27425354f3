import Commands
import Settings

// Handing over to a replica.

extension Replica {
    /// Hands over, as FAILOVER wants.
    func beginFailover(_ wish: Failover.Wish) {
        failover.begin(wish)
        node.pauseForFailover()
        let target = wish.target.map { " to \($0.host):\($0.port)" } ?? ""
        node.log(.notice, "FAILOVER requested\(target).")
        advanceFailover()
    }

    /// Looks whether a replica can take over.
    func advanceFailover() {
        guard case .waiting = failover.state else { return }
        let step = failover.advance(candidates, offset: node.keyspace.journal.offset, now: node.monotonic)
        switch step {
        case .handOver(let address, let text):
            node.log(.notice, text)
            follow(address, isFailover: true)
        case .giveUp(let reason): abortFailover(reason)
        case nil: return
        }
    }

    /// Those who could take over.
    var candidates: [Failover.Candidate] {
        (node.replication?.figures.replicas ?? []).filter { $0.state == "online" }.map {
            Failover.Candidate(address: PrimaryAddress(host: $0.address, port: $0.port), offset: $0.offset)
        }
    }

    /// Goes on as the primary.
    func abortFailover(_ reason: String) {
        let wasHandingOver = failover.word == "failover-in-progress"
        node.log(.notice, "Aborting FAILOVER: \(reason)")
        failover.end()
        if wasHandingOver { followNobody() }
        node.endPauseForFailover()
    }

    /// The one who shall take over has answered.
    func didAnswerFailover(isAccepted: Bool) {
        link.isFailover = false
        guard failover.isUnderWay else { return }
        guard isAccepted else { return abortFailover("Failover target rejected psync request") }
        failover.end()
        node.endPauseForFailover()
    }
}
