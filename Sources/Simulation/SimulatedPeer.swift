import Clustering
import Primitives

/// A connection that a simulated node has opened to another, for slots that move.
final class SimulatedPeer: Peer {
    weak var listener: (any PeerListener)?
    private let link: SimulatedLink
    private unowned let network: SimulatedNetwork
    private(set) var isOpen = true
    private var output: [UInt8] = []

    init(_ link: SimulatedLink, _ network: SimulatedNetwork, _ listener: any PeerListener) {
        (self.link, self.network, self.listener) = (link, network, listener)
    }

    var waitingBytes: Int { output.count }

    func send(_ bytes: [UInt8]) { output += bytes }

    func close() {
        isOpen = false
        link.endAtPrimary = link.endAtPrimary ?? network.arrival()
    }

    /// Hands on what has happened at the connection, and sends what it takes.
    func turn(_ random: inout RandomSource) {
        if let time = link.connectedAt {
            guard network.now >= time else { return }
            link.connectedAt = nil
            if link.endAtReplica == nil { listener?.didConnect() }
        }
        let count = min(output.count, link.toPrimary.room)
        if count > 0 {
            link.toPrimary.send(Array(output.prefix(count)), arrival: network.arrival())
            output.removeFirst(count)
        }
        let most = Int.random(in: 1...4096, using: &random)
        while isOpen, let bytes = link.toReplica.receive(now: network.now, most: most) {
            bytes.withBytes { listener?.didReceive($0) }
        }
        guard isOpen, let end = link.endAtReplica, network.now >= end else { return }
        isOpen = false
        listener?.didEnd("Connection reset by peer")
    }
}

/// What opens the connections of a simulated node for slots that move.
final class SimulatedPeers: PeerConnector {
    private let number: Int
    private unowned let network: SimulatedNetwork
    private var peers: [SimulatedPeer] = []

    init(_ number: Int, _ network: SimulatedNetwork) { (self.number, self.network) = (number, network) }

    func connect(to address: PeerAddress, for listener: any PeerListener) -> any Peer {
        let link = network.connect(number, to: SimulatedNetwork.number(ofPort: address.port))
        let peer = SimulatedPeer(link, network, listener)
        peers.append(peer)
        return peer
    }

    /// No command of a simulation waits for another node.
    func servePeers(milliseconds: Int) {}

    func turn(_ random: inout RandomSource) {
        for peer in peers { peer.turn(&random) }
        peers.removeAll { !$0.isOpen }
    }
}
