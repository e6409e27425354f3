import Gossip
import Primitives
import Storage

/// Why a command does not run on this node of a cluster.
enum Redirection: Equatable {
    /// Another node owns the slot: an index among the map's endpoints.
    case moved(slot: Int, to: UInt16)
    /// The keys are not here any more, or not yet anywhere; the slot is on its way to another node.
    case ask(slot: Int, to: UInt16)
    /// Some of the keys are here and some are not, since the slot is on its way.
    case tryAgain
    /// The keys belong to different slots.
    case crossSlot
    /// Nobody owns the slot.
    case slotNotServed
    /// The cluster is not whole.
    case down
    /// The cluster is not whole, and the command writes.
    case downForWrites
}

/// How the slots of a command's keys, or of all keys of a transaction, stand to a map.
///
///     keys ─ add ─▶ SlotQuestion ─ answer ─▶ nil: runs here
///                        ▲                   Redirection: does not
///                        └ keys that are there count only where the slot is on its way
struct SlotQuestion {
    let map: SlotMap
    /// The slot of all keys so far; nil before the first.
    private(set) var slot: Int?
    private var first = Bytes.empty
    private var hasSeveralKeys = false
    private var (missing, present) = (0, 0)
    /// Whether the slot is on its way here or from here.
    private var isOnItsWay = false

    /// Who asks, and what for.
    struct Asker {
        /// Whether the keys are shard channels.
        var isShardChannel = false
        var isWrite = false
        /// Whether the command moves keys itself.
        var isMigration = false
        /// Whether the client has been sent here for a slot that is on its way.
        var isAsking = false
        /// Whether the client reads from a replica.
        var readsReplica = false
        /// Whether a cluster that is not whole serves reads.
        var allowsReads = false
        /// Whether it serves shard channels.
        var allowsShardChannels = true
    }

    init(_ map: SlotMap) { self.map = map }

    /// Adds a key. Returns why the command cannot run anywhere, or nil.
    /// - Parameter isThere: whether the node has the key; asked only where it matters.
    mutating func add(_ key: Bytes, isThere: (Bytes) -> Bool) -> Redirection? {
        let slot = hashSlot(of: key)
        if let known = self.slot {
            if known != slot { return .crossSlot }
            if !hasSeveralKeys, key != first { hasSeveralKeys = true }
        } else {
            if map.owners[slot] == SlotMap.nobody { return .slotNotServed }
            (self.slot, first) = (slot, key)
            isOnItsWay = (map.isOwn(slot) ? map.migrating : map.importing)[slot] != nil
        }
        guard isOnItsWay else { return nil }
        if isThere(key) { present += 1 } else { missing += 1 }
        return nil
    }

    /// Where the command has to go instead; nil where it runs here.
    func answer(to asker: Asker) -> Redirection? {
        guard let slot else { return nil }
        if !map.isUp, let refusal = SlotQuestion.refusalWhenDown(asker) { return refusal }
        if isOnItsWay, asker.isMigration { return nil }
        if map.isOwn(slot) {
            guard let target = map.migrating[slot], missing > 0, !asker.isShardChannel else { return nil }
            return present > 0 ? .tryAgain : .ask(slot: slot, to: target)
        }
        if isOnItsWay, asker.isAsking {
            return hasSeveralKeys && missing > 0 && !asker.isShardChannel ? .tryAgain : nil
        }
        let owner = map.owners[slot]
        if owner == map.primary, !asker.isWrite, asker.readsReplica || asker.isShardChannel { return nil }
        return .moved(slot: slot, to: owner)
    }

    private static func refusalWhenDown(_ asker: Asker) -> Redirection? {
        if asker.isShardChannel { return asker.allowsShardChannels ? nil : .down }
        if !asker.allowsReads { return .down }
        return asker.isWrite ? .downForWrites : nil
    }
}

extension SlotMap {
    /// Whether this node owns a slot.
    func isOwn(_ slot: Int) -> Bool { owners[slot] == here && here != SlotMap.nobody }

    /// Whether a slot belongs to this node or to its primary.
    func isOfShard(_ slot: Int) -> Bool {
        isOwn(slot) || owners[slot] == primary && primary != SlotMap.nobody
    }

    /// Marks the slots whose keys are used here whatever else is to be known of a command with one key.
    func markServed(_ marks: UnsafeMutablePointer<Bool>) {
        let own = isUp && here != SlotMap.nobody
        owners.withUnsafeBufferPointer { owners in
            for slot in 0..<hashSlotCount { marks[slot] = own && owners[slot] == here }
        }
        for slot in migrating.keys { marks[slot] = false }
    }
}

extension SlotMap.Endpoint {
    /// The port for a client.
    func port(usingTLS: Bool) -> Int {
        let (wanted, other) = usingTLS ? (tlsPort, port) : (port, tlsPort)
        return wanted > 0 ? wanted : other
    }
}
