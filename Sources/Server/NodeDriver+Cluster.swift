import Clustering
import Commands
import Forming
import Gossip
import Primitives
import Settings

// The node as one of a cluster: what goes to and fro between its thread and the bus's.

extension NodeDriver {
    /// Joins the bus, as soon as the node serves clients: until then it is dead to them.
    func joinBus() {
        guard let plan = busPlan, let cluster else { return }
        busPlan = nil
        cluster.verifyLoadedKeys()
        cluster.report()
        poller.add(plan.post.arrival.descriptor)
        busThread?.host(plan)
        lookForOthers(plan.place.path, cluster)
    }

    /// Begins to look for the other nodes of a cluster that forms itself.
    private func lookForOthers(_ nodesFile: String, _ cluster: Cluster) {
        guard let post = busPost, !node.settings.clusterJoin.isEmpty else { return }
        let board = FormingBoard(acquaintance: FormingStatement.acquaintance)
        let plan = FormingThread.Plan(
            settings: node.settings, bus: cluster.bus, busPort: post.port, nodesFile: nodesFile, board: board, log: log)
        do throws(StartError) {
            forming = try FormingThread(plan)
            cluster.formingBoard = board
        } catch {
            log.write(.warning, "cluster-join: \(error.reason)")
        }
    }

    /// What a turn begins with in a cluster.
    func beginClusterTurn() {
        beat()
        cluster?.beginTurn()
    }

    /// The loop has turned.
    func beat() { busPost?.beat(now: node.monotonic) }

    /// Carries out what the bus wants of the node.
    func attendToBus() {
        guard let post = busPost, let cluster else { return }
        for order in post.takeOrders() { cluster.carryOut(order) }
        cluster.adoptMap()
    }

    /// Follows whom the file says, so that what is loaded is taken for that one's history.
    func beginInCluster() {
        guard let primary = cluster?.expectedPrimary else { return }
        node.become(replicaOf: primary)
    }

    /// Follows directives that have changed.
    func adoptBusSettings() {
        guard let post = busPost, let cluster else { return }
        post.adopt(BusTerms(node.settings, post.currentTerms.identities))
        cluster.adoptSettings()
        var configuration = BusConfiguration(node.settings)
        configuration.busPort = post.port
        cluster.bus.receive(.configured(configuration), now: node.keyspace.now)
    }
}
