import Commands
import Primitives

private let flags: CommandFlags = [.noscript, .stale, .skipMonitor, .noMandatoryKeys, .movablekeys]
private let complexity = "Depends on the script."

private func keys(_ flags: KeySpecification.Flags) -> [KeySpecification] {
    [KeySpecification(.index(2), .count(index: 0, first: 1, step: 1), flags)]
}

private let changing = keys([.readWrite, .access, .update])
private let reading = keys([.readOnly, .access])

let evalCommands: [Command] = runningCommands.map { command in
    var command = command
    command.takesMemory = { [name = command.name] node, arguments in
        declaredFlags(node, name, arguments[1])?.takeMemory ?? false
    }
    command.mayWrite = { [name = command.name] node, arguments in
        declaredFlags(node, name, arguments[1]).map { !$0.contains(.noWrites) } ?? false
    }
    return command
}

private let runningCommands: [Command] = [
    Command(
        "eval", .scripting, since: "2.6.0", arity: -3, flags.union(.mayReplicate), keys: changing,
        syntax: "script numkeys [key [key ...]] [arg [arg ...]]", complexity: complexity,
        summary: "Runs a script in Lua."
    ) { call throws(CommandError) in try eval(&call, isReadOnly: false) },
    Command(
        "eval_ro", .scripting, since: "7.0.0", arity: -3, flags.union(.readonly), keys: reading,
        syntax: "script numkeys [key [key ...]] [arg [arg ...]]", complexity: complexity,
        summary: "Runs a script in Lua that may only read."
    ) { call throws(CommandError) in try eval(&call, isReadOnly: true) },
    Command(
        "evalsha", .scripting, since: "2.6.0", arity: -3, flags.union(.mayReplicate), keys: changing,
        syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]", complexity: complexity,
        summary: "Runs a script that the server knows already, by its SHA-1."
    ) { call throws(CommandError) in try evalByName(&call, isReadOnly: false) },
    Command(
        "evalsha_ro", .scripting, since: "7.0.0", arity: -3, flags.union(.readonly), keys: reading,
        syntax: "sha1 numkeys [key [key ...]] [arg [arg ...]]", complexity: complexity,
        summary: "Runs a script that the server knows already and that may only read, by its SHA-1."
    ) { call throws(CommandError) in try evalByName(&call, isReadOnly: true) },
    Command(
        "fcall", .scripting, since: "7.0.0", arity: -3, flags.union(.mayReplicate), keys: changing,
        syntax: "function numkeys [key [key ...]] [arg [arg ...]]", complexity: "Depends on the function.",
        summary: "Calls a function of a library."
    ) { call throws(CommandError) in try callFunction(&call, isReadOnly: false) },
    Command(
        "fcall_ro", .scripting, since: "7.0.0", arity: -3, flags.union(.readonly), keys: reading,
        syntax: "function numkeys [key [key ...]] [arg [arg ...]]", complexity: "Depends on the function.",
        summary: "Calls a function of a library that may only read."
    ) { call throws(CommandError) in try callFunction(&call, isReadOnly: true) },
]

private func eval(_ call: inout Call, isReadOnly: Bool) throws(CommandError) {
    let arguments = try ScriptArguments(call.arguments, notNumber: .notInteger)
    let host = try ScriptHost.of(call.node)
    try run(host.script(call.arguments[1], isLoaded: false), arguments, &call, isReadOnly: isReadOnly)
}

private func evalByName(_ call: inout Call, isReadOnly: Bool) throws(CommandError) {
    let arguments = try ScriptArguments(call.arguments, notNumber: .notInteger)
    let host = try ScriptHost.of(call.node)
    guard let name = ScriptName(call.arguments[1]), let script = host.cache.find(name) else { throw .noScript }
    try run(script, arguments, &call, isReadOnly: isReadOnly)
}

private func run(
    _ script: Script, _ arguments: ScriptArguments, _ call: inout Call, isReadOnly: Bool
) throws(CommandError) {
    let host = try ScriptHost.of(call.node)
    if let flags = script.flags { try checkFlags(flags, call, isReadOnly: isReadOnly) }
    try host.run(
        script.reference, .script, named: Bytes(base: script.digits, count: 40), arguments,
        ScriptRights(script.flags, isReadOnly: isReadOnly), &call)
}

private func callFunction(_ call: inout Call, isReadOnly: Bool) throws(CommandError) {
    let host = try ScriptHost.of(call.node)
    guard let function = host.libraries.function(named: call.arguments[1]) else {
        throw .message("ERR Function not found")
    }
    let arguments = try ScriptArguments(call.arguments, notNumber: .message("ERR Bad number of keys provided"))
    try checkFlags(function.flags, call, isReadOnly: isReadOnly)
    try host.run(
        function.reference, .function, named: function.nameBytes, arguments,
        ScriptRights(function.flags, isReadOnly: isReadOnly), &call)
}

/// Whoever has said what he does is not asked to find out by trying.
private func checkFlags(_ flags: ScriptFlags, _ call: Call, isReadOnly: Bool) throws(CommandError) {
    if flags.contains(.noCluster), call.node.isClustered {
        throw .message("ERR Can not run script on cluster, 'no-cluster' flag is set.")
    }
    if flags.contains(.noWrites) { return }
    if call.node.isOutOfMemory, flags.takeMemory { throw .text(Node.outOfMemory) }
    if isReadOnly { throw .message("ERR Can not execute a script with write flag using *_ro command.") }
    if let reason = call.node.scriptWriteRefusal { throw .text(reason) }
}

extension ScriptFlags {
    /// Whether the script writes, and has not said that it may do so where no memory is left.
    fileprivate var takeMemory: Bool { isDisjoint(with: [.allowsOutOfMemory, .noWrites]) }
}

/// What the script or function has said of itself that a command would run; nil where it is not known, or has said nothing.
private func declaredFlags(_ node: Node, _ command: String, _ subject: Bytes) -> ScriptFlags? {
    let host = ScriptHost.existing(node)
    switch command {
    case "eval", "eval_ro":
        if let known = host?.cache.find(subject, hash: node.keyspace.hash(subject)) { return known.flags }
        return try? Shebang(subject, unended: .syntax)?.scriptFlags()
    case "evalsha", "evalsha_ro": return ScriptName(subject).flatMap { host?.cache.find($0)?.flags }
    case "fcall", "fcall_ro": return host?.libraries.function(named: subject)?.flags
    default: return nil
    }
}

extension CommandError {
    /// A script that the server does not know.
    static var noScript: CommandError { .message("NOSCRIPT No matching script. Please use EVAL.") }
}

extension ScriptHost {
    /// The script with a text, compiled if it is new.
    func script(_ body: Bytes, isLoaded: Bool) throws(CommandError) -> Script {
        let hash = node.keyspace.hash(body)
        if let known = cache.find(body, hash: hash) {
            if isLoaded { cache.keep(known) }
            return known
        }
        let shebang = try Shebang(body, unended: .message("ERR Invalid script shebang"))
        let flags = try shebang?.scriptFlags()
        switch interpreter.compile(body.dropFirst(shebang?.length ?? 0), .script) {
        case .failure(let failure):
            throw .text("ERR Error compiling script (new function): \(failure.text)")
        case .success(let reference):
            let script = Script(
                name: ScriptName(of: body), body: Array(body), bodyHash: hash, reference: reference, flags: flags,
                isLoaded: isLoaded)
            if let evicted = cache.insert(script) { interpreter.forget(evicted.reference) }
            return script
        }
    }
}
