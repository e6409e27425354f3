import Clustering
import Commands
import Gossip
import Primitives
import Replication

/// A process of a simulated cluster with all that a node is, instead of what stands for it.
final class WholeProcess: BusProcess {
    let node: SimulatedNode
    private let shared: SharedBus

    init(_ number: Int, _ incarnation: Int32, _ shared: SharedBus, _ node: SimulatedNode, host: String) {
        (self.shared, self.node) = (shared, node)
        super.init(
            number, incarnation, shared.access { $0 }, host: host, data: ReplicatedData(offset: 0))
    }

    /// The machine that the node's thread asks as well.
    override var bus: ClusterBus {
        get { shared.access { $0 } }
        set { shared.access { $0 = newValue } }
    }

    override var mark: BusInvariants.Mark {
        shared.access { BusInvariants.Mark(mapVersion: $0.mapVersion, epoch: $0.currentEpoch, isUp: $0.isUp) }
    }

    /// The node reports by itself.
    override func report(_ world: BusWorld) {}

    override func obey(_ order: NodeOrder, _ world: BusWorld) { node.cluster?.carryOut(order) }

    override var primary: (number: Int, isLinkUp: Bool)? {
        node.replication.replica.primary.map { (SimulatedNetwork.number(ofPort: $0.port), node.isLinked) }
    }
}

/// A command of a client whose reply may come later.
final class SimulatedCall {
    fileprivate let session: Session
    /// The reply; empty as long as there is none.
    fileprivate(set) var reply = ""

    fileprivate init(_ session: Session) { self.session = session }
}

extension SimulatedNode {
    /// Sends commands on a connection of their own.
    func call(_ commands: [[String]]) -> SimulatedCall {
        let session = node.accept(peerAddress: "10.0.0.9:3", localAddress: "10.0.0.1:1", descriptor: 6)
        let call = SimulatedCall(session)
        node.beginTurn()
        cluster?.beginTurn()
        for command in commands { run(session, SimulatedNode.bytes(command)) }
        look(at: call)
        return call
    }

    private static func bytes(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return bytes
    }

    /// Slots that came as a whole and were taken, as this process remembers.
    var takenMigrations: Int { cluster?.slotMigrations.taken ?? 0 }

    /// Takes a reply that may leave by now. The connection ends with it.
    func look(at call: SimulatedCall) {
        let ready = node.releasableOutput(call.session)
        guard ready > 0, call.reply.isEmpty else { return }
        call.reply = String(decoding: call.session.waitingOutput.buffer.prefix(ready), as: UTF8.self)
        call.session.didSend(ready)
        node.remove(call.session)
    }
}
