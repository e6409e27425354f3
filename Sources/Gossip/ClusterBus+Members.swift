import Primitives

/// Members that come, change and go.
extension ClusterBus {
    mutating func add(_ peer: Peer) -> Int {
        let index = table.add(peer)
        tally.add(table[index])
        pending.insert(.save)
        return index
    }

    /// Changes what the tally counts of a member: its flags, its slots.
    @inline(__always)
    mutating func change(_ index: Int, _ body: (inout Peer) -> Void) {
        tally.subtract(table[index])
        body(&table[index])
        tally.add(table[index])
    }

    /// Forgets a member, with everything that points at it.
    mutating func remove(_ index: Int) {
        let name = table[index].name
        for slot in table[index].slots.slots { assign(slot, to: nil) }
        forgetMigrations(with: name)
        closeOutbound(index)
        closeInbound(index)
        detach(index)
        for replica in table[index].replicas { table[Int(replica)].primary = MemberTable.nobody }
        suspects.removeAll { $0 == index }
        for other in table.indices { forgetReport(of: other, by: index) }
        texts[index] = nil
        withdrawVote(of: index)
        if case .primary(let state) = manualFailover, state.replica == index { endManualFailover() }
        tally.subtract(table[index])
        table.remove(index)
        pending.insert([.save, .state])
    }

    private mutating func forgetMigrations(with name: NodeName) {
        migrating = migrating.filter { $0.value != name }
        importing = importing.filter { $0.value != name }
    }

    // MARK: Parts

    /// A member leads, or may.
    mutating func becomePrimary(_ index: Int) {
        guard !table[index].isPrimary || table[index].isReplica else { return }
        let hadPrimary = primaryIndex(index) != nil
        detach(index)
        change(index) {
            $0.flags.remove(.replica)
            $0.flags.insert(.primary)
            if hadPrimary, !$0.flags.contains(.myself) { $0.flags.insert(.migrateTo) }
        }
        pending.insert([.save, .state, .map])
    }

    /// A heartbeat says that its sender follows a node.
    mutating func describeReplica(_ sender: Int, of name: NodeName, _ header: BusHeader) {
        let primary = table.find(name)
        if !table[sender].isReplica {
            if let primary, primary != sender { handSlots(of: sender, to: primary, header) }
            releaseSlots(of: sender)
            change(sender) {
                $0.flags.subtract([.primary, .migrateTo])
                $0.flags.insert(.replica)
            }
            pending.insert([.save, .state, .map])
        }
        guard let primary, primary != sender, primaryIndex(sender) != primary else { return }
        attach(sender, to: primary)
        pending.insert([.save, .map])
    }

    /// Notes that a member follows another.
    mutating func attach(_ replica: Int, to primary: Int) {
        detach(replica)
        table[replica].primary = Int32(primary)
        table[replica].shard = table[primary].shard
        table[primary].replicas.append(Int32(replica))
        table[primary].flags.insert(.migrateTo)
    }

    mutating func detach(_ replica: Int) {
        guard let primary = primaryIndex(replica) else { return }
        table[primary].replicas.removeAll { $0 == Int32(replica) }
        if table[primary].replicas.isEmpty { table[primary].flags.remove(.migrateTo) }
        table[replica].primary = MemberTable.nobody
    }

    /// This node follows another from now on.
    mutating func follow(_ primary: Int) {
        precondition(primary != me)
        let wasPrimary = !table[me].isReplica
        if wasPrimary {
            change(me) {
                $0.flags.subtract([.primary, .migrateTo])
                $0.flags.insert(.replica)
            }
            (migrating, importing) = ([:], [:])
        }
        if table[me].shard != table[primary].shard { endTerm(inShard: false) }
        if myPrimary != primary { (lostByPrimary, forsaken) = (SlotSet(), unclaimed) }
        attach(me, to: primary)
        endManualFailover()
        election = .none
        if case .resigned = handOver { handOver = .done }
        tellWhomToFollow()
        pending.insert([.save, .durable, .state, .map])
        // Nobody votes for one that he takes for a primary.
        if wasPrimary {
            saveNow()
            broadcastPong()
        }
    }

    /// Whether a member lives in this process.
    func isNeighbour(_ index: Int) -> Bool { neighbours.contains(table[index].name) }

    // MARK: The node

    /// Has the node follow the primary of this member, wherever that lives now.
    mutating func tellWhomToFollow() {
        guard let primary = myPrimary else {
            if table[me].isPrimary, followed != nil {
                followed = nil
                actions.append(.order(.lead))
                endTerm(inShard: true)
            }
            return
        }
        let address = table[primary].address
        guard !address.host.isEmpty else { return }
        let port = configuration.replicationUsesTLS ? address.tlsPort : address.port
        let wanted = Followed(name: table[primary].name, host: address.host, port: port)
        guard wanted != followed else { return }
        followed = wanted
        actions.append(.order(.follow(wanted.name, host: wanted.host, port: wanted.port)))
        endTerm(inShard: true)
    }
}

/// Whom the node was told to follow.
struct Followed: Equatable, Sendable {
    var name: NodeName
    var host: String
    var port: Int
}
