import Commands
import Gossip
import Primitives

// What commands need of the cluster.

extension Cluster: Clustered {
    /// What INFO shows of the bus.
    public var figures: ClusterFigures {
        var figures = ClusterFigures()
        let links = bus.linkFigures
        figures.connections = links.count
        figures.linkBytes = links.values.reduce(0) { $0 + $1.reservedBytes }
        return figures
    }

    /// Tells other nodes of a message.
    public func didPublish(_ message: Bytes, to channel: Bytes, isSharded: Bool) {
        let event = BusEvent.published(channel: Array(channel), message: Array(message), isSharded: isSharded)
        bus.receive(event, now: node.keyspace.now)
    }

    /// Loses messages of a kind.
    public func loseMessages(ofKind kind: Int) { bus.messageFilter.kind = kind }

    /// Says whether connections are closed by which lost messages come.
    public func closeLinksWhenLosing(_ closes: Bool) { bus.messageFilter.closesLink = closes }

    /// Says whether nodes are pinged only where they have to be.
    public func stopRandomPings(_ isStopped: Bool) { bus.access { $0.pingsAtRandom = !isStopped } }

    /// Closes connections with a node.
    public func dropLinks(of name: Bytes, outbound: Bool, inbound: Bool) throws(CommandError) {
        let found = NodeName(digits: name.buffer).flatMap { name in bus.access { $0.member(name) } }
        guard let found else { throw .text("ERR Unknown node \(name.echoed())") }
        if found.flags.contains(.myself) { throw .message("ERR Cannot free cluster link(s) to myself") }
        do throws(BusError) {
            try bus.perform(.dropLinks(found.name, outbound: outbound, inbound: inbound), now: node.keyspace.now)
        } catch {
            throw .text(error.text)
        }
    }
}
