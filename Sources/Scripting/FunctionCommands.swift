import Commands
import Primitives
import RESP

private let all = ["request_policy:all_shards", "response_policy:all_succeeded"]

let functionCommands: [Command] = [
    Command(
        "function", .scripting, since: "7.0.0", summary: "Manages libraries of functions.",
        subcommands: [
            Command(
                "delete", .scripting, since: "7.0.0", arity: 3, [.write, .noscript], syntax: "library-name",
                complexity: "O(1)", summary: "Removes a library and its functions.", tips: all, run: delete),
            Command(
                "dump", .scripting, since: "7.0.0", arity: 2, [.noscript], complexity: "O(N) with N functions.",
                summary: "Returns all libraries as bytes for FUNCTION RESTORE.", run: dump),
            Command(
                "flush", .scripting, since: "7.0.0", arity: -2, [.write, .noscript], syntax: "[ASYNC|SYNC]",
                complexity: "O(N) with N functions.", summary: "Removes all libraries.", tips: all, run: flush),
            Command.help(for: "function", .scripting, since: "7.0.0"),
            Command(
                "kill", .scripting, since: "7.0.0", arity: 2, [.noscript, .allowBusy], complexity: "O(1)",
                summary: "Ends the function that runs, if it has not written yet.",
                tips: ["request_policy:all_shards", "response_policy:one_succeeded"], run: kill),
            Command(
                "list", .scripting, since: "7.0.0", arity: -2, [.noscript],
                syntax: "[LIBRARYNAME library-name-pattern] [WITHCODE]", complexity: "O(N) with N functions.",
                summary: "Lists the libraries and their functions.", tips: ["nondeterministic_output_order"], run: list),
            Command(
                "load", .scripting, since: "7.0.0", arity: -3, [.write, .denyoom, .noscript],
                syntax: "[REPLACE] function-code", complexity: "O(1), the time of compiling left aside.",
                summary: "Brings a library.", tips: all, run: load),
            Command(
                "restore", .scripting, since: "7.0.0", arity: -3, [.write, .denyoom, .noscript],
                syntax: "serialized-value [FLUSH|APPEND|REPLACE]", complexity: "O(N) with N functions.",
                summary: "Brings libraries that FUNCTION DUMP has returned.", tips: all, run: restore),
            Command(
                "stats", .scripting, since: "7.0.0", arity: 2, [.noscript, .allowBusy], complexity: "O(1)",
                summary: "Tells what runs, and how many libraries and functions there are.",
                tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], run: stats),
        ])
]

// MARK: Coming and going

private func load(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 2)
    let isReplacing = options.remaining > 1 && options.take("replace")
    if options.remaining > 1 { throw .text("ERR Unknown option given: \(try options.next().echoed())") }
    let host = try ScriptHost.of(call.node)
    let code = try options.next()
    if let shebang = try Shebang(code, unended: .message("ERR Invalid library metadata")), !isReplacing {
        let name = try shebang.libraryName()
        if host.libraries.byName[name] != nil { throw .text("ERR Library '\(name)' already exists") }
    }
    let library = try host.makeLibrary(code, call)
    if let name = host.libraries.clash(library) {
        host.forget(library.functions)
        throw .text("ERR Function \(name) already exists")
    }
    host.enter(library)
    call.reply.bulk(library.name)
}

private func delete(_ call: inout Call) throws(CommandError) {
    guard try ScriptHost.of(call.node).removeLibrary(String(call.arguments[2])) else {
        throw .message("ERR Library not found")
    }
    call.reply.ok()
}

private func flush(_ call: inout Call) throws(CommandError) {
    try checkFlushOptions(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    try ScriptHost.of(call.node).removeAllLibraries()
    call.reply.ok()
}

private func kill(_ call: inout Call) throws(CommandError) {
    try ScriptHost.of(call.node).kill(.function)
    call.reply.ok()
}

// MARK: Dumping

private func dump(_ call: inout Call) throws(CommandError) {
    LibraryPayload.write(try ScriptHost.of(call.node).libraries.all).withBytes { call.reply.bulk($0) }
}

private enum RestorePolicy {
    case flush
    case append
    case replace

    init(_ call: Call) throws(CommandError) {
        var options = call.options(from: 3)
        if options.isAtEnd || options.take("append") {
            self = .append
        } else if options.take("replace") {
            self = .replace
        } else if options.take("flush") {
            self = .flush
        } else {
            throw .message("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
        }
    }
}

private func restore(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 4 { throw .unknownSubcommand(call.arguments[1], of: call.arguments[0]) }
    let policy = try RestorePolicy(call)
    let host = try ScriptHost.of(call.node)
    guard let codes = LibraryPayload.read(call.arguments[2], checksSum: !call.node.skipsChecksums) else {
        throw .message("ERR DUMP payload version or checksum are wrong")
    }
    let libraries = try host.makeLibraries(codes, policy, call)
    if policy == .flush { host.removeAllLibraries() }
    for library in libraries { host.enter(library) }
    call.reply.ok()
}

extension ScriptHost {
    /// All or none of the libraries of a payload.
    fileprivate func makeLibraries(
        _ codes: [[UInt8]], _ policy: RestorePolicy, _ call: Call
    ) throws(CommandError) -> [Library] {
        var made: [Library] = []
        do throws(CommandError) {
            for code in codes {
                let library: Library = try code.withUnsafeBufferPointer { buffer throws(CommandError) in
                    try makeLibrary(Bytes(UnsafeRawBufferPointer(buffer)), call)
                }
                made.append(library)
            }
            try checkClashes(made, policy)
        } catch {
            for library in made { forget(library.functions) }
            throw error
        }
        return made
    }

    private func checkClashes(_ made: [Library], _ policy: RestorePolicy) throws(CommandError) {
        if policy == .flush { return }
        let replaced = policy == .replace ? Set(made.map(\.name)) : []
        for library in made {
            if policy == .append, libraries.byName[library.name] != nil {
                throw .text("ERR Library \(library.name) already exists")
            }
            if let name = libraries.clash(library, replacing: replaced) {
                throw .text("ERR Function \(name) already exists")
            }
        }
    }
}

// MARK: Looking in

private func list(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 2)
    var pattern: Bytes?
    var isWithCode = false
    while !options.isAtEnd {
        if !isWithCode, options.take("withcode") {
            isWithCode = true
        } else if pattern == nil, options.take("libraryname") {
            guard !options.isAtEnd else { throw .message("ERR library name argument was not given") }
            pattern = try options.next()
        } else {
            throw .text("ERR Unknown argument \(try options.next().echoed())")
        }
    }
    let libraries = try ScriptHost.of(call.node).libraries.all.filter { library in
        guard let pattern else { return true }
        return Bytes.with(library.name) { Glob.matches(pattern, $0, ignoringCase: true) }
    }
    call.reply.array(libraries.count)
    for library in libraries { write(library, isWithCode: isWithCode, &call.reply) }
}

private func write(_ library: Library, isWithCode: Bool, _ reply: inout ReplyWriter) {
    reply.map(isWithCode ? 4 : 3)
    reply.bulk("library_name")
    reply.bulk(library.name)
    reply.bulk("engine")
    reply.bulk("LUA")
    reply.bulk("functions")
    reply.array(library.functions.count)
    for function in library.functions { write(function, &reply) }
    guard isWithCode else { return }
    reply.bulk("library_code")
    library.code.withBytes { reply.bulk($0) }
}

private func write(_ function: LibraryFunction, _ reply: inout ReplyWriter) {
    reply.map(3)
    reply.bulk("name")
    reply.bulk(function.name)
    reply.bulk("description")
    if let description = function.description { reply.bulk(description) } else { reply.null() }
    reply.bulk("flags")
    reply.set(function.flags.names.count)
    for name in function.flags.names { reply.simple(name) }
}

private func stats(_ call: inout Call) throws(CommandError) {
    let host = try ScriptHost.of(call.node)
    call.reply.map(2)
    call.reply.bulk("running_script")
    if let run = host.run { write(run, host, &call.reply) } else { call.reply.null() }
    call.reply.bulk("engines")
    call.reply.map(1)
    call.reply.bulk("LUA")
    call.reply.map(2)
    call.reply.bulk("libraries_count")
    call.reply.integer(host.libraries.count)
    call.reply.bulk("functions_count")
    call.reply.integer(host.libraries.functionCount)
}

private func write(_ run: ScriptHost.Run, _ host: ScriptHost, _ reply: inout ReplyWriter) {
    reply.map(3)
    reply.bulk("name")
    reply.bulk(host.runName)
    reply.bulk("command")
    reply.array(run.arguments.count)
    for index in 0..<run.arguments.count { reply.bulk(run.arguments[index]) }
    reply.bulk("duration_ms")
    reply.integer(host.node.clock.monotonicMilliseconds - run.startedAt)
}
