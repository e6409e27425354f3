import Commands
import Persistence
import Primitives
import Storage

/// One MIGRATE under way: a conversation, its connection, and the keys here that it is about.
///
/// 1. The time is over when nothing has moved for so long, in either direction, as in the reference.
/// 2. A connection that was kept from before may have ended unnoticed: then it begins once more with a new one.
/// 3. A key that was taken is removed at once, if it is still what was sent.
final class KeyMigrationRun: PeerListener {
    private unowned let owner: KeyMigrations
    private let address: PeerAddress
    private let database: Int
    private let timeout: Int64
    private(set) var conversation: KeyMigration
    /// Who waits for it; nil where the whole node does.
    var client: WaitingClient?
    /// How it ended, as the reply; nil while it goes on.
    private(set) var result: Result<Void, CommandError>?
    private var peer: (any Peer)?
    private var isConnected = false
    private var isReused = false
    private var lastProgress: Int64
    /// Tells of each key whether it was changed since it was sent.
    private var watches: [WatchToken]
    /// Whether a key stays although the target has taken it.
    private var hasKept = false

    init(
        _ owner: KeyMigrations, to address: PeerAddress, from database: Int, _ request: KeyMigration.Request,
        timeout: Int64
    ) {
        (self.owner, self.address, self.database, self.timeout) = (owner, address, database, timeout)
        conversation = KeyMigration(request)
        watches = request.keys.map { _ in WatchToken() }
        lastProgress = owner.now
    }

    /// When nothing having moved means that the time is over.
    var deadline: Int64 { lastProgress + timeout }

    func start() {
        if let cached = owner.takeCached(address) {
            isReused = true
            peer = cached.peer
            cached.peer.listener = self
            isConnected = true
            talk(conversation.greet(selected: cached.database))
        } else {
            connect()
        }
    }

    private func connect() {
        (isReused, isConnected) = (false, false)
        guard let connector = owner.connector else { return finish(.failure(.migrationUnreachable)) }
        peer = connector.connect(to: address, for: self)
    }

    private func talk(_ greeting: [UInt8] = []) {
        // Nobody looks at the conversation while it asks for values.
        let keys = conversation.request.keys
        let bytes = greeting + conversation.keys { payload(of: keys[$0], $0) }
        if !bytes.isEmpty { peer?.send(bytes) }
        if let outcome = conversation.outcome { conclude(outcome) }
    }

    // MARK: What happens

    func didConnect() {
        isConnected = true
        lastProgress = owner.now
        talk(conversation.greet(selected: 0))
    }

    func didReceive(_ bytes: Bytes) {
        lastProgress = owner.now
        let taken = conversation.receive(bytes)
        if !conversation.request.isCopy, !taken.isEmpty { remove(taken) }
        talk()
    }

    func didSend() { lastProgress = owner.now }

    func didEnd(_ reason: String) {
        guard result == nil else { return }
        if isReused, !conversation.hasHeard {
            conversation = KeyMigration(conversation.request)
            return connect()
        }
        // Of a name that nobody knows the reference speaks otherwise.
        let isUnknown = !isConnected && reason.hasPrefix("Name ") || reason.hasPrefix("Temporary failure")
        finish(.failure(isUnknown ? .migrationUnreachable : brokenOff))
    }

    /// Ends it if its time is over.
    func look(at now: Int64) {
        guard result == nil, now >= deadline else { return }
        finish(.failure(isConnected ? brokenOff : .migrationUnreachable))
    }

    private var brokenOff: CommandError {
        let isWriting = !isConnected || (peer?.waitingBytes ?? 0) > 0
        return .text("IOERR error or timeout \(isWriting ? "writing" : "reading") to target instance")
    }

    // MARK: The end

    private func conclude(_ outcome: KeyMigration.Outcome) {
        if let peer {
            // A database that may not be the one that it has selected is selected anew.
            owner.leave(peer, to: address, database: outcome == .done ? conversation.request.database : -1)
            self.peer = nil
        }
        switch outcome {
        case .done where hasKept: finish(.failure(.message("TRYAGAIN A script has changed keys while they were sent")))
        case .done: finish(.success(()))
        case .refused(let words): finish(.failure(.text("ERR Target instance replied with error: \(words)")))
        }
    }

    private func finish(_ result: Result<Void, CommandError>) {
        guard self.result == nil else { return }
        self.result = result
        peer?.close()
        peer = nil
        for token in watches { owner.node.keyspace.unwatch(token) }
        owner.end(self)
        guard let client else { return }
        owner.node.end(client) { reply in
            switch result {
            case .success: reply.ok()
            case .failure(let error): reply.error(error.text)
            }
        }
    }

    // MARK: Keys

    private func payload(of key: [UInt8], _ index: Int) -> KeyMigration.Payload? {
        let keyspace = owner.node.keyspace
        return key.withBytes { bytes in
            guard let entry = keyspace.live(keyspace.key(bytes), database) else { return nil }
            keyspace.watch(bytes, database: database, watches[index])
            let lifetime = entry.expiry.map { max(1, $0 - keyspace.now) } ?? 0
            let compresses = owner.node.settings.rdbcompression
            return entry.withPayload(compresses: compresses) {
                KeyMigration.Payload(lifetime: lifetime, bytes: Array($0))
            }
        }
    }

    /// Removes keys that the target has taken.
    private func remove(_ taken: [Int]) {
        let keyspace = owner.node.keyspace
        for index in taken {
            let isChanged = keyspace.isDirty(watches[index])
            keyspace.unwatch(watches[index])
            // What changed it was a script that had not named it: the key stays, and is newer than what was sent.
            hasKept = hasKept || isChanged
            if !isChanged { conversation.request.keys[index].withBytes { remove($0) } }
        }
        if client != nil { owner.node.settleChanges() }
    }

    private func remove(_ bytes: Bytes) {
        let keyspace = owner.node.keyspace
        let key = keyspace.key(bytes)
        guard keyspace.live(key, database) != nil else { return }
        keyspace.addEffect(database: database, argumentCount: 2) { effect in
            effect.append("DEL")
            effect.append(bytes)
        }
        keyspace.remove(key, database)
    }
}

extension CommandError {
    /// The target of MIGRATE cannot be reached at all.
    static var migrationUnreachable: CommandError {
        .message("IOERR error or timeout connecting to the client")
    }
}
