import Primitives
import RESP
import Storage

/// The scripts of a node, whose engine stands on the floor above.
public protocol Scripts: AnyObject {
    /// What INFO shows of them.
    var figures: ScriptFigures { get }
    /// How clients are told that a script is busy.
    var busyText: String { get }
    /// Ends the script that is busy, unless it has changed data: such a one goes on to its end.
    func giveUp()
}

/// What INFO shows of scripts.
public struct ScriptFigures: Sendable {
    /// Scripts that EVAL and SCRIPT LOAD have left.
    public var cachedScripts = 0
    /// Functions of all libraries.
    public var functions = 0
    /// Libraries.
    public var libraries = 0
    /// Bytes of the interpreter.
    public var interpreterBytes = 0
    /// Bytes that cached scripts take beside it.
    public var scriptBytes = 0
    /// Bytes that libraries take beside it.
    public var libraryBytes = 0
    /// Scripts forgotten to make room for others.
    public var evictedScripts = 0

    /// None yet.
    public init() {}
}

/// What became of a command that a script called.
public enum ScriptedCall {
    /// It did not run: the reply says why.
    case refused
    /// It ran and changes nothing.
    case read
    /// It is one that may change something, and ran.
    case write
}

extension Node {
    /// A session for what scripts call: no connection, and always inside of a transaction, which ends with the script.
    public func makeScriptSession() -> Session {
        let session = makeInnerSession(address: "lua")
        session.isScript = true
        return session
    }

    /// Lets what scripts call act for the client that called the script, until `finish`. What it is pushed meanwhile comes
    /// after the script's reply.
    public func prepare(_ session: Session, for call: Call) {
        let caller = call.session
        answering = caller
        session.caller = caller
        session.account = caller.account
        session.isAuthenticated = caller.isAuthenticated
        adoptAccess(session)
        session.database = caller.database
        session.leavesAccessClock = caller.leavesAccessClock
        session.writer.version = .resp2
        noteSlot(of: call, session)
    }

    /// The script that called commands through the session has ended.
    public func finish(_ session: Session) {
        answering = nil
        session.caller = nil
    }

    /// Runs a command for a script; its reply is all that the session's writer then holds.
    public func runScripted(_ session: Session, _ arguments: Arguments, mayWrite: Bool) -> ScriptedCall {
        session.writer.truncate(to: 0)
        guard let record = scripted(arguments) else {
            return refuseScripted(session, "ERR Unknown Redis command called from script")
        }
        if let reason = scriptRefusal(session, arguments, record, mayWrite: mayWrite) {
            return refuseScripted(session, reason)
        }
        if attention.isEmpty, session.caller?.attention.contains(.tracking) != true {
            run(session, arguments, record, nil, from: clock.ticks)
        } else {
            runObserved(session, arguments, record, nil)
        }
        return record.pointee.flags.contains(.write) ? .write : .read
    }

    /// Whether the client that called a script may run a command; nil for no such command.
    public func mayRunScripted(_ session: Session, _ arguments: Arguments) -> Bool? {
        guard let record = scripted(arguments) else { return nil }
        return denial(for: session, arguments, record) == nil
    }

    /// The command or subcommand that a script means.
    private func scripted(_ arguments: Arguments) -> UnsafeMutablePointer<CommandRecord>? {
        guard let record = commands.find(arguments[0]) else { return nil }
        guard record.pointee.hasSubcommands, arguments.count >= 2 else { return record }
        return commands.find(arguments[1], of: record.pointee.index)
    }

    private func scriptRefusal(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, mayWrite: Bool
    ) -> String? {
        let (flags, arity) = (record.pointee.flags, Int(record.pointee.arity))
        if arity >= 0 ? arguments.count != arity : arguments.count < -arity {
            return "ERR Wrong number of args calling Redis command from script"
        }
        if flags.contains(.noscript) { return "ERR This Redis command is not allowed from script" }
        if let reason = refusal(session, arguments, record) { return reason }
        if !mayWrite, flags.contains(.write) { return "ERR Write commands are not allowed from read-only scripts." }
        return scriptRedirection(session, arguments, record)
    }

    private func refuseScripted(_ session: Session, _ text: String) -> ScriptedCall {
        session.writer.error(text)
        countError(text)
        return .refused
    }

    /// Counts an error that was written as bytes, whose text is given.
    public func noteError(_ text: String) { countError(text) }

    // MARK: While a script is busy

    /// Whether a script has been running for so long that others are served meanwhile.
    public var isBusy: Bool { attention.contains(.busy) }

    /// Says that the process is to end: a script that is busy and has changed nothing ends at once.
    public func giveUpScript() { if isBusy { scripts?.giveUp() } }

    /// Lets the driver serve others once while the script that a session has called runs on. Returns false if the script is
    /// to be given up, since the process ends.
    public func turnWhileBusy(_ session: Session) -> Bool {
        let requests = batch.saved()
        let time = (commandEnd, keyspace.now, monotonic)
        attention.insert(.busy)
        session.isScriptBusy = true
        let goesOn = environment.turnWhileBusy()
        session.isScriptBusy = false
        attention.remove(.busy)
        (commandEnd, keyspace.now, monotonic) = time
        batch.restore(requests)
        return goesOn
    }

    /// How a client is answered whose command a busy script does not let through.
    var busyText: String { scripts?.busyText ?? "BUSY Redis is busy running a script." }
}

extension Environment {
    /// Serves connections once, without waiting and without looking at timers, while a script runs. Returns false if the
    /// process is to end.
    public func turnWhileBusy() -> Bool { true }
}

extension Batch {
    /// A copy of the requests, to be put back after another batch has been run.
    func saved() -> [Request] { Array(UnsafeBufferPointer(start: requests, count: Batch.size)) }

    func restore(_ saved: [Request]) {
        for (index, request) in saved.enumerated() { requests[index] = request }
    }
}
