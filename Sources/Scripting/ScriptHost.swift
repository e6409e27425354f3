import Commands
import Primitives
import RESP
import Settings
import Storage

/// The scripts and functions of a node, and the one that runs.
///
///     EVAL ─▶ Script ─┐                    ┌─ call ──▶ Node.runScripted, reply back
///                     ├─▶ run ─▶ resume ──▶┤─ slice ─▶ busy for too long? others are served
///     FCALL ─▶ Function                    └─ ended ─▶ reply
///
/// 1. At most one script runs, and no other begins while it is busy.
/// 2. Commands of a script run on this side, in a session of their own, so that nothing of Lua's stands on this stack.
final class ScriptHost: Scripts {
    unowned(unsafe) let node: Node
    let interpreter: Interpreter
    var cache = ScriptCache()
    var libraries = Libraries()
    /// What scripts call their commands through.
    private let session: Session
    /// The script that runs.
    private(set) var run: Run?

    /// A script that runs.
    struct Run {
        let kind: Interpreter.Kind
        let mayWrite: Bool
        /// The client that has called it.
        let caller: Session
        let arguments: Arguments
        /// Monotonic milliseconds.
        let startedAt: Int64
        var hasWritten = false
        /// When others were served last; nil before the script was busy for too long.
        var lastTurn: Int64?
    }

    private init(_ node: Node, _ interpreter: consuming Interpreter) {
        self.node = node
        self.interpreter = interpreter
        session = node.makeScriptSession()
    }

    /// The scripts of a node, made on first use.
    static func of(_ node: Node) throws(CommandError) -> ScriptHost {
        if let known = existing(node) { return known }
        guard let host = make(node, mostBytes: Interpreter.mostBytes) else {
            throw .message("ERR not enough memory")
        }
        return host
    }

    /// The scripts of a node; nil before there were any.
    static func existing(_ node: Node) -> ScriptHost? {
        node.scripts.map { unsafeDowncast($0, to: ScriptHost.self) }
    }

    /// Gives a node scripts that together take at most so many bytes.
    @discardableResult
    static func make(_ node: Node, mostBytes: Int64) -> ScriptHost? {
        let version = (text: "7.2.4" as StaticString, number: Int64(0x0007_0204))
        guard let interpreter = Interpreter(mostBytes: mostBytes, version: version) else { return nil }
        let host = ScriptHost(node, interpreter)
        node.scripts = host
        return host
    }

    // MARK: Looking in

    var figures: ScriptFigures {
        var figures = ScriptFigures()
        figures.cachedScripts = cache.count
        figures.functions = libraries.functionCount
        figures.libraries = libraries.count
        figures.interpreterBytes = interpreter.usedBytes
        figures.scriptBytes = cache.byteCount
        figures.libraryBytes = libraries.byteCount
        figures.evictedScripts = cache.evictedCount
        return figures
    }

    /// The name of what runs: of a script, its SHA-1.
    var runName: Bytes { interpreter.name }

    var busyText: String {
        let command = run?.kind == .function ? "FUNCTION KILL" : "SCRIPT KILL"
        return "BUSY Redis is busy running a script. You can only call \(command) or SHUTDOWN NOSAVE."
    }

    // MARK: Running

    /// Runs a script or a function and replies.
    /// - Parameter digits: its name in errors, which stays in its place.
    func run(
        _ reference: Int32, _ kind: Interpreter.Kind, named digits: Bytes, _ arguments: ScriptArguments,
        _ rights: ScriptRights, _ call: inout Call
    ) throws(CommandError) {
        node.prepare(session, for: call)
        session.mayExceedMemory = rights.mayExceedMemory
        session.mayCrossSlots = rights.mayCrossSlots
        run = Run(
            kind: kind, mayWrite: rights.mayWrite, caller: call.session, arguments: call.arguments,
            startedAt: node.monotonic)
        interpreter.setName(digits)
        interpreter.start(
            reference, kind, arguments, version: call.reply.version,
            seed: UInt32(truncatingIfNeeded: node.keyspace.random.next()))
        runToEnd()
        // What the script has changed is what its commands have recorded.
        call.recordNothing()
        defer { interpreter.releaseResult() }
        if interpreter.hasFailed { return try fail(call) }
        call.reply.raw(interpreter.result)
    }

    private func fail(_ call: Call) throws(CommandError) {
        let text = interpreter.result.text
        guard interpreter.isFailureCounted else { throw .text(text) }
        call.reply.error(text)
    }

    private func runToEnd() {
        while true {
            switch interpreter.resume() {
            case .call: runCommand()
            case .slice: lookAtTime()
            case .log: log()
            case .error: node.noteError(interpreter.text.text)
            case .mayCall: interpreter.answer(node.mayRunScripted(session, command))
            case .ended:
                run = nil
                node.finish(session)
                node.keyspace.omitsEffects = false
                session.writer.removeAll()
                return
            }
        }
    }

    /// The command that the script wants to call.
    private var command: Arguments {
        Arguments(base: interpreter.commandBase, spans: interpreter.commandSpans, count: interpreter.commandCount)
    }

    private func runCommand() {
        session.writer.version = interpreter.version
        node.keyspace.omitsEffects = !interpreter.recordsEffects
        if node.runScripted(session, command, mayWrite: run?.mayWrite ?? false) == .write { noteWrite() }
        interpreter.reply(session.writer.bytes)
    }

    /// A script that has written is not stopped in the middle.
    private func noteWrite() {
        run?.hasWritten = true
        session.mayExceedMemory = true
    }

    private func log() {
        let levels: [LogLevel] = [.debug, .verbose, .notice, .warning]
        node.log(levels[interpreter.logLevel], String(interpreter.text))
    }

    // MARK: Busy scripts

    /// Code of a library only registers functions, so it is soon done.
    private static let mostLibraryMilliseconds: Int64 = 500

    private func lookAtTime() {
        guard let run else { return }
        let elapsed = node.clock.monotonicMilliseconds - run.startedAt
        if run.kind == .library {
            if elapsed >= ScriptHost.mostLibraryMilliseconds { interpreter.kill() }
            return
        }
        let threshold = Int64(node.settings.busyReplyThreshold)
        guard threshold > 0, elapsed >= threshold, elapsed != run.lastTurn else { return }
        if run.lastTurn == nil { warn(elapsed) }
        self.run?.lastTurn = elapsed
        if node.turnWhileBusy(run.caller) { return }
        // The log holds all of a script's changes, or none.
        node.keyspace.journal.detachAll()
        interpreter.kill()
    }

    private func warn(_ elapsed: Int64) {
        node.log(
            .warning,
            "Slow script detected: still in execution after \(elapsed) milliseconds. You can try killing the script using "
                + "the \(run?.kind == .function ? "FUNCTION" : "SCRIPT") KILL command.")
    }

    func giveUp() { if let run, !run.hasWritten { interpreter.kill() } }

    /// Ends the script that is busy.
    func kill(_ kind: Interpreter.Kind) throws(CommandError) {
        guard let run else { throw .message("NOTBUSY No scripts in execution right now.") }
        if run.hasWritten {
            throw .message(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
            )
        }
        if run.kind != kind { throw .text(busyText) }
        interpreter.kill()
    }

    // MARK: Libraries

    /// Runs the code of a library; returns why it failed, or nil.
    func runLibrary(_ reference: Int32, _ call: Call) -> String? {
        run = Run(
            kind: .library, mayWrite: false, caller: call.session, arguments: call.arguments,
            startedAt: node.clock.monotonicMilliseconds)
        interpreter.setName(.empty)
        interpreter.startLibrary(reference, seed: 0)
        runToEnd()
        defer { interpreter.releaseResult() }
        return interpreter.hasFailed ? interpreter.result.text : nil
    }
}

extension Bytes {
    /// The bytes as the text of an error: a character for each, which the reply turns back into that byte.
    var text: String {
        var text = ""
        for byte in buffer { text.unicodeScalars.append(UnicodeScalar(byte)) }
        return text
    }
}
