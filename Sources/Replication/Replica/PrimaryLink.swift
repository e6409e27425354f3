import Primitives
import Settings

/// The connection of a replica to its primary, as a machine: bytes and times in, actions out.
///
///     resting ─▶ connecting ─▶ greeting ─▶ asking ─┬─ +CONTINUE ──────────────────────────▶ streaming
///        ▲                        │  ▲             └─ +FULLRESYNC ─▶ header ─▶ receiving ─▶ loading ─┘
///        │                        ▼  │ -ERR                                      ▲
///        │                     resuming ─ +RESUME ───────────────────────────────┘
///        └────────────── whatever fails, and whenever the primary is silent for too long ─────────┘
///
/// 1. What belongs to the snapshot or to the stream is not copied: actions name places in the bytes that came.
/// 2. While a snapshot is loaded nothing is to be read from the primary; what came behind it goes to the stream already.
/// 3. Except in `resting` there is a connection, or one is being made; whoever ends it tells the other.
/// 4. A snapshot that broke off is kept where the primary has named it by a ticket, and is asked for first when there is a
///    connection again.
public struct PrimaryLink {
    /// Where the conversation is.
    public enum State: Equatable, Sendable {
        /// There is no connection; the next is tried at a time.
        case resting(until: Int64)
        case connecting
        /// These answers of the handshake are still awaited.
        case greeting([Greeting])
        /// The answer is awaited whether a snapshot that broke off goes on.
        case resuming
        /// The answer to PSYNC is awaited.
        case asking
        /// A snapshot will come; how long it is will be said first.
        case header
        case receiving(IncomingSnapshot)
        case loading
        case streaming
    }

    /// What is said in the handshake.
    public enum Greeting: Equatable, Sendable {
        case ping, auth, port, address, capabilities, term
    }

    /// Where it is.
    public private(set) var state = State.resting(until: 0)
    /// What the replica says of itself.
    public var options = LinkOptions()
    /// The history that the replica has, so that only what is missing has to come; nil where it has none.
    public var resumption: Resumption?
    /// Whether the primary is asked to become one (FAILOVER).
    public var isFailover = false
    /// The term in which the primary leads, as it has told over this connection; nil where it has not.
    public private(set) var term: UInt64?
    /// Up to where that one's history reached when it told its term: it may all be of older terms.
    public private(set) var termOffset: Int64 = 0
    /// The term in which the primary leads, 0 for none, where what is here is of a later one; nil where it is not.
    public private(set) var refusedTerm: UInt64?
    /// When bytes came last, or the conversation began, in milliseconds.
    public private(set) var lastHeard: Int64 = 0
    /// When the replica has last said something by itself, in milliseconds.
    private var lastSaid: Int64 = 0
    private var line: [UInt8] = []
    /// Whether the connection has ended while the snapshot was loaded.
    private var isBroken = false
    /// What the snapshot that comes is one of; nil where an old primary does not tell.
    private var origin: SnapshotOrigin?

    /// How the primary calls that snapshot; nil where it does not.
    private var ticket: String?
    private var interrupted: Interrupted?

    /// A snapshot of which the first bytes have come.
    private struct Interrupted: Equatable {
        let ticket: String
        let snapshot: IncomingSnapshot
    }

    /// The longest line of a primary, in bytes.
    private static let longestLine = 16 << 10
    /// How long it rests after a failure, in milliseconds.
    private static let rest: Int64 = 1000

    /// A link that has not begun.
    public init() {}

    /// Whether the stream flows.
    public var isStreaming: Bool { state == .streaming }
    /// Whether a whole snapshot is under way: announced, received or loaded.
    public var isSynchronizing: Bool {
        switch state {
        case .header, .receiving, .loading: true
        case .resting, .connecting, .greeting, .resuming, .asking, .streaming: false
        }
    }
    /// Whether there is a connection, or one is being made.
    public var isConnected: Bool {
        if case .resting = state { return false }
        return true
    }
    /// The snapshot that is being received.
    public var transfer: IncomingSnapshot? {
        if case .receiving(let transfer) = state { return transfer }
        return nil
    }

    // MARK: Connecting

    /// Connects.
    public mutating func start(now: Int64) -> [LinkAction] {
        (state, lastHeard, isBroken) = (.connecting, now, false)
        return [.connect, .log(.notice, "MASTER <-> REPLICA sync started")]
    }

    /// The connection stands.
    public mutating func didConnect(now: Int64) -> [LinkAction] {
        guard state == .connecting else { return [] }
        state = .greeting([.ping])
        (lastHeard, line, term, termOffset) = (now, [], nil, 0)
        return [.log(.notice, "Non blocking connect for SYNC fired the event."), .send(request(["PING"]))]
    }

    /// There is no connection, or none any more.
    public mutating func didEnd(_ reason: String, now: Int64) -> [LinkAction] {
        let before = state
        line = []
        switch before {
        case .resting: return []
        case .connecting:
            state = .resting(until: now + PrimaryLink.rest)
            return [.log(.warning, "Error condition on socket for SYNC: \(reason)")]
        // What was received is loaded all the same.
        case .loading:
            isBroken = true
            return []
        case .greeting, .resuming, .asking, .header:
            state = .resting(until: now + PrimaryLink.rest)
            return [.log(.warning, "Connection to MASTER lost during the handshake or synchronization: \(reason)")]
        case .receiving:
            interrupt()
            state = .resting(until: now + PrimaryLink.rest)
            let failure = LinkAction.log(.warning, "I/O error trying to sync with MASTER: \(reason)")
            return [failure] + (interrupted == nil ? [.dropSnapshot] : [])
        case .streaming:
            // What is lost after it has worked is tried again at once.
            state = .resting(until: now)
            return [.log(.notice, "Connection with master lost."), .lost]
        }
    }

    /// Ends the connection, since another primary is wanted, or none.
    public mutating func stop() -> [LinkAction] { end(keepsSnapshot: false) }

    private mutating func end(keepsSnapshot: Bool) -> [LinkAction] {
        if keepsSnapshot { interrupt() }
        refusedTerm = nil
        let (before, isKept) = (state, keepsSnapshot && interrupted != nil)
        let drop = isKept ? [] : giveUpSnapshot()
        (state, line) = (.resting(until: 0), [])
        switch before {
        case .resting: return drop
        case .connecting, .greeting, .resuming, .asking, .header, .loading: return [.disconnect] + drop
        case .receiving: return [.disconnect] + (isKept ? [] : [.dropSnapshot])
        case .streaming: return [.disconnect, .lost]
        }
    }

    /// Keeps what is needed to go on with the snapshot that is coming.
    private mutating func interrupt() {
        guard let transfer, let ticket else { return }
        interrupted = Interrupted(ticket: ticket, snapshot: transfer)
    }

    /// Gives up a snapshot that broke off.
    private mutating func giveUpSnapshot() -> [LinkAction] {
        if interrupted == nil { return [] }
        interrupted = nil
        return [.dropSnapshot]
    }

    /// Gives the connection up for a reason, and tries again later.
    private mutating func fail(
        _ text: String, _ level: LogLevel = .warning, keepsSnapshot: Bool = false, now: Int64
    ) -> [LinkAction] {
        let actions = end(keepsSnapshot: keepsSnapshot)
        state = .resting(until: now + PrimaryLink.rest)
        return [.log(level, text)] + actions
    }

    // MARK: Time

    /// Looks at the time; to be called several times a second.
    /// - Parameter offset: up to where the replica has the history.
    public mutating func tick(offset: Int64, now: Int64) -> [LinkAction] {
        let silence = now - lastHeard
        let isSilent = silence > options.timeout
        switch state {
        case .resting(let until): return now >= until ? start(now: now) : []
        case .connecting, .greeting, .resuming, .asking:
            return isSilent ? fail("Timeout connecting to the MASTER...", keepsSnapshot: true, now: now) : []
        case .header, .receiving:
            guard isSilent else { return [] }
            return fail(
                "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' "
                    + "parameter in redis.conf to a larger value.", keepsSnapshot: true, now: now)
        case .loading:
            // The primary shall not think that nobody is there.
            return !isBroken && isTimeToSpeak(now) ? [.send([0x0A])] : []
        case .streaming:
            if isSilent { return fail("MASTER timeout: no data nor PING received...", now: now) }
            return isTimeToSpeak(now) ? [acknowledge(offset)] : []
        }
    }

    private mutating func isTimeToSpeak(_ now: Int64) -> Bool {
        guard now - lastSaid >= 1000 else { return false }
        lastSaid = now
        return true
    }

    /// Tells the primary up to where the replica has the history.
    public func acknowledge(_ offset: Int64) -> LinkAction {
        .send(request(["REPLCONF", "ACK", "\(offset)"] + (options.term.map { ["APUS-TERM", "\($0)"] } ?? [])))
    }

    // MARK: The snapshot is there

    /// The snapshot is loaded, up to an offset.
    public mutating func didLoad(offset: Int64, now: Int64) -> [LinkAction] {
        guard state == .loading else { return [] }
        (state, lastHeard, lastSaid) = (.streaming, now, now)
        let success = LinkAction.log(.notice, "MASTER <-> REPLICA sync: Finished with success")
        return [success] + (isBroken ? didEnd("closed", now: now) : [acknowledge(offset)])
    }

    /// The snapshot cannot be had, or not be loaded.
    public mutating func didFailToLoad(_ reason: String, now: Int64) -> [LinkAction] {
        isSynchronizing ? fail(reason, now: now) : []
    }

    // MARK: Input

    /// Takes what the primary has sent.
    public mutating func receive(_ bytes: Bytes, now: Int64) -> [LinkAction] {
        lastHeard = now
        var actions: [LinkAction] = []
        var position = 0
        while position < bytes.count {
            switch state {
            // Whatever came behind the words that ended it is of no use.
            case .resting, .connecting: return actions
            case .greeting, .resuming, .asking, .header:
                guard takeLine(bytes, &position) else {
                    if line.count > PrimaryLink.longestLine {
                        actions += fail("The MASTER's answer has no end", now: now)
                    }
                    return actions
                }
                actions += read(lineText, now)
                line.removeAll(keepingCapacity: true)
            case .receiving(var transfer):
                let taken = transfer.take(bytes[position..<bytes.count])
                actions.append(.snapshot(position..<position + taken))
                position += taken
                state = transfer.isWhole ? .loading : .receiving(transfer)
                if transfer.isWhole { actions.append(.load(surplus: transfer.surplus)) }
            case .loading, .streaming:
                actions.append(.stream(position..<bytes.count))
                position = bytes.count
            }
        }
        return actions
    }

    /// Moves bytes to the line under way; whether it is whole.
    private mutating func takeLine(_ bytes: Bytes, _ position: inout Int) -> Bool {
        let rest = bytes[position..<bytes.count]
        let end = rest.buffer.firstIndex(of: 0x0A)
        line.append(rest[0..<(end ?? rest.count)])
        position += end.map { $0 + 1 } ?? rest.count
        return end != nil && line.count <= PrimaryLink.longestLine
    }

    private var lineText: String {
        String(decoding: line.last == 0x0D ? line.dropLast() : line[...], as: UTF8.self)
    }

    private mutating func read(_ text: String, _ now: Int64) -> [LinkAction] {
        // An empty line says that the primary is still there.
        if text.isEmpty { return [] }
        switch state {
        case .greeting(let awaited): return readGreeting(text, awaited, now)
        case .resuming: return readResumption(text)
        case .asking: return readAnswer(text, now)
        case .header: return readHeader(text, now)
        case .resting, .connecting, .receiving, .loading, .streaming: return []
        }
    }
}

// MARK: The handshake

extension PrimaryLink {
    private mutating func readGreeting(_ text: String, _ awaited: [Greeting], _ now: Int64) -> [LinkAction] {
        var actions: [LinkAction] = []
        switch awaited[0] {
        case .ping:
            guard text.hasPrefix("+") || PrimaryLink.isWantingLogin(text) else {
                return fail("Error reply to PING from master: '\(text)'", now: now)
            }
            return introduceOurselves()
        case .auth:
            if text.hasPrefix("-") { return fail("Unable to AUTH to MASTER: \(text)", now: now) }
        case .port: actions = complaint(text, "listening-port")
        case .address: actions = complaint(text, "ip-address")
        case .capabilities: actions = complaint(text, "capa")
        case .term:
            readTerm(text)
            refusedTerm = nil
            if let term, term < options.keptTerm { return refuse(term, now) }
        }
        guard awaited.count == 1 else {
            state = .greeting(Array(awaited.dropFirst()))
            return actions
        }
        return actions + ask()
    }

    /// `+term offset`
    private mutating func readTerm(_ text: String) {
        let words = text.dropFirst().split(separator: " ")
        guard text.hasPrefix("+"), words.count == 2 else { return }
        (term, termOffset) = (UInt64(words[0]), Int64(words[1]) ?? .max)
    }

    /// Does not give up what is here for the history of an older term.
    private mutating func refuse(_ term: UInt64, _ now: Int64) -> [LinkAction] {
        let text = term == 0 ? "does not lead in a term yet" : "leads in term \(term) only"
        let actions = fail("The MASTER \(text), and the data here is of term \(options.keptTerm).", .notice, now: now)
        refusedTerm = term
        return actions
    }

    /// Whether a primary does not answer a ping only since nobody has logged in.
    private static func isWantingLogin(_ text: String) -> Bool {
        ["-NOAUTH", "-NOPERM", "-ERR operation not permitted"].contains { text.hasPrefix($0) }
    }

    private func complaint(_ text: String, _ option: String) -> [LinkAction] {
        guard text.hasPrefix("-") else { return [] }
        return [.log(.notice, "(Non critical) Master does not understand REPLCONF \(option): \(text)")]
    }

    /// All of it at once; the answers come one by one.
    private mutating func introduceOurselves() -> [LinkAction] {
        var awaited: [Greeting] = []
        var bytes: [UInt8] = []
        if let password = options.password {
            awaited.append(.auth)
            bytes += request(["AUTH"] + (options.user.map { [$0] } ?? []), password)
        }
        awaited.append(.port)
        bytes += request(["REPLCONF", "listening-port", "\(options.port)"])
        if let address = options.address {
            awaited.append(.address)
            bytes += request(["REPLCONF", "ip-address", address])
        }
        awaited.append(.capabilities)
        bytes += request(["REPLCONF", "capa", "eof", "capa", "psync2", "capa", "apus-resume"])
        if options.asksTerm {
            awaited.append(.term)
            bytes += request(["REPLCONF", "apus-term", "?"])
        }
        state = .greeting(awaited)
        return [.log(.notice, "Master replied to PING, replication can continue..."), .send(bytes)]
    }

    private mutating func ask() -> [LinkAction] {
        if let interrupted {
            state = .resuming
            let received = interrupted.snapshot.received
            return [
                .log(.notice, "Asking the MASTER to go on with its snapshot from byte \(received)."),
                .send(request(["REPLCONF", "apus-resume", interrupted.ticket, "\(received)"])),
            ]
        }
        state = .asking
        guard let resumption else {
            return [
                .log(.notice, "Partial resynchronization not possible (no cached master)"),
                .send(request(["PSYNC", "?", "-1"] + failoverWord)),
            ]
        }
        let offset = "\(resumption.offset + 1)"
        return [
            .log(.notice, "Trying a partial resynchronization (request \(resumption.id):\(offset))."),
            .send(request(["PSYNC", resumption.id, offset] + failoverWord)),
        ]
    }

    /// Whether the snapshot that broke off goes on. If not, all is as if there were none.
    private mutating func readResumption(_ text: String) -> [LinkAction] {
        guard let interrupted, text == "+RESUME" else {
            let refusal = LinkAction.log(.notice, "The MASTER does not go on with its snapshot: \(text)")
            return [refusal] + giveUpSnapshot() + ask()
        }
        state = .receiving(interrupted.snapshot)
        self.interrupted = nil
        return [.log(.notice, "MASTER <-> REPLICA sync: The snapshot goes on")]
    }

    private var failoverWord: [String] { isFailover ? ["FAILOVER"] : [] }

    private mutating func readAnswer(_ text: String, _ now: Int64) -> [LinkAction] {
        let words = text.split(separator: " ").map(String.init)
        let outcome: [LinkAction] = isFailover ? [.failoverAnswered(isAccepted: text.hasPrefix("+"))] : []
        switch words.first {
        case "+FULLRESYNC": return outcome + readFullResynchronization(words)
        case "+CONTINUE" where resumption != nil: return outcome + goOn(words.dropFirst().first, now)
        case "-NOMASTERLINK", "-LOADING":
            return outcome
                + fail("Master is currently unable to PSYNC but should be in the future: \(text)", .notice, now: now)
        default: return outcome + askAsBefore(text, now)
        }
    }

    private mutating func readFullResynchronization(_ words: [String]) -> [LinkAction] {
        state = .header
        ticket = words.count == 4 && words[3].utf8.count == 40 ? words[3] : nil
        if words.count >= 3, words[1].utf8.count == 40, let offset = Int64(words[2]), offset >= 0 {
            origin = SnapshotOrigin(id: words[1], offset: offset)
            return [.log(.notice, "Full resync from master: \(words[1]):\(offset)")]
        }
        origin = nil
        return [.log(.warning, "Master replied with wrong +FULLRESYNC syntax.")]
    }

    private mutating func goOn(_ id: String?, _ now: Int64) -> [LinkAction] {
        guard let resumption else { return [] }
        let isRenamed = id.map { $0.utf8.count == 40 && $0 != resumption.id } ?? false
        (state, lastSaid) = (.streaming, now)
        var actions: [LinkAction] = [.log(.notice, "Successful partial resynchronization with master.")]
        if isRenamed, let id { actions.append(.log(.notice, "Master replication ID changed to \(id)")) }
        actions.append(
            .log(.notice, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."))
        return actions + [.resume(id: isRenamed ? id : nil)]
    }

    /// A primary that does not know PSYNC may know SYNC.
    private mutating func askAsBefore(_ text: String, _ now: Int64) -> [LinkAction] {
        if isFailover { return fail("Master refused PSYNC FAILOVER: \(text)", now: now) }
        let complaint =
            text.hasPrefix("-ERR")
            ? "Master does not support PSYNC or is in error state (reply: \(text))"
            : "Unexpected reply to PSYNC from master: \(text)"
        (state, origin, ticket) = (.header, nil, nil)
        return [
            .log(text.hasPrefix("-ERR") ? .notice : .warning, complaint), .log(.notice, "Retrying with SYNC..."),
            .send(request(["SYNC"])),
        ]
    }

    private mutating func readHeader(_ text: String, _ now: Int64) -> [LinkAction] {
        if text.hasPrefix("-") {
            return fail("MASTER aborted replication with an error: \(text.dropFirst())", now: now)
        }
        guard let transfer = IncomingSnapshot(header: text) else {
            return fail(
                "Bad protocol from MASTER, the first byte is not '$' (we received '\(text)'), are you sure the host and "
                    + "port are right?", now: now)
        }
        state = transfer.isWhole ? .loading : .receiving(transfer)
        let begin = LinkAction.beginSnapshot(origin, byteCount: transfer.total)
        return transfer.isWhole ? [begin, .load(surplus: 0)] : [begin]
    }

    /// A request of words, and of one more that may be of any bytes.
    private func request(_ words: [String], _ last: [UInt8]? = nil) -> [UInt8] {
        let words = words.map { Array($0.utf8) } + (last.map { [$0] } ?? [])
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [0x0D, 0x0A] }
        return bytes
    }
}
