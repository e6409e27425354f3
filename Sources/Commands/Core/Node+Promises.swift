import Primitives
import Storage

// Promises per connection: replies that wait until replicas have what they tell of (design, D5).
//
//     client ─ command ─▶ reply, held ─ K replicas have acknowledged ─▶ sent
//                                     └ too late ─▶ UNKNOWNOUTCOME
//
// A connection asks for it (CLIENT PROMISE), or the configuration does for all (`promise-replicas`). It holds for reads too:
// what a client was told by the node stays known to so many others.

/// What the replies of a connection wait for.
public struct ReplicaPromise: Equatable, Sendable {
    /// How many replicas have to have what a reply tells of; 0 for no promise.
    public var replicas = 0
    /// How long that may take, in milliseconds.
    public var timeout: Int64 = 1000

    /// No promise.
    public init() {}

    /// Of so many nodes, this one among them, more than half.
    static func majority(of nodes: Int) -> Int { nodes / 2 }
}

extension Node {
    /// What a session's replies wait for.
    func promise(to session: Session) -> ReplicaPromise {
        if isReplica || session.isReplica { return ReplicaPromise() }
        return session.promise ?? limits.promise
    }

    /// The offset of the journal that everything written so far stands for. Where replicas were promised and nothing is
    /// written for them, nobody can have it.
    func neededOffset(_ replicas: Int) -> Int64 {
        replicas > 0 && !keyspace.needsEffects ? .max : keyspace.journal.dataOffset
    }

    /// Has a session's replies wait for so many replicas from here on, or for as many as are promised to all, if that is more.
    public func awaitReplicas(_ count: Int, for session: Session) {
        var promise = limits.promise
        guard count > promise.replicas else {
            if session.promise != nil { setPromise(nil, to: session) }
            return
        }
        if session.promise?.replicas == count { return }
        promise.replicas = count
        promise.timeout = Int64(settings.replTimeout) * 1000
        setPromise(promise, to: session)
    }

    /// Promises a session something else from here on.
    func setPromise(_ promise: ReplicaPromise?, to session: Session) {
        if fence.isUp { judge(session) }
        session.promise = promise
        adoptPromises()
    }

    /// Looks whether anybody was promised anything.
    func adoptPromises() {
        let isWanted = limits.promise.replicas > 0 || sessions.values.contains { ($0.promise?.replicas ?? 0) > 0 }
        guard isWanted != fence.awaitsReplicas else { return }
        if isWanted, !fence.isUp { forgetOldOutput() }
        if !isWanted { for session in sessions.values { judge(session) } }
        fence.awaitsReplicas = isWanted
        if isWanted { noteAcknowledgements() }
    }

    /// What was acknowledged counts no longer: it was of another term.
    func adoptPromiseState() {
        fence.acknowledged = []
        if promiseState == .refused { attention.insert(.noPromises) } else { attention.remove(.noPromises) }
    }

    /// Why a command is refused whose replies were promised to wait for copies; nil where it is not.
    func promiseRefusal(_ session: Session) -> String? {
        guard promise(to: session).replicas > 0, !session.isScript else { return nil }
        return "NOPROMISE A node of this shard cannot take part in promises that hold through elections."
    }

    /// Replicas have acknowledged more, perhaps. What so many have had once stays acknowledged.
    func noteAcknowledgements() {
        guard fence.awaitsReplicas, let offsets = replication?.acknowledgedOffsets else { return }
        for (index, offset) in offsets.enumerated() {
            if index == fence.acknowledged.count { fence.acknowledged.append(-1) }
            if offset > fence.acknowledged[index] {
                fence.acknowledged[index] = offset
                fence.version &+= 1
            }
        }
    }

    /// This node is about to follow another one, which may know nothing of what replies have waited for.
    func breakReplicaPromises() {
        guard fence.awaitsReplicas else { return }
        for session in sessions.values where !session.isScriptBusy {
            judge(session)
            guard let first = session.held.first(where: { !fence.hasReplicas($0) }) else { continue }
            breakPromise(to: session, Node.unknownCopies(first))
        }
    }

    private static func unknownCopies(_ output: HeldOutput) -> String {
        "It is not known whether \(output.replicas) replicas have what this command did or has seen"
    }

    /// Tells those whose replies have waited for too long that nobody knows what has become of their commands.
    func breakLatePromises() {
        guard fence.awaitsReplicas else { return }
        for session in sessions.values where !session.isScriptBusy {
            guard let first = session.held.first, !fence.hasReplicas(first) else { continue }
            guard monotonic - first.since >= promise(to: session).timeout else { continue }
            breakPromise(to: session, Node.unknownCopies(first))
        }
    }
}

// MARK: CLIENT PROMISE

/// Says what the replies of the connection wait for.
func promiseReplies(_ call: inout Call) throws(CommandError) {
    var options = call.options(from: 2)
    if options.take("none") {
        guard options.isAtEnd else { throw .syntax }
        call.node.setPromise(ReplicaPromise(), to: call.session)
    } else if options.take("default") {
        guard options.isAtEnd else { throw .syntax }
        call.node.setPromise(nil, to: call.session)
    } else {
        var promise = call.node.limits.promise
        promise.replicas = try replicaCount(&options)
        if !options.isAtEnd {
            guard let timeout = try options.integer(after: "timeout") else { throw .syntax }
            guard timeout > 0, options.isAtEnd else { throw .message("ERR timeout has to be positive") }
            promise.timeout = timeout
        }
        call.node.setPromise(promise, to: call.session)
    }
    call.reply.ok()
}

private func replicaCount(_ options: inout ArgumentReader) throws(CommandError) -> Int {
    if let count = try options.integer(after: "replicas") {
        guard 1...1000 ~= count else { throw .message("ERR the number of replicas has to be between 1 and 1000") }
        return Int(count)
    }
    guard let nodes = try options.integer(after: "majority") else { throw .syntax }
    guard 2...1000 ~= nodes else { throw .message("ERR the number of nodes has to be between 2 and 1000") }
    return ReplicaPromise.majority(of: Int(nodes))
}
