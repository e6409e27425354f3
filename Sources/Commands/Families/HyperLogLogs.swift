import Primitives
import RESP
import Storage
import Structures

/// The commands of the group `hyperloglog`.
let hyperLogLogCommands: [Command] = [
    Command(
        "pfadd", .hyperloglog, since: "2.8.9", arity: -2, [.write, .denyoom, .fast],
        keys: [.key(1, [.readWrite, .insert])], syntax: "key [element [element ...]]",
        complexity: "O(1) for each element.",
        summary: "Adds elements to a HyperLogLog, which is made where there is none.", run: pfadd),
    Command(
        "pfcount", .hyperloglog, since: "2.8.9", arity: -2, [.readonly, .mayReplicate],
        keys: [
            KeySpecification(.index(1), .range(last: -1, step: 1, limit: 0), [.readWrite, .access])
        ],
        syntax: "key [key ...]",
        complexity: "O(1) for one key, O(N) with a large constant for the union of N keys.",
        summary: "Estimates how many different elements the HyperLogLogs of some keys have together.", run: pfcount),
    Command(
        "pfmerge", .hyperloglog, since: "2.8.9", arity: -2, [.write, .denyoom],
        keys: [.key(1, [.readWrite, .access, .insert]), .keys(from: 2, [.readOnly, .access])],
        syntax: "destkey [sourcekey [sourcekey ...]]", complexity: "O(N) with a large constant for N keys.",
        summary: "Adds the elements of some HyperLogLogs to another one.", run: pfmerge),
    Command(
        "pfdebug", .hyperloglog, since: "2.8.9", arity: 3, [.write, .denyoom, .admin],
        keys: [.key(2, [.readWrite, .access])], syntax: "subcommand key",
        complexity: "O(1), with a large constant.", summary: "Looks into a HyperLogLog, for tests.", run: pfdebug),
    Command(
        "pfselftest", .hyperloglog, since: "2.8.9", arity: 1, [.admin], complexity: "O(1), some milliseconds.",
        summary: "Tests that registers keep their ranks and that estimates are near.", run: pfselftest),
]

extension CommandError {
    fileprivate static let notHyperLogLog = CommandError.message(
        "WRONGTYPE Key is not a valid HyperLogLog string value.")
    fileprivate static let damaged = CommandError.message("INVALIDOBJ Corrupted HLL object detected")
}

/// How the HyperLogLog of an entry is laid out; an error where the string is none.
private func representation(of entry: Entry) throws(CommandError) -> HyperLogLog.Representation {
    guard entry.encoding != .integer, let found = HyperLogLog.representation(of: entry.text) else {
        throw .notHyperLogLog
    }
    return found
}

// MARK: Adding

private func pfadd(_ call: inout Call) throws(CommandError) {
    let key = call.key(1)
    guard let entry = try call.string(key) else {
        let editor = call.withKeyspace { $0.editNew(key, HyperLogLog.empty, call.database) }
        return try add(&call, to: editor, .sparse, isNew: true)
    }
    let representation = try representation(of: entry)
    // Most elements of a HyperLogLog that has seen many change nothing.
    if representation == .dense, isSaturated(entry.text, call.arguments) { return call.reply.integer(0) }
    let editor = call.withKeyspace { $0.edit(key, entry, call.database) }
    try add(&call, to: editor, representation, isNew: false)
}

/// Whether the elements of a PFADD leave a dense value as it is.
private func isSaturated(_ value: Bytes, _ arguments: Arguments) -> Bool {
    for index in 2..<max(2, arguments.count) {
        let mark = HyperLogLog.Mark(of: arguments[index])
        if HyperLogLog.rank(value, mark.register) < mark.rank { return false }
    }
    return true
}

private func add(
    _ call: inout Call, to editor: consuming StringEditor, _ representation: HyperLogLog.Representation, isNew: Bool
) throws(CommandError) {
    var editor = editor
    var representation = representation
    var raised = isNew ? 1 : 0
    for index in 2..<max(2, call.arguments.count) {
        let mark = HyperLogLog.Mark(of: call.arguments[index])
        var cursor = HyperLogLog.Cursor()
        guard
            let isRaised = editor.raise(
                mark, &representation, longest: call.node.limits.longestSparse, &cursor)
        else {
            // What came before is done, here and wherever the command is repeated.
            if raised > 0 { editor.close(event: .pfadd) }
            throw .damaged
        }
        if isRaised { raised += 1 }
    }
    if raised > 0 {
        HyperLogLog.forgetEstimate(editor.bytes)
        editor.close(event: .pfadd)
        call.withKeyspace { $0.changes += raised - 1 }
    }
    call.reply.integer(raised > 0 ? 1 : 0)
}

// MARK: Counting

private func pfcount(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 2 { return call.reply.integer(Int64(bitPattern: try unionOfKeys(call).estimate)) }
    let key = call.key(1)
    guard let entry = try call.readString(key) else { return call.reply.integer(0) }
    let representation = try representation(of: entry)
    if let kept = HyperLogLog.keptEstimate(entry.text) {
        call.keyspace.makeEditable(key, call.database)
        return call.reply.integer(Int64(kept))
    }
    guard let estimate = HyperLogLog.estimate(entry.text, representation) else { throw .damaged }
    let editor = call.keyspace.edit(key, entry, call.database)
    HyperLogLog.keep(estimate, in: editor.bytes)
    editor.close(event: nil)
    call.recordEffect(2) { effect in
        effect.append("PFCOUNT")
        effect.append(key.bytes)
    }
    call.reply.integer(Int64(bitPattern: estimate))
}

/// The union of all keys that are there.
private func unionOfKeys(_ call: Call) throws(CommandError) -> HyperLogLogUnion {
    var union = HyperLogLogUnion()
    for index in 1..<call.arguments.count {
        guard let entry = try call.readString(call.key(index)) else { continue }
        let representation = try representation(of: entry)
        guard union.add(entry.text, representation) else { throw .damaged }
    }
    return union
}

private func pfmerge(_ call: inout Call) throws(CommandError) {
    let union = try unionOfKeys(call)
    let key = call.key(1)
    var editor = try openTarget(key, call)
    if HyperLogLog.representation(of: editor.view) == .dense {
        union.write(to: editor.bytes)
    } else {
        var copy = HyperLogLogScratch(copying: editor.view)
        guard copy.merge(union, longest: call.node.limits.longestSparse) else { throw .damaged }
        editor.replace(by: copy.view)
    }
    HyperLogLog.forgetEstimate(editor.bytes)
    editor.close(event: .pfadd)
    call.reply.ok()
}

/// Opens a key, whose string has been looked at, or makes one.
private func openTarget(_ key: Key, _ call: Call) throws(CommandError) -> StringEditor {
    if let entry = try call.string(key) { return call.keyspace.edit(key, entry, call.database) }
    return call.keyspace.editNew(key, HyperLogLog.empty, call.database)
}

// MARK: Testing

private func pfdebug(_ call: inout Call) throws(CommandError) {
    let word = call.arguments[1]
    let key = call.key(2)
    guard let entry = try call.string(key) else { throw .message("ERR The specified key does not exist") }
    let representation = try representation(of: entry)
    call.keyspace.makeEditable(key, call.database)
    if word.equals(ignoringCase: "getreg") { return try writeRegisters(&call, key) }
    if word.equals(ignoringCase: "decode") { return try writeRuns(&call, key) }
    if word.equals(ignoringCase: "todense") { return call.reply.integer(try makeDense(call, key) ? 1 : 0) }
    guard word.equals(ignoringCase: "encoding") else {
        throw .text("ERR Unknown PFDEBUG subcommand '\(word.echoed(128))'")
    }
    call.reply.simple(representation == .dense ? "dense" : "sparse")
}

/// Makes the HyperLogLog of a key dense; false where it is.
private func makeDense(_ call: Call, _ key: Key) throws(CommandError) -> Bool {
    guard let entry = try call.string(key), try representation(of: entry) == .sparse else { return false }
    var editor = call.keyspace.edit(key, entry, call.database)
    guard editor.makeDense() else { throw .damaged }
    editor.close(event: nil)
    return true
}

private func writeRegisters(_ call: inout Call, _ key: Key) throws(CommandError) {
    _ = try makeDense(call, key)
    guard let entry = try call.string(key) else { return }
    call.reply.array(HyperLogLog.registerCount)
    for register in 0..<HyperLogLog.registerCount {
        call.reply.integer(Int(HyperLogLog.rank(entry.text, register)))
    }
}

private func writeRuns(_ call: inout Call, _ key: Key) throws(CommandError) {
    guard let entry = try call.string(key), try representation(of: entry) == .sparse else {
        throw .message("ERR HLL encoding is not sparse")
    }
    let runs = HyperLogLog.runs(entry.text).map { run in
        if run.rank > 0 { return "v:\(run.rank),\(run.count)" }
        return run.byteCount == 1 ? "z:\(run.count)" : "Z:\(run.count)"
    }
    call.reply.bulk(runs.joined(separator: " "))
}

private func pfselftest(_ call: inout Call) throws(CommandError) {
    if let failure = HyperLogLog.selfTest() { throw .text("TESTFAILED \(failure)") }
    call.reply.ok()
}
