import Gossip
import Primitives
import RESP
import Storage

// Where a command runs in a cluster. One key whose slot is served here goes by with a look into a table; everything else
// asks the map.
//
//     dispatch ─ one key, slot served ──────────────────────────▶ run
//         └───── anything else ─▶ redirection ─ nil ────────────▶ run
//                                      └─ MOVED, ASK, CROSSSLOT … ─▶ client

extension Node {
    /// Whether a command has one key, whose slot is served here.
    @inline(__always)
    func isServed(_ record: UnsafeMutablePointer<CommandRecord>, _ key: Key?) -> Bool {
        guard record.pointee.hasOneKey, let key else { return false }
        return servedSlots[key.slot]
    }

    /// Why a command, or with EXEC a transaction, does not run here; nil where it does.
    func redirection(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> Redirection? {
        guard let map = slotMap, !session.isPrimary, !session.isScript else { return nil }
        var question = SlotQuestion(map)
        if isExec(record) {
            guard let transaction = session.transaction else { return nil }
            for queued in transaction.commands {
                let arguments = transaction.arguments(of: queued)
                if let reason = add(arguments, queued.record, session, to: &question) { return reason }
            }
        } else if let reason = add(arguments, record, session, to: &question) {
            return reason
        }
        guard question.slot != nil else { return nil }
        return question.answer(to: asker(session, arguments, record))
    }

    /// Adds the keys of a command.
    private func add(
        _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ session: Session,
        to question: inout SlotQuestion
    ) -> Redirection? {
        var reason: Redirection?
        if case .cursor = record.pointee.layout {
            commands.forEachKey(arguments, record) { cursor in
                reason = question.add(cursor) { _ in true }
                return false
            }
            return reason
        }
        commands.forEachKey(arguments, record) { key in
            reason = question.add(key) { keyspace.live(keyspace.key($0), session.database) != nil }
            return reason == nil
        }
        return reason
    }

    private func asker(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> SlotQuestion.Asker {
        let (flags, client) = (record.pointee.flags, session.caller ?? session)
        var asker = SlotQuestion.Asker(isShardChannel: flags.contains(.pubsub), readsReplica: client.readsReplica)
        asker.isAsking = client.attention.contains(.asking) || flags.contains(.asking)
        asker.isMigration = commands.fullNames[record.pointee.index] == "migrate"
        // The rest matters on replicas and in a cluster that is not whole, and takes longer to find out.
        guard let map = slotMap, !map.isUp || map.primary != SlotMap.nobody else { return asker }
        asker.isWrite = writes(session, arguments, record)
        asker.allowsReads = settings.clusterAllowReadsWhenDown
        asker.allowsShardChannels = settings.clusterAllowPubsubshardWhenDown
        return asker
    }

    /// Whether a command, or with EXEC any of a transaction, writes as far as can be told before it runs.
    private func writes(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> Bool {
        if record.pointee.flags.contains(.write) { return true }
        if isExec(record), let transaction = session.transaction {
            return transaction.commands.contains { $0.record.pointee.flags.contains(.write) }
        }
        return commands.descriptions[record.pointee.index].mayWrite?(self, arguments) ?? false
    }

    /// How a client is told of a redirection.
    func text(of redirection: Redirection, for session: Session) -> String {
        switch redirection {
        case .moved(let slot, let target): "MOVED \(slot) \(place(target, for: session))"
        case .ask(let slot, let target): "ASK \(slot) \(place(target, for: session))"
        case .tryAgain: "TRYAGAIN Multiple keys request during rehashing of slot"
        case .crossSlot: "CROSSSLOT Keys in request don't hash to the same slot"
        case .slotNotServed: "CLUSTERDOWN Hash slot not served"
        case .down: "CLUSTERDOWN The cluster is down"
        case .downForWrites: "CLUSTERDOWN The cluster is down and only accepts read commands"
        }
    }

    private func place(_ index: UInt16, for session: Session) -> String {
        guard let endpoint = slotMap?.endpoints[Int(index)] else { return "" }
        let host = session.usesIPv6 ? endpoint.ipv6Host : endpoint.host
        return "\(host):\(endpoint.port(usingTLS: session.usesTLS))"
    }

    /// The command after ASKING has ended, unless a transaction goes on.
    func endAsking(_ session: Session, after record: UnsafeMutablePointer<CommandRecord>? = nil) {
        guard session.attention.contains(.asking), session.transaction == nil else { return }
        if let record, commands.fullNames[record.pointee.index] == "asking" { return }
        session.attention.remove(.asking)
    }
}

// MARK: Scripts

extension Node {
    /// Names the slot that a script may use keys of, from the keys that its caller has named.
    func noteSlot(of call: Call, _ session: Session) {
        session.scriptSlot = nil
        guard slotMap != nil else { return }
        commands.forEachKey(call.arguments, call.record) { key in
            session.scriptSlot = hashSlot(of: key)
            return false
        }
    }

    /// Why a script may not use the keys of a command; nil if it may.
    func scriptRedirection(
        _ session: Session, _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>
    ) -> String? {
        guard let map = slotMap, session.caller?.isPrimary != true else { return nil }
        var question = SlotQuestion(map)
        let reason =
            add(arguments, record, session, to: &question) ?? question.answer(to: asker(session, arguments, record))
        if let reason { return Node.scriptText(of: reason) }
        guard let slot = question.slot, !session.mayCrossSlots else { return nil }
        if let known = session.scriptSlot, known != slot {
            return "ERR Script attempted to access keys that do not hash to the same slot previously accessed."
        }
        session.scriptSlot = slot
        return nil
    }

    private static func scriptText(of redirection: Redirection) -> String {
        switch redirection {
        case .down: "ERR Script attempted to execute a command while the cluster is down"
        case .downForWrites:
            "ERR Script attempted to execute a write command while the cluster is down and readonly"
        case .crossSlot: "ERR Script attempted to access keys that do not hash to the same slot"
        case .moved, .ask, .tryAgain, .slotNotServed:
            "ERR Script attempted to access a non local key in a cluster node"
        }
    }
}

// MARK: Another map

extension Node {
    /// Follows a map that has taken the place of another.
    func adoptSlotMap(after old: SlotMap?) {
        guard let map = slotMap else { return attention.subtract(.clustered) }
        attention.insert(.clustered)
        map.markServed(servedSlots)
        forgetSlots(outside: map)
        if waiters.keyCount > 0 { redirectWaiting(map) }
        if let old, !subscriptions[.shardChannel].isEmpty { endShardChannels(old, map) }
    }

    /// Sends clients elsewhere that wait for keys of slots that are not served here any more.
    private func redirectWaiting(_ map: SlotMap) {
        let waiting = sessions.values.compactMap(\.waiter).sorted { $0.ticket < $1.ticket }
        for waiter in waiting {
            guard let reason = redirection(waiter, map) else { continue }
            let text = text(of: reason, for: waiter.session)
            countError(text)
            unblock(waiter.session) { $0.error(text) }
        }
    }

    private func redirection(_ waiter: Waiter, _ map: SlotMap) -> Redirection? {
        if waiter.condition.keys.isEmpty { return nil }
        // A write would have to end the waiting, and none comes.
        if !map.isUp { return .down }
        let reads = waiter.session.readsReplica && waiter.request.record.pointee.flags.contains(.readonly)
        for key in waiter.condition.keys {
            let slot = key.bytes.withBytes { hashSlot(of: $0) }
            let owner = map.owners[slot]
            if map.isOwn(slot) || map.importing[slot] != nil || reads && map.isOfShard(slot) { continue }
            return owner == SlotMap.nobody ? .slotNotServed : .moved(slot: slot, to: owner)
        }
        return nil
    }

    /// Ends subscriptions to shard channels whose slots have left the shard, and tells those who listened.
    private func endShardChannels(_ old: SlotMap, _ map: SlotMap) {
        var leaving: [(name: [UInt8], sessions: [Session])] = []
        subscriptions[.shardChannel].forEach { channel in
            let slot = channel.name.withBytes { hashSlot(of: $0) }
            guard old.isOfShard(slot), !map.isOfShard(slot) else { return }
            var sessions: [Session] = []
            channel.audience.forEach { sessions.append($0.takeUnretainedValue()) }
            leaving.append((channel.name, sessions))
        }
        for (name, sessions) in leaving {
            name.withBytes { name in for session in sessions { endShardChannel(name, session) } }
        }
    }

    private func endShardChannel(_ name: Bytes, _ session: Session) {
        unsubscribe(session, .shardChannel, from: name)
        push(to: session) { writer in
            writer.push(3)
            writer.bulk("sunsubscribe")
            writer.bulk(name)
            writer.integer(session.subscriptions.told(.shardChannel))
        }
    }
}
