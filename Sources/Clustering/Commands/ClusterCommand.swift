import Commands
import Gossip
import Primitives
import RESP

/// The commands of this module, to be joined with those of Commands.
public let clusteringFamilies: [[Command]] = [[clusterCommand]]

private let clusterCommand = Command(
    "cluster", .cluster, since: "3.0.0", summary: "Asks and orders the cluster through this node.",
    subcommands: lookingSubcommands + layoutSubcommands + keySubcommands + slotSubcommands + memberSubcommands
        + statisticsSubcommands + slotMigrationSubcommands + slotRequestSubcommands + [help])

/// What subcommands that change the cluster have in common.
let orderFlags: CommandFlags = [.admin, .stale, .noAsyncLoading]

/// HELP, which like all of them is there only in a cluster.
private let help: Command = {
    let plain = Command.help(for: "cluster", .cluster, since: "5.0.0")
    return Command(
        "help", .cluster, since: "5.0.0", arity: 2, plain.flags, complexity: plain.complexity, summary: plain.summary
    ) { call throws(CommandError) in
        try call.requireCluster()
        try plain.run(&call)
    }
}()

extension Call {
    /// The cluster that the node is one of.
    func cluster() throws(CommandError) -> Cluster {
        try requireCluster()
        guard let cluster = node.cluster as? Cluster else { throw .message("ERR There is no cluster.") }
        return cluster
    }

    /// Carries an order out. Whatever it has changed holds for the next command already.
    /// - Returns: What `confirm` waits for.
    func order(_ order: BusOrder) throws(CommandError) -> UInt64? {
        let cluster = try cluster()
        do throws(BusError) {
            return try cluster.perform(order)
        } catch {
            throw .text(error.text)
        }
    }

    /// Replies as soon as what an order has changed is on the disk; at once where a client cannot wait.
    mutating func confirm(_ order: UInt64?, _ text: String = "OK") throws(CommandError) {
        let cluster = try cluster()
        guard let order, order > cluster.savedOrders, let client = waitForDisk() else { return reply.simple(text) }
        cluster.unsaved.append(UnsavedReply(client: client, order: order, text: text))
    }

    private func waitForDisk() -> WaitingClient? {
        wait(concernsCluster: true) { $0.error("\(Node.unknownOutcome) The change may not be on the disk yet") }
    }

    /// The node that an argument names; nil for none that is known.
    func member(_ index: Int) throws(CommandError) -> Member? {
        guard let name = NodeName(digits: arguments[index].buffer) else { return nil }
        return try cluster().bus.access { $0.member(name) }
    }

    /// The node that an argument names.
    func knownMember(_ index: Int) throws(CommandError) -> Member {
        guard let member = try member(index) else { throw .text("ERR Unknown node \(arguments[index].echoed())") }
        return member
    }

    /// For a subcommand with more arguments than it takes.
    var wrongSubcommand: CommandError {
        .text(
            "ERR unknown subcommand or wrong number of arguments for '\(arguments[1].echoed(128))'. Try CLUSTER HELP.")
    }

    /// A slot among the arguments.
    func slot(_ index: Int) throws(CommandError) -> Int {
        guard let number = arguments[index].integer, number >= 0, number < Int64(hashSlotCount) else {
            throw .message("ERR Invalid or out of range slot")
        }
        return Int(number)
    }
}
