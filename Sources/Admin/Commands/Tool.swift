import Primitives
import RESP

/// A session of the tool: its connections, and what every command needs of a cluster.
final class Tool {
    let console: Console
    let settings: ConnectionSettings
    private var connections: [NodeAddress: NodeConnection] = [:]

    init(_ console: Console, _ settings: ConnectionSettings) {
        (self.console, self.settings) = (console, settings)
    }

    // MARK: Talking to nodes

    func connection(_ address: NodeAddress) throws(AdminFailure) -> NodeConnection {
        if let known = connections[address] { return known }
        let fresh = try NodeConnection(address, settings)
        connections[address] = fresh
        return fresh
    }

    /// The reply, which may be an error. A connection that broke is not used again.
    func call(_ address: NodeAddress, _ words: [[UInt8]], timeoutMilliseconds: Int? = nil) throws(AdminFailure) -> Reply
    {
        do throws(AdminFailure) {
            return try connection(address).call(words, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            connections[address] = nil
            throw error
        }
    }

    func call(_ address: NodeAddress, _ words: String...) throws(AdminFailure) -> Reply {
        try call(address, words.map { Array($0.utf8) })
    }

    func pipeline(_ address: NodeAddress, _ commands: [[String]]) throws(AdminFailure) -> [Reply] {
        do throws(AdminFailure) {
            return try connection(address).pipeline(commands)
        } catch {
            connections[address] = nil
            throw error
        }
    }

    /// The reply to a command that must not be refused.
    @discardableResult
    func demand(_ address: NodeAddress, _ words: String...) throws(AdminFailure) -> Reply {
        let reply = try call(address, words.map { Array($0.utf8) })
        if let error = reply.errorText {
            throw AdminFailure("\(address): \(words.prefix(3).joined(separator: " ")): \(error)")
        }
        return reply
    }

    // MARK: Looking

    /// What one node says.
    func look(_ address: NodeAddress) throws(AdminFailure) -> NodeView {
        let replies = try pipeline(
            address,
            [
                ["CLUSTER", "NODES"], ["DBSIZE"], ["INFO", "server"], ["INFO", "replication"],
                ["CLUSTER", "GETSLOTMIGRATIONS"], ["CLUSTER", "INFO"],
            ])
        if let error = replies[0].errorText { throw AdminFailure("\(address): \(error)") }
        guard let records = NodeRecord.all(in: replies[0].string ?? ""), let own = records.first(where: \.isMyself)
        else {
            throw AdminFailure("\(address) answers CLUSTER NODES with something else.")
        }
        var view = NodeView(address: address, own: own, others: records.filter { !$0.isMyself })
        if let announced = own.address, !announced.host.isEmpty { view.address = announced }
        // What is asked of it by the address that others use goes through the connection that there is.
        if let connection = connections[address] { connections[view.address] = connection }
        view.keys = replies[1].number ?? 0
        Tool.readServer(replies[2].infoFields, into: &view)
        Tool.readReplication(replies[3].infoFields, into: &view)
        view.movesWholeSlots = replies[4].errorText == nil
        view.jobs = replies[4].elements.compactMap { SlotJob($0) }
        view.isServing = replies[5].infoFields["cluster_state"] == "ok"
        return view
    }

    private static func readServer(_ fields: [String: String], into view: inout NodeView) {
        if let version = fields["apus_version"] {
            view.product = "apus \(version)"
        } else if let version = fields["valkey_version"] {
            view.product = "valkey \(version)"
        } else {
            view.product = "redis \(fields["redis_version"] ?? "?")"
        }
        view.process = fields["process_id"].map { "\(view.address.host)/\($0)" }
    }

    private static func readReplication(_ fields: [String: String], into view: inout NodeView) {
        view.offset = Int(fields["slave_repl_offset"] ?? fields["master_repl_offset"] ?? "") ?? 0
        view.isLinkUp = fields["role"] != "slave" || fields["master_link_status"] == "up"
    }

    /// The cluster of a node: every node that it knows is asked.
    func view(of seed: NodeAddress) throws(AdminFailure) -> ClusterView {
        let first = try look(seed)
        var view = ClusterView(nodes: [first])
        for record in first.others where record.isKnown {
            guard let address = record.address else { continue }
            do throws(AdminFailure) {
                view.nodes.append(try look(address))
            } catch {
                view.silent.append(.init(record: record, reason: error.text))
            }
        }
        return view
    }

    /// How many keys a node has of each slot.
    func keyCounts(_ node: NodeView, _ slots: [Int]) throws(AdminFailure) -> [Int] {
        let commands = slots.map { ["CLUSTER", "COUNTKEYSINSLOT", "\($0)"] }
        return try pipeline(node.address, commands).map { $0.number ?? 0 }
    }

    // MARK: Waiting

    /// Waits until a condition holds of what the nodes see.
    /// - Throws: when the time is over, with what was waited for.
    @discardableResult
    func wait(
        _ seconds: Int, for what: String, _ look: () throws(AdminFailure) -> Bool
    ) throws(AdminFailure) -> Bool {
        let begin = Console.milliseconds
        while true {
            if try look() { return true }
            try Interruption.check()
            if Console.milliseconds - begin > seconds * 1000 {
                throw AdminFailure("Waited \(seconds) s for \(what) in vain.", .findings)
            }
            Console.pause(milliseconds: 100)
        }
    }

    /// Waits until all nodes see the same owners of slots.
    func awaitAgreement(of seed: NodeAddress, _ seconds: Int) throws(AdminFailure) {
        try wait(seconds, for: "the nodes to agree") { () throws(AdminFailure) in try view(of: seed).isAgreed }
    }

    // MARK: Plans

    /// Shows a plan, and asks. What is returned is the end: for a dry run, and where there is nothing to do.
    func settle(_ plan: Plan, _ change: ChangeOptions) throws(AdminFailure) -> Report? {
        console.say(plan.lines)
        if plan.isEmpty { console.say(plan.emptyText) }
        if change.dryRun || plan.isEmpty {
            return Report(members: [
                .init("dry_run", .boolean(change.dryRun)), .init("changed", false), .init("plan", plan.json),
            ])
        }
        if !change.yes { try console.confirm() }
        Interruption.listen()
        return nil
    }

    /// What is told of a plan that was carried out.
    func carriedOut(_ plan: Plan, _ more: [JSON.Member] = []) -> Report {
        Report(members: [.init("dry_run", false), .init("changed", true), .init("plan", plan.json)] + more)
    }

    /// The cluster, which has to be right before slots are moved.
    func soundView(of seed: NodeAddress) throws(AdminFailure) -> ClusterView {
        let view = try view(of: seed)
        let errors = view.findings().filter(\.isError)
        guard errors.isEmpty else {
            console.say(errors.map { "[ERR] " + $0.text })
            throw AdminFailure("The cluster is not right: run apus cluster fix \(seed) first.", .findings)
        }
        return view
    }
}
