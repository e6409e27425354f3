import ArgumentParser
import Primitives
import RESP

/// Brings the keys of a node that belongs to no cluster into one.
struct Import: ToolCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the keys of a stand-alone node into the cluster.")

    @OptionGroup var seed: SeedArgument

    @Option(name: [.customLong("from"), .customLong("cluster-from")], help: "The stand-alone node: host:port.")
    var from: String

    @Option(name: [.customLong("from-user"), .customLong("cluster-from-user")], help: "A user of that node.")
    var fromUser: String?

    @Option(
        name: [.customLong("from-pass"), .customLong("cluster-from-pass")], help: "The password at that node.")
    var fromPassword: String?

    @Flag(name: [.customLong("copy"), .customLong("cluster-copy")], help: "Leave the keys there too.")
    var copy = false

    @OptionGroup var moving: MoveOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let seed = try seed.parsed()
        let view = try tool.soundView(of: seed)
        var settings = tool.settings
        (settings.user, settings.password) = (fromUser, fromPassword)
        let source = try NodeConnection(try SeedArgument.parse([from]), settings)
        guard try source.call(["INFO", "cluster"]).infoFields["cluster_enabled"] != "1" else {
            throw AdminFailure("\(source.address) is itself a node of a cluster.")
        }
        let count = try source.call(["DBSIZE"]).number ?? 0
        let plan = Plan(
            lines: [
                "\(counted(count, "key")) of \(source.address) go to the \(view.owners.count) primaries that own their "
                    + "slots" + (copy ? ", and stay there too" : ", and are removed there")
                    + (moving.replace ? "; what the cluster has under their names is overwritten" : "")
            ], json: ["keys": .integer(count), "from": .text("\(source.address)"), "copy": .boolean(copy)],
            isEmpty: count == 0)
        if let end = try tool.settle(plan, change) { return end }
        var run = ImportRun(tool, view, source, moving.keyOptions(tool.settings), copies: copy, count)
        try run.carryOut()
        return report(tool, plan, run)
    }

    private func report(_ tool: Tool, _ plan: Plan, _ run: ImportRun) -> Report {
        tool.console.say("[OK] \(counted(run.sent, "key")) imported.")
        if run.taken > 0 {
            tool.console.say(
                "[WARNING] \(counted(run.taken, "key")) not imported: the cluster has keys of these names. "
                    + "With --replace they are overwritten.")
        }
        var report = tool.carriedOut(
            plan, [.init("imported", .integer(run.sent)), .init("already_there", .integer(run.taken))])
        report.outcome = run.taken > 0 ? .findings : .done
        return report
    }
}

/// One walk over the keys of the stand-alone node.
struct ImportRun {
    private let tool: Tool
    private var view: ClusterView
    private let source: NodeConnection
    private let options: KeyMoveOptions
    private let copies: Bool
    private let progress: Progress
    private(set) var sent = 0
    /// Keys whose names are taken in the cluster.
    private(set) var taken = 0
    private var owners: [String]

    init(
        _ tool: Tool, _ view: ClusterView, _ source: NodeConnection, _ options: KeyMoveOptions, copies: Bool,
        _ count: Int
    ) {
        (self.tool, self.view, self.source, self.options, self.copies) = (tool, view, source, options, copies)
        progress = Progress(tool.console, "Importing", total: count, unit: "keys")
        owners = view.claims.map { $0.first ?? "" }
    }

    mutating func carryOut() throws(AdminFailure) {
        defer { progress.end() }
        var cursor = "0"
        repeat {
            try Interruption.check()
            let reply = try source.call(["SCAN", cursor, "COUNT", "\(max(10, options.pipeline))"])
            if let error = reply.errorText { throw AdminFailure("\(source.address): SCAN: \(error)") }
            guard reply.elements.count == 2 else {
                throw AdminFailure("\(source.address): SCAN answers something else.")
            }
            cursor = reply.elements[0].string ?? "0"
            try send(
                reply.elements[1].elements.compactMap { item -> [UInt8]? in
                    if case .bulk(let key) = item { return key }
                    return nil
                })
            progress.update(sent + taken)
        } while cursor != "0"
    }

    /// Keys of the same owner go together.
    private mutating func send(_ keys: [[UInt8]]) throws(AdminFailure) {
        let groups = Dictionary(grouping: keys) { key in owners[key.withBytes { hashSlot(of: $0) }] }
        for (owner, keys) in groups {
            for start in stride(from: 0, to: keys.count, by: options.pipeline) {
                try send(Array(keys[start..<min(start + options.pipeline, keys.count)]), to: owner)
            }
        }
    }

    private mutating func send(_ keys: [[UInt8]], to owner: String) throws(AdminFailure) {
        guard let target = view[owner] else { throw AdminFailure("A slot has lost its owner: run the command again.") }
        let request = migrateRequest(to: target.address, keys, options, copies: copies)
        let patience = options.timeoutMilliseconds + tool.settings.replyTimeoutMilliseconds
        let reply = try source.call(request, timeoutMilliseconds: patience)
        guard let error = reply.errorText else {
            if reply.string != "NOKEY" { sent += keys.count }
            return
        }
        // Which of several keys was refused is not said.
        if keys.count > 1 {
            for key in keys { try send([key], to: owner) }
        } else if error.contains("BUSYKEY") {
            taken += 1
        } else if error.contains("MOVED") || error.contains("ASK ") {
            throw AdminFailure("Slots have moved meanwhile: run the command again.")
        } else {
            throw AdminFailure("\(source.address): MIGRATE: \(error)")
        }
    }
}
