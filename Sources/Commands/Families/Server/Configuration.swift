import Primitives
import RESP
import Settings
import Storage

private let flags: CommandFlags = [.admin, .noscript, .loading, .stale]
private let everywhere = ["request_policy:all_nodes", "response_policy:all_succeeded"]

let configurationCommands: [Command] = [
    Command(
        "config", .server, since: "2.0.0", summary: "Reads and changes directives while the server runs.",
        subcommands: [
            Command(
                "get", .server, since: "2.0.0", arity: -3, flags, syntax: "parameter [parameter ...]",
                complexity: "O(N) with N patterns.", summary: "Returns the directives that match, with their values.",
                run: get),
            Command(
                "set", .server, since: "2.0.0", arity: -4, flags, syntax: "parameter value [parameter value ...]",
                complexity: "O(N) with N directives.", summary: "Changes directives, all of them or none.",
                tips: everywhere, run: set),
            Command(
                "rewrite", .server, since: "2.8.0", arity: 2, flags, complexity: "O(1)",
                summary: "Writes the present values into the configuration file.", tips: everywhere, run: rewrite),
            Command(
                "resetstat", .server, since: "2.0.0", arity: 2, flags, complexity: "O(1)",
                summary: "Sets the counters of INFO back to zero.", tips: everywhere, run: resetStatistics),
            .help(for: "config", .server, since: "5.0.0"),
        ])
]

private func get(_ call: inout Call) throws(CommandError) {
    let found = call.node.settings.get(patterns: (2..<call.arguments.count).map { call.arguments[$0] })
    call.reply.map(found.count)
    for (name, value) in found {
        call.reply.bulk(name)
        value.withBytes { call.reply.bulk($0) }
    }
}

private func set(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count % 2 == 0 else { throw .syntax }
    let pairs = stride(from: 2, to: call.arguments.count, by: 2).map { index in
        (name: call.arguments[index], value: call.arguments[index + 1])
    }
    try call.node.change(pairs, SettingContext(isLocal: call.session.isLocal))
    call.reply.ok()
}

extension Node {
    /// Gives directives new values, all of them or none: first here, then outside, and back if that fails.
    fileprivate func change(_ pairs: [(name: Bytes, value: Bytes)], _ context: SettingContext) throws(CommandError) {
        let before = settings
        let changed = try take(pairs, context)
        guard !changed.isEmpty else { return }
        var applied = settings
        do throws(CommandError) {
            try environment.apply(&applied, changed: changed)
            settings = applied
        } catch {
            settings = before
            throw .text(SettingsError.refused(name: changed[0], reason: error.reason).reply)
        }
        adoptSettings()
        if changed.contains("maxmemory") { warnOfLowLimit() }
        act(.settingsChanged(changed))
    }

    private func take(
        _ pairs: [(name: Bytes, value: Bytes)], _ context: SettingContext
    ) throws(CommandError) -> [String] {
        do throws(SettingsError) {
            return try settings.set(pairs, in: context)
        } catch {
            throw .text(error.reply)
        }
    }
}

extension CommandError {
    /// The text without its code.
    public var reason: String { text.hasPrefix("ERR ") ? String(text.dropFirst(4)) : text }
}

private func rewrite(_ call: inout Call) throws(CommandError) {
    let node = call.node
    let isWritten: Bool
    do throws(CommandError) {
        isWritten = try node.rewriteConfiguration()
    } catch {
        node.log(.warning, "CONFIG REWRITE failed: \(error.reason)")
        throw .text("ERR Rewriting config file: \(error.reason)")
    }
    guard isWritten else { throw .message("ERR The server is running without a config file") }
    node.log(.notice, "CONFIG REWRITE executed with success.")
    call.reply.ok()
}

private func resetStatistics(_ call: inout Call) throws(CommandError) {
    call.node.resetStatistics()
    call.reply.ok()
}

extension Node {
    /// Writes the present values into the configuration file; false where there is none.
    func rewriteConfiguration(includingDefaults: Bool = false) throws(CommandError) -> Bool {
        guard let file = try environment.readConfiguration() else { return false }
        let users = userLines.map { String(decoding: $0, as: UTF8.self) }
        try environment.writeConfiguration(
            settings.rewritten(file.text, users: users, includingDefaults: includingDefaults))
        return true
    }

    /// Sets counters back to zero. The peak of memory stays, and so does what the latency monitor has seen.
    func resetStatistics() {
        let peak = (statistics.peakMemory, statistics.peakMemoryAt)
        statistics = NodeStatistics()
        (statistics.peakMemory, statistics.peakMemoryAt) = peak
        keyspace.statistics = KeyspaceStatistics()
        slotCounters?.reset()
        for index in commands.descriptions.indices { commandStatistics[index] = CommandStatistics() }
        errorCounts = [:]
        replication?.resetFigures()
        slowCommands = [:]
    }
}
