import Commands
import Primitives
import RESP
import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// Carries out the stream of a primary: whole commands, and whole transactions.
///
///     input   [ done … | *1 $5 MULTI *3 $3 SET … *1 $4 EX ]
///                      ^ unitStart                        ^ more comes
///
/// 1. A unit is a command outside of transactions, or all from MULTI to EXEC: nothing of it is carried out before its last
///    byte has come, and the journal gets its bytes as they came.
/// 2. What of a unit has come when the link breaks is forgotten: it comes again.
final class StreamApplier {
    private unowned let node: Node
    /// What carries the commands out; nil while there is no link.
    private(set) var session: Session?
    /// The database that the next command of the stream is carried out in.
    var database = 0
    private var parser = RequestParser()
    private var input: UnsafeMutableRawPointer?
    private var (count, capacity) = (0, 0)
    private var unitStart = 0
    /// The numbers of arguments of each command of a transaction that goes on; nil outside of one.
    private var transaction: [Int]?
    /// Bytes that came and are not carried out yet.
    var waitingBytes: Int { count - unitStart }

    /// What has to be done for a command beside carrying it out.
    enum Matter: Equatable {
        /// The primary wants to know how far the replica is.
        case acknowledge
        /// A command was refused, which its primary had carried out: the copies differ.
        case refused(command: String, reason: String)
    }

    init(_ node: Node) {
        self.node = node
        parser.longestBulk = .max
    }

    deinit { free(input) }

    /// The stream flows, through a connection.
    func beginSession(peer: String, local: String, descriptor: Int32) {
        endSession()
        session = node.makePrimarySession(peer: peer, local: local, descriptor: descriptor)
        session?.selectedDatabase = database
    }

    /// The stream flows no more.
    func endSession() {
        guard let session else { return }
        self.session = nil
        node.remove(session)
    }

    /// Forgets what came and was not carried out.
    func reset() {
        (count, unitStart, transaction) = (0, 0, nil)
        parser.rewind(to: 0)
    }

    /// Keeps bytes of the stream.
    func gather(_ bytes: Bytes) {
        if count + bytes.count > capacity {
            capacity = max(count + bytes.count, min(capacity * 2, capacity + 64 << 20))
            input = realloc(input, capacity)
        }
        (input! + count).copyMemory(from: bytes.base, byteCount: bytes.count)
        count += bytes.count
    }

    /// Carries out what has come as a whole.
    /// - Throws: what is wrong with the stream, which cannot be followed any longer.
    func run(_ attend: (Matter) -> Void) throws(ProtocolError) {
        guard let input, session != nil else { return }
        defer { dropDone() }
        // A client, or the primary itself, may end the session.
        while count > unitStart, session != nil {
            switch parser.next(input, count: count) {
            case .incomplete:
                if transaction == nil, !parser.isInRequest { endBlank(input) }
                return
            case .invalid(let error): throw error
            case .request(let arguments): take(arguments, input, attend)
            }
        }
    }

    /// What is neither a command nor part of one counts all the same.
    private func endBlank(_ input: UnsafeMutableRawPointer) {
        guard parser.position > unitStart else { return }
        endUnit(input, isControl: true)
    }

    private func take(_ arguments: Int, _ input: UnsafeMutableRawPointer, _ attend: (Matter) -> Void) {
        let request = Arguments(
            base: UnsafeRawPointer(input), spans: UnsafePointer(parser.spans + parser.spanCount - arguments),
            count: arguments)
        if transaction != nil {
            if request.isWord("exec") { return runTransaction(input, request, attend) }
            transaction?.append(arguments)
        } else if request.isWord("multi") {
            transaction = []
            if let session { node.showFollowed(session, request) }
            parser.forgetArguments(parser.spanCount)
        } else if request.isWord("ping") {
            if let session { node.showFollowed(session, request) }
            endUnit(input, isControl: true)
        } else if request.isQuestion {
            attend(.acknowledge)
            endUnit(input, isControl: true)
        } else {
            node.beginFollowing()
            carryOut(request, attend)
            conclude(input)
        }
    }

    private func runTransaction(
        _ input: UnsafeMutableRawPointer, _ exec: Arguments, _ attend: (Matter) -> Void
    ) {
        let counts = transaction ?? []
        transaction = nil
        node.beginFollowing()
        var first = 0
        for count in counts {
            let spans = UnsafePointer(parser.spans + first)
            carryOut(Arguments(base: UnsafeRawPointer(input), spans: spans, count: count), attend)
            first += count
        }
        if let session { node.showFollowed(session, exec) }
        conclude(input)
    }

    private func conclude(_ input: UnsafeMutableRawPointer) {
        endUnit(input, isControl: false)
        if let session { node.endFollowing(session) }
    }

    private func carryOut(_ request: Arguments, _ attend: (Matter) -> Void) {
        guard let session else { return }
        switch node.follow(session, request) {
        case .done: return
        case .failed(let reason): attend(.refused(command: request[0].echoed(128), reason: reason))
        case .unknown(let name):
            attend(.refused(command: name, reason: "ERR unknown command '\(name)', or a wrong number of arguments"))
        }
    }

    private func endUnit(_ input: UnsafeMutableRawPointer, isControl: Bool) {
        let end = parser.position
        let bytes = Bytes(base: UnsafeRawPointer(input + unitStart), count: end - unitStart)
        database = session?.selectedDatabase ?? database
        node.keyspace.journal.appendFollowed(bytes, isControl: isControl, database: database)
        parser.forgetArguments(parser.spanCount)
        unitStart = end
    }

    /// Moves what is left to the front.
    private func dropDone() {
        guard unitStart > 0, let input else { return }
        parser.forgetInput(unitStart)
        count -= unitStart
        memmove(input, input + unitStart, count)
        unitStart = 0
        if count == 0, capacity > 4 << 20 {
            free(input)
            (self.input, capacity) = (nil, 0)
        }
    }
}

extension Arguments {
    /// Whether this is a command of one word.
    fileprivate func isWord(_ word: StaticString) -> Bool { count == 1 && self[0].equals(ignoringCase: word) }

    /// Whether this is REPLCONF GETACK.
    fileprivate var isQuestion: Bool {
        count >= 2 && self[0].equals(ignoringCase: "replconf") && self[1].equals(ignoringCase: "getack")
    }
}
