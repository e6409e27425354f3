import RESP

/// Moves one slot key by key, as every product can: a machine.
///
///     opensTarget ─▶ opensSource ─▶ lists ⇄ sends ─▶ handsToTarget ─▶ handsToSource ─▶ tells … ─▶ done
///
/// 1. The target opens first: a client that the source sends there with ASK finds it ready.
/// 2. The slot is handed over only when the source has listed no more keys. While it is open nobody can make a new one
///    there.
/// 3. The target hears of it before the source: whatever happens in between, somebody owns the slot.
/// 4. Begun again after an interruption at any place it comes to the same end.
struct SlotMove {
    struct End: Equatable, Sendable {
        var id: String
        var address: NodeAddress
    }

    private enum State {
        case opensTarget, opensSource, lists
        case sends([[UInt8]], attempt: Int)
        case handsToTarget, handsToSource
        case tells(Int)
        case done
    }

    let slot: Int
    let source: End
    let target: End
    /// Other primaries, which are told so that they need not wait for gossip.
    let others: [String]
    let options: KeyMoveOptions
    /// Whether the slot changes hands; otherwise the target owns it already, and only keys come.
    let handsOver: Bool
    /// How many keys have been sent.
    private(set) var keys = 0
    private var state = State.opensTarget

    /// How often MIGRATE is tried again when the line breaks.
    static let attempts = 3
    /// How often it is tried again, and how long is waited before, where the target serves nothing yet, since it has only
    /// just joined.
    static let (patience, pauseMilliseconds) = (100, 200)

    init(
        slot: Int, source: End, target: End, others: [String] = [], options: KeyMoveOptions = KeyMoveOptions(),
        handsOver: Bool = true
    ) {
        (self.slot, self.source, self.target, self.others) = (slot, source, target, others)
        (self.options, self.handsOver) = (options, handsOver)
    }

    /// The first order.
    mutating func start() -> MoveOrder {
        state = handsOver ? .opensTarget : .opensSource
        return order
    }

    /// The order after the reply to the last one.
    mutating func receive(_ reply: Reply) -> MoveOrder {
        switch state {
        case .opensTarget: return go(on: reply, to: .opensSource, allowing: "already the owner")
        case .opensSource: return go(on: reply, to: .lists)
        case .lists: return listed(reply)
        case .sends(let batch, let attempt): return sent(batch, attempt, reply)
        case .handsToTarget: return go(on: reply, to: .handsToSource)
        case .handsToSource: return go(on: reply, to: others.isEmpty ? .done : .tells(0))
        // They learn it by gossip too.
        case .tells(let index): return go(to: index + 1 < others.count ? .tells(index + 1) : .done)
        case .done: return .done
        }
    }

    private mutating func go(to next: State) -> MoveOrder {
        state = next
        return order
    }

    private mutating func go(on reply: Reply, to next: State, allowing excuse: String? = nil) -> MoveOrder {
        if let error = reply.errorText, excuse.map({ error.contains($0) }) != true {
            return .failed("Slot \(slot): \(error)")
        }
        return go(to: next)
    }

    private mutating func listed(_ reply: Reply) -> MoveOrder {
        if let error = reply.errorText { return .failed("Slot \(slot): \(error)") }
        let batch = reply.elements.compactMap { element -> [UInt8]? in
            if case .bulk(let key) = element { return key }
            return nil
        }
        if batch.isEmpty { return go(to: handsOver ? .handsToTarget : .done) }
        return go(to: .sends(batch, attempt: 1))
    }

    private mutating func sent(_ batch: [[UInt8]], _ attempt: Int, _ reply: Reply) -> MoveOrder {
        if let error = reply.errorText {
            if error.hasPrefix("IOERR"), attempt < SlotMove.attempts {
                return go(to: .sends(batch, attempt: attempt + 1))
            }
            if error.contains("CLUSTERDOWN"), attempt < SlotMove.patience {
                state = .sends(batch, attempt: attempt + 1)
                return .askLater(
                    node: source.id, migrate(batch), milliseconds: SlotMove.pauseMilliseconds)
            }
            let advice = error.hasPrefix("BUSYKEY") ? " (with --replace the target's keys are overwritten)" : ""
            return .failed("Slot \(slot): \(error)\(advice)")
        }
        // NOKEY: all of them have expired or were deleted meanwhile.
        if reply.string != "NOKEY" { keys += batch.count }
        return go(to: .lists)
    }

    private var order: MoveOrder {
        switch state {
        case .opensTarget: .ask(target.id, "CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", source.id)
        // A node that does not own the slot may send its keys only while it has it open.
        case .opensSource:
            .ask(source.id, "CLUSTER", "SETSLOT", "\(slot)", handsOver ? "MIGRATING" : "IMPORTING", target.id)
        case .lists: .ask(source.id, "CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(options.pipeline)")
        case .sends(let batch, _): .ask(node: source.id, migrate(batch))
        case .handsToTarget: .ask(target.id, "CLUSTER", "SETSLOT", "\(slot)", "NODE", target.id)
        case .handsToSource: .ask(source.id, "CLUSTER", "SETSLOT", "\(slot)", "NODE", target.id)
        case .tells(let index): .ask(others[index], "CLUSTER", "SETSLOT", "\(slot)", "NODE", target.id)
        case .done: .done
        }
    }

    private func migrate(_ keys: [[UInt8]]) -> [[UInt8]] {
        migrateRequest(to: target.address, keys, options, copies: false)
    }
}

/// MIGRATE for some keys.
func migrateRequest(
    to target: NodeAddress, _ keys: [[UInt8]], _ options: KeyMoveOptions, copies: Bool
) -> [[UInt8]] {
    let words =
        ["MIGRATE", target.host, "\(target.port)", "", "0", "\(options.timeoutMilliseconds)"]
        + (copies ? ["COPY"] : []) + (options.replaces ? ["REPLACE"] : []) + options.authentication + ["KEYS"]
    return words.map { Array($0.utf8) } + keys
}
