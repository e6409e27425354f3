import Primitives
import RESP
import Storage

/// What became of a command that was replayed.
public enum ReplayOutcome: Equatable, Sendable {
    case done
    /// It was refused, with this error.
    case failed(String)
    /// There is no such command, or not with as many arguments.
    case unknown(String)
}

// Effects from a file, or from another node: they are carried out as they are, whoever may do what, and under their own
// names, whatever clients have to call them here.

extension Node {
    /// A session for commands that no client sends: no connection, and nobody waits in it.
    public func makeReplaySession() -> Session { makeInnerSession(address: "") }

    /// A session without a connection, always inside of a transaction.
    func makeInnerSession(address: String) -> Session {
        makeInnerSession(number: 0, peer: address, local: address, descriptor: -1)
    }

    func makeInnerSession(number: UInt64, peer: String, local: String, descriptor: Int32) -> Session {
        let session = Session(
            id: number, peerAddress: peer, localAddress: local, descriptor: descriptor, isUnixSocket: false,
            now: keyspace.now)
        let transaction = Transaction()
        transaction.isRunning = true
        session.transaction = transaction
        return session
    }

    /// Carries out an effect; what follows from it beside its changes follows at once.
    public func replay(_ session: Session, _ arguments: Arguments) -> ReplayOutcome {
        guard let record = replayed(arguments) else { return .unknown(arguments[0].echoed(128)) }
        var call = Call(node: self, session: session, arguments: arguments, record: record, firstKey: nil)
        defer { session.writer.truncate(to: 0) }
        do throws(CommandError) {
            try record.pointee.run(&call)
        } catch {
            return .failed(error.text)
        }
        if keyspace.hasAftermath { settleAftermath() }
        return .done
    }

    func replayed(_ arguments: Arguments) -> UnsafeMutablePointer<CommandRecord>? {
        guard var record = commands.original(arguments[0]) else { return nil }
        if record.pointee.hasSubcommands, arguments.count >= 2 {
            guard let subcommand = commands.find(arguments[1], of: record.pointee.index) else { return nil }
            record = subcommand
        }
        let arity = Int(record.pointee.arity)
        return arity >= 0 ? (arguments.count == arity ? record : nil) : arguments.count >= -arity ? record : nil
    }
}

extension CommandTable {
    /// The command with a name, in any case, that clients may have to call by another one.
    fileprivate func original(_ name: Bytes) -> UnsafeMutablePointer<CommandRecord>? {
        if let found = find(name), isOwnName(name, of: found.pointee.index) { return found }
        let index = descriptions.indices.first { parents[$0] == $0 && isOwnName(name, of: $0) }
        return index.map { records + $0 }
    }

    private func isOwnName(_ name: Bytes, of index: Int) -> Bool {
        var own = descriptions[index].name
        return own.withUTF8 { text in
            text.count == name.count && text.indices.allSatisfy { text[$0] == Bytes.lowercased(name[$0]) }
        }
    }
}
