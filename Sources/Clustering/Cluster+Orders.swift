import Commands
import Gossip
import Replication
import Settings

// What the bus wants of the node, carried out between two commands.

extension Cluster {
    /// Carries out an order of the bus.
    public func carryOut(_ order: NodeOrder) {
        switch order {
        case .follow(let name, let host, let port): follow(name, PrimaryAddress(host: host, port: port))
        case .lead: lead()
        case .removeKeys(let slots): removeKeys(slots)
        case .pauseWrites(let milliseconds): pauseWrites(milliseconds)
        case .resumeWrites: resumeWrites()
        case .promise(let state, let term, let number):
            replication.adopt(state, keeping: term)
            promiseNumber = number
            report()
        case .saved(let number): didSave(number)
        case .publish(let channel, let message, let isSharded):
            node.deliver(message, to: channel, isSharded: isSharded)
        }
    }

    /// Whom the machine takes for the node's primary; nil where it takes the node for one itself, or knows no address.
    public var expectedPrimary: PrimaryAddress? {
        guard let name = bus.access({ $0.member($0.name)?.primary }) else { return nil }
        return address(of: name)
    }

    /// Where replicas reach a node: over TLS, if that is how they are to do so.
    private func address(of name: NodeName) -> PrimaryAddress? {
        guard let address = bus.access({ $0.member(name)?.address }), !address.host.isEmpty else { return nil }
        let port = node.settings.tlsReplication && address.tlsPort != 0 ? address.tlsPort : address.port
        return port == 0 ? nil : PrimaryAddress(host: address.host, port: port)
    }

    private func follow(_ name: NodeName, _ told: PrimaryAddress) {
        resumeWrites()
        let address = address(of: name) ?? told
        guard replication.replica.primary != address else { return report() }
        replication.replica.follow(address)
        report()
    }

    private func lead() {
        resumeWrites()
        replication.replica.followNobody()
        report()
    }

    /// Keys that somebody else owns now are gone for this node's replicas too.
    private func removeKeys(_ slots: SlotSet) {
        let count = node.removeKeys(inSlots: slots)
        if count > 0 { node.log(.notice, "Removed \(count) keys of \(slots.count) slots that this node has lost.") }
    }

    // MARK: Writes that rest

    private func pauseWrites(_ milliseconds: Int64) {
        pausedUntil = node.monotonic + milliseconds
        node.pauseForFailover()
        report()
    }

    private func resumeWrites() {
        guard pausedUntil != nil else { return }
        pausedUntil = nil
        node.endPauseForFailover()
        report()
    }

    /// Ends a pause whose time is over.
    func endPauseInTime() {
        if let pausedUntil, node.monotonic >= pausedUntil { resumeWrites() }
    }
}
