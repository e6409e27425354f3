import ArgumentParser
import Glibc
import Primitives

/// Saves the data of every primary and the layout of the cluster.
struct Backup: ToolCommand {
    static let configuration = CommandConfiguration(
        abstract: "Saves an RDB file of every primary, and nodes.json, in a directory.")

    @Argument(help: "Any node of the cluster: host:port.")
    var address: String

    @Argument(help: "Where to, a directory that is made if it is not there.", completion: .directory)
    var directory: String

    @OptionGroup var common: CommonOptions

    func perform(_ tool: Tool) throws(AdminFailure) -> Report {
        let view = try tool.view(of: try SeedArgument.parse([address]))
        let findings = view.findings().filter(\.isError)
        if mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw AdminFailure("\(directory): \(String(cString: strerror(errno)))")
        }
        tool.console.say(findings.map { "[ERR] " + $0.text })
        Interruption.listen()
        var files: [JSON] = []
        for (number, node) in view.primaries.enumerated() {
            let name = "redis-node-\(node.address.host)-\(node.address.port)-\(node.id).rdb"
            tool.console.say(">>> \(node.title): \(name) (\(number + 1) of \(view.primaries.count))")
            let size = try save(tool, node, directory + "/" + name)
            files.append(["node": .text(node.id), "file": .text(name), "bytes": .integer(size)])
        }
        let nodes = JSON.array(view.nodes.map(Backup.json)).encoded + "\n"
        try OutputFile.write(Array(nodes.utf8), to: directory + "/nodes.json")
        tool.console.say("[OK] \(view.primaries.count) files and nodes.json in \(directory).")
        return Report(
            outcome: findings.isEmpty && view.silent.isEmpty ? .done : .findings,
            members: [.init("files", .array(files)), .init("directory", .text(directory))])
    }

    /// A snapshot comes as to a replica; the file has its name only when it is whole.
    private func save(_ tool: Tool, _ node: NodeView, _ path: String) throws(AdminFailure) -> Int {
        let connection = try NodeConnection(node.address, tool.settings)
        let file = try OutputFile(path + ".part")
        let progress = Progress(tool.console, "Saving", total: 0, unit: "bytes")
        var receiver = SnapshotReceiver()
        try connection.send(["SYNC"])
        while !receiver.isWhole {
            try Interruption.check()
            try file.write(try receiver.receive(try connection.readRaw()))
            progress.update(0, ProgressText.size(receiver.count))
        }
        try file.finish(as: path)
        return receiver.count
    }

    /// As redis-cli describes a node.
    private static func json(_ node: NodeView) -> JSON {
        [
            "name": .text(node.id), "host": .text(node.address.host), "port": .integer(node.address.port),
            "replicate": node.own.primary.map { .text($0) } ?? .null,
            "slots": .array(node.slots.slotRanges.map { [.integer($0.lowerBound), .integer($0.upperBound)] }),
            "slots_count": .integer(node.slots.count),
            "flags": .text(node.own.flags.subtracting(["myself"]).sorted().joined(separator: ",")),
            "current_epoch": .integer(node.own.configEpoch),
        ]
    }
}
