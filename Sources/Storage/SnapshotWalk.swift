import CShims
import Primitives

/// Whoever takes in what a walk saves.
public protocol SnapshotSink: AnyObject {
    /// Takes an entry as it was at the cut; it may change as soon as this returns.
    /// - Parameter database: the number that its database had at the cut.
    func save(_ entry: Entry, database: Int)
    /// As `save`, but the entry changes only after `finish`, or when the sink is not full any more. Returns whether all of it
    /// is taken in already.
    func begin(_ entry: Entry, database: Int) -> Bool
    /// Takes in what is left of an entry that was begun.
    func finish()
    /// Whether the walk shall rest until what was taken in is dealt with.
    var isFull: Bool { get }
}

extension SnapshotSink {
    /// Takes all in at once.
    public func begin(_ entry: Entry, database: Int) -> Bool {
        save(entry, database: database)
        return true
    }

    /// There is nothing left.
    public func finish() {}
}

/// A walk over all entries that there were at one moment, the cut, in slices between which the entries go on changing.
///
///     database of the cut ── slots passed │ place │ slots ahead
///                            all saved      bits    bits: those that were saved before they changed, or born since
///
/// 1. It holds the databases of the cut, whatever becomes of their numbers.
/// 2. Whoever is about to change an entry ahead of the place has it saved first.
/// 3. Bits stand only in the walk's slot and in slots ahead of it, and in a large slot that was just passed until its bits
///    are cleared. So when the walk has ended there are none.
public final class SnapshotWalk {
    private unowned let keyspace: Keyspace
    private let sink: any SnapshotSink
    /// The slots that are walked through; nil for all.
    private let slots: SlotMarks?
    /// The databases of the cut, nil where the walk is through, and their numbers at the cut.
    private var held: [Database?] = []
    private var numbers: [Int] = []
    private var ordinal = 0
    private var slot = 0
    /// Where the walk stands in a slot of several segments.
    private var position: UInt32 = 0
    private var passed: PassedSlot?
    /// The entry that the sink has begun to take in; it is in the walk's slot.
    private var begun: Entry?
    /// Whether the rest was given up.
    public private(set) var isAbandoned = false

    /// One go at entries that lie together: what was copied, and whether it has come to the last of them.
    private struct Step {
        var bytes = 0
        var isWhole = true
    }

    /// Bytes of strings and packed collections after which the time is looked at.
    private static let stepSize = 64 << 10

    /// A large slot whose bits are being cleared.
    private struct PassedSlot {
        let database: Database
        let slot: Int
        var position: UInt32
    }

    /// Keys that there were at the cut.
    public private(set) var keyCount = 0
    /// Keys saved so far.
    public private(set) var savedCount = 0

    init(_ keyspace: Keyspace, _ sink: any SnapshotSink, slots: SlotMarks?) {
        self.keyspace = keyspace
        self.sink = sink
        self.slots = slots
        for index in 0..<keyspace.databaseCount {
            guard let database = keyspace.databases[index], database.count > 0 else { continue }
            database.cutOrdinal = held.count
            held.append(database)
            numbers.append(index)
            keyCount += slots.map { database.count(in: $0) } ?? database.count
        }
    }

    /// Whether all is saved, and no trace of the walk is left.
    public var isFinished: Bool { ordinal == held.count && passed == nil }

    /// Gives the rest up: nothing more is saved, but the walk has to be led to its end to leave no trace.
    public func abandon() {
        isAbandoned = true
        begun = nil
    }

    /// Walks on until `isOver` says that time is up, the sink is full, or all is done. Returns whether all is.
    public func advance(until isOver: () -> Bool) -> Bool {
        while !isFinished {
            if isResting { return false }
            endBegun()
            step()
            if isOver() { break }
        }
        if isFinished, keyspace.snapshot === self { keyspace.snapshot = nil }
        return isFinished
    }

    private var isResting: Bool { !isAbandoned && sink.isFull }

    private func step() {
        if passed != nil { return clearSome() }
        guard let database = held[ordinal] else { preconditionFailure("the walk is through with its database") }
        while slot < hashSlotCount, database.slots[slot].count == 0 || !isWanted(slot) { slot += 1 }
        if slot == hashSlotCount {
            leave(database)
        } else if database.slots[slot].directory == nil {
            passSmallSlot(database)
        } else {
            passLargeSlot(database)
        }
    }

    // MARK: Saving

    /// Saves a slot of one segment, as far as the sink takes it in; what is saved already is passed over the next time.
    private func passSmallSlot(_ database: Database) {
        position = 0
        let segment = database.slots[slot].single
        // All entries, then all values are on their way before the first is waited for.
        segment.forEachWord { apus_prefetch(UnsafeRawPointer(Bucket.entry($0.pointee).base)) }
        segment.forEachWord {
            let entry = Bucket.entry($0.pointee)
            if !entry.isSaved { entry.prefetchValue() }
        }
        var step = Step()
        segment.forEachWord { take(Bucket.entry($0.pointee), &step) }
        guard step.isWhole else { return }
        segment.forEachWord { Bucket.entry($0.pointee).isSaved = false }
        slot += 1
    }

    /// Saves some entries of a slot of several segments, in the same way.
    private func passLargeSlot(_ database: Database) {
        var step = Step()
        let next = (database.slots + slot).scan(from: position, minimum: 64, hash: database.hash) { take($0, &step) }
        guard step.isWhole else { return }
        position = next ?? 0
        guard next == nil else { return }
        passed = PassedSlot(database: database, slot: slot, position: 0)
        slot += 1
    }

    /// Saves an entry to which the walk comes back, unless it was saved already or the step has to end before.
    private func take(_ entry: Entry, _ step: inout Step) {
        if entry.isSaved || isAbandoned { return }
        if step.bytes > SnapshotWalk.stepSize || isResting { return step.isWhole = false }
        step.bytes += entry.copiedBytes
        savedCount += 1
        begun = entry
        if sink.begin(entry, database: numbers[ordinal]) { endBegun() }
    }

    /// Notes that the sink has taken in all of the entry that it had begun.
    private func endBegun() {
        begun?.isSaved = true
        begun = nil
    }

    private func take(_ entry: Entry, _ ordinal: Int) {
        if isAbandoned { return }
        sink.save(entry, database: numbers[ordinal])
        savedCount += 1
    }

    /// Clears the bits of some entries of a large slot that lies behind the walk.
    private func clearSome() {
        guard let at = passed else { return }
        let next = (at.database.slots + at.slot).scan(from: at.position, minimum: 256, hash: at.database.hash) {
            $0.isSaved = false
        }
        if let next { passed?.position = next } else { passed = nil }
    }

    /// Goes on with the next database. One that nobody else holds any more is thrown away.
    private func leave(_ database: Database) {
        database.cutOrdinal = -1
        held[ordinal] = nil
        ordinal += 1
        slot = 0
        if !(0..<keyspace.databaseCount).contains(where: { keyspace.databases[$0] === database }) {
            keyspace.throwAway(database)
        }
    }

    // MARK: Changes in the middle

    /// Whether the walk holds a database, so that it must not be freed.
    func holds(_ database: Database) -> Bool { database.cutOrdinal >= ordinal || passed?.database === database }

    /// Whether a slot of a database is still to be walked through, or is being.
    private func isAhead(_ slot: Int, of database: Database) -> Bool {
        isWanted(slot) && (database.cutOrdinal > ordinal || database.cutOrdinal == ordinal && slot >= self.slot)
    }

    private func isWanted(_ slot: Int) -> Bool { slots?.contains(slot) ?? true }

    /// Saves the entry of a key, if it is still to be saved: something that is told after it needs it.
    public func saveAhead(_ key: Key, database index: Int) {
        guard !isAbandoned, !isFinished, let database = keyspace.databases[index], let entry = database.find(key),
            !entry.isSaved
        else { return }
        willChange(entry, in: database)
    }

    /// An entry whose bit is not set is about to change or to go.
    func willChange(_ entry: Entry, in database: Database) {
        if entry.base == begun?.base {
            sink.finish()
            return endBegun()
        }
        entry.prefetchValue()
        guard isAhead(hashSlot(of: entry.key), of: database) else { return }
        take(entry, database.cutOrdinal)
        entry.isSaved = true
    }

    /// Whether an entry that is put into a slot now has its bit set: it was born after the cut.
    func marksBorn(inSlot slot: Int, of database: Database) -> Bool { isAhead(slot, of: database) }
}

extension Keyspace {
    /// Cuts: begins a walk over all that is there now, or in some slots. There is one walk at a time; one that was abandoned
    /// is led to its end.
    public func beginSnapshot(_ sink: any SnapshotSink, slots: SlotMarks? = nil) -> SnapshotWalk {
        if let snapshot { precondition(snapshot.advance { false }, "a walk is under way") }
        let walk = SnapshotWalk(self, sink, slots: slots)
        snapshot = walk
        return walk
    }

    /// Frees a database that no number stands for any more, elsewhere where that is possible.
    func throwAway(_ database: consuming Database) {
        guard let dispose else { return }
        // What it throws away itself from here on, it frees at once.
        database.dispose = nil
        let onlyReference = Unmanaged.passRetained(consume database)
        dispose(.database(onlyReference))
    }
}

extension Entry {
    /// Bytes of a large collection outside of the entry; 0 for any other value.
    public var treeBytes: Int { encoding == .tree ? type.footprint(root: root) : 0 }

    /// Bytes of a string or packed collection, which are copied when it is saved.
    fileprivate var copiedBytes: Int { encoding == .inline || encoding == .external ? text.count : 0 }

    /// A root of a large collection of its own, which holds the pages as they are now.
    public func sharedRoot() -> UnsafeMutableRawPointer { type.share(root: root) }
}
