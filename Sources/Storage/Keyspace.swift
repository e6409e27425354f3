import Primitives
import Structures

/// What follows from a change beside the change: a bit for each kind of listener that is there, so that a write to a node
/// with none costs one comparison.
public struct Observers: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// From its parts.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A transaction watches a key.
    public static let watches = Observers(rawValue: 1)
    /// Keyspace events are wanted.
    public static let notifications = Observers(rawValue: 2)
    /// A snapshot walk is under way.
    public static let snapshot = Observers(rawValue: 4)
    /// Somebody wants to know which keys were touched: clients that keep copies, or clients that wait for some of them.
    public static let touches = Observers(rawValue: 8)
    /// Events are to name the fields that they concern.
    public static let fields = Observers(rawValue: 16)
}

/// What a command has touched: a key, or a whole database that was emptied or exchanged.
public enum Touch: Equatable, Sendable {
    case key([UInt8], database: Int)
    case database(Int)
    /// A key, or part of it, whose time has come; its own touch follows.
    case expiry([UInt8])
}

/// What becomes of a key that has expired and is looked up.
public enum ExpiryMode: Sendable {
    /// It is removed: on a primary.
    case remove
    /// It is hidden, until the primary says that it is gone: on a replica, and while writes are paused.
    case hide
    /// It is shown: while data is loaded.
    case ignore
}

/// How last access is kept in the 24 bits of an entry.
@frozen
public enum AccessClock: UInt8, Sendable {
    /// Seconds, for LRU and `OBJECT IDLETIME`.
    case seconds
    /// Minutes and a logarithmic counter, for LFU and `OBJECT FREQ`.
    case frequency
    /// Seconds, a few uses and a place in the queues (`QueueMark`).
    case queues
}

/// How the counters of `AccessClock.frequency` grow and fall.
public struct FrequencyRule: Equatable, Sendable {
    /// How many uses it takes to raise a counter: the higher, the more.
    public var logFactor = 10
    /// After how many minutes a counter falls by one; 0 for never.
    public var decayMinutes = 1

    /// A rule.
    public init(logFactor: Int = 10, decayMinutes: Int = 1) {
        (self.logFactor, self.decayMinutes) = (logFactor, decayMinutes)
    }
}

/// Counters that `INFO` shows and `CONFIG RESETSTAT` clears.
public struct KeyspaceStatistics: Sendable {
    /// Look-ups by reading commands that found a key.
    public var hits = 0
    /// Look-ups by reading commands that found none.
    public var misses = 0
    /// Keys removed because their time had come.
    public var expired = 0
    /// Keys removed because memory was short.
    public var evicted = 0
    /// Fields of hashes removed because their time had come.
    public var expiredFields = 0
    /// Slices of the walk that ended because time was up.
    public var expireCyclesCutShort = 0
    /// Time spent in the walk.
    public var expireCycleMicroseconds = 0
    /// The share of expiring keys that had expired when the walk saw them, as a slow average.
    public var stalePercent = 0.0
    /// Keys whose memory was freed elsewhere.
    public var lazilyFreed = 0

    /// All counters at zero.
    public init() {}
}

/// All databases of a node, and the only interface through which they are changed.
///
///     handler ── read / write ──▶ Keyspace ──▶ Database (tables, entries, heap)
///                                    │
///                                    ├─ before a change: the snapshot's copy
///                                    └─ after it: version for WATCH, event, invalidation, waiters, slot statistics,
///                                       effect for the journal
///
/// 1. Every change passes `willChange` and `didChange`.
/// 2. Time stands still during a command: `now` is set by the node.
/// 3. Keys given to a method lie outside of the tables (in a request, in a copy), never in an entry, which may go away.
public final class Keyspace {
    /// The hash of keys, with this node's seed.
    public let hash: KeyHash
    /// The number of databases.
    public let databaseCount: Int
    @usableFromInline let databases: UnsafeMutablePointer<Database?>
    /// Milliseconds since 1970, constant during a command.
    public var now: Int64 = 0
    /// What `clock` of an entry that is touched becomes.
    public internal(set) var accessClock = AccessClock.seconds
    /// How counters of use grow and fall, where they are kept.
    public var frequencyRule = FrequencyRule()
    /// Which keys go first where memory is short; nil where none may go. What entries keep of their use follows it.
    public var evictionRule: EvictionRule? {
        didSet { if evictionRule != oldValue { adoptEvictionRule() } }
    }
    /// Keys that may go next.
    var evictionPool = EvictionPool()
    /// Counts of uses are of this age, modulo four, where there are queues; and what tells when the next one begins.
    var useAge: UInt32 = 0
    var usesOfAge = 0
    var usesAtEviction = 0
    /// Where the next key goes that is chosen at random.
    var nextEvictionDatabase = 0
    /// Where blocks of the C library are counted; nil where they are not.
    public var account: MemoryAccount?
    /// No database from this number on was ever used.
    @usableFromInline private(set) var usedDatabaseCount = 1
    /// What becomes of an expired key that is looked up.
    public var expiryMode = ExpiryMode.remove
    /// The source of random choices.
    public var random: RandomSource
    /// Counters for INFO.
    public var statistics = KeyspaceStatistics()
    /// Changes so far; a command that raised it has written.
    public var changes = 0
    /// `changes` when the data set was last saved.
    public var changesAtSave = 0
    /// Changes since the data set was last saved.
    public var changesSinceSave: Int { changes - changesAtSave }
    /// Whether there are events to pass on, or effects that no command has caused.
    public var hasAftermath = false
    /// The record of effects.
    public var journal = Journal()
    /// Whether effects are left out, as a script may wish.
    public var omitsEffects = false
    /// Who watches which key.
    public internal(set) var watches = Watches()
    /// Who wants to hear of changes.
    public var observers: Observers = []
    /// The event classes that somebody wants; empty for none.
    public var wantedEvents: EventClass = [] {
        didSet { observe(.notifications, !wantedEvents.isEmpty) }
    }
    /// Whether events are to name the fields of a hash that they concern.
    @inlinable
    public var wantsFields: Bool { observers.contains(.fields) }
    /// Events of the command under way, in order, for whoever passes them on.
    public var notifications: [KeyspaceNotification] = []
    /// Whether every touch is wanted in `touched`.
    public var wantsTouches = false {
        didSet { observeTouches() }
    }
    /// The keys whose touches are wanted in `touched` in any case.
    var awaitedKeys = AwaitedKeys() {
        didSet { observeTouches() }
    }
    /// What the command under way has touched, in order; for invalidations and for those who wait. Unless all touches are
    /// wanted, those of keys that nobody awaits are mostly left out.
    public var touched: [Touch] = []
    /// The walk of a running snapshot.
    public internal(set) var snapshot: SnapshotWalk? {
        didSet { observe(.snapshot, snapshot != nil) }
    }
    /// Where what was thrown away and is large goes to be freed; nil frees at once.
    public var dispose: ((Discarded) -> Void)? {
        didSet { for index in 0..<databaseCount { databases[index]?.dispose = dispose } }
    }
    /// When collections take their large form.
    public var limits: CollectionLimits
    var expiryWalk = ExpiryWalk()
    /// Slots that are filled from another node, by the name of what fills them.
    public var incomingSlots: [String: SlotMarks] = [:] {
        didSet { hiddenSlots = incomingSlots.isEmpty ? nil : SlotMarks(union: incomingSlots.values) }
    }
    /// All of them: their keys are not shown, and do not expire here. Nil for none.
    public private(set) var hiddenSlots: SlotMarks?

    /// - Parameters:
    ///   - databaseCount: at least 1.
    ///   - seed: random and secret; it seeds the key hash and the node's random choices.
    public init(databaseCount: Int = 16, seed: UInt64) {
        self.databaseCount = databaseCount
        hash = KeyHash(seed: seed)
        limits = CollectionLimits(hash: hash)
        random = RandomSource(seed: seed)
        databases = .allocate(capacity: databaseCount)
        databases.initialize(repeating: nil, count: databaseCount)
        databases[0] = Database(hash: hash)
    }

    /// An empty one whose databases can take the places of another's.
    init(beside other: Keyspace) {
        databaseCount = other.databaseCount
        hash = other.hash
        limits = other.limits
        random = RandomSource(seed: other.random.next())
        databases = .allocate(capacity: databaseCount)
        databases.initialize(repeating: nil, count: databaseCount)
        databases[0] = Database(hash: hash)
    }

    deinit {
        databases.deinitialize(count: databaseCount)
        databases.deallocate()
    }

    func observe(_ kind: Observers, _ isWanted: Bool) {
        if isWanted { observers.insert(kind) } else { observers.remove(kind) }
    }

    private func observeTouches() { observe(.touches, wantsTouches || !awaitedKeys.isEmpty) }

    /// The database with a number, made on first use.
    @inlinable @inline(__always)
    func database(_ index: Int) -> Database {
        if let database = databases[index] { return database }
        return makeDatabase(index)
    }

    /// Shows `body` the database with a number, without counting references: the table holds it all the while. Nil where
    /// it was never used.
    @inlinable @inline(__always)
    func withDatabase<Result>(_ index: Int, _ body: (Database) -> Result?) -> Result? {
        let reference = UnsafeRawPointer(databases + index).load(as: Unmanaged<Database>?.self)
        return reference?._withUnsafeGuaranteedRef(body)
    }

    @usableFromInline @inline(never)
    func makeDatabase(_ index: Int) -> Database {
        let database = Database(hash: hash)
        database.dispose = dispose
        if accessClock == .queues { database.queues = EvictionQueues() }
        databases[index] = database
        noteUse(index)
        return database
    }

    /// Notes that there may be a database with a number.
    func noteUse(_ index: Int) { usedDatabaseCount = max(usedDatabaseCount, index + 1) }

    /// The database with a number, for looking only; nil where it was never used.
    public func existing(_ index: Int) -> Database? { databases[index] }

    /// A key with its hash and slot.
    @inlinable @inline(__always)
    public func key(_ bytes: Bytes) -> Key { Key(bytes, hash: hash) }

    /// Bytes in use for all databases.
    public var liveBytes: Int { sum(\.liveBytes) }

    /// Bytes in use for the tables of all databases.
    public var tableBytes: Int { sum(\.tableBytes) }

    /// The sum of a figure of all databases.
    public func sum(_ figure: (Database) -> Int) -> Int {
        (0..<usedDatabaseCount).reduce(0) { $0 + (databases[$1].map(figure) ?? 0) }
    }

    /// Bytes in use in small blocks of all databases, which no account of blocks of the C library knows.
    @inlinable @inline(__always)
    public var smallBytes: Int {
        var total = 0
        for index in 0..<usedDatabaseCount { total &+= withDatabase(index) { $0.smallBytes } ?? 0 }
        return total
    }
}

// MARK: What follows from a change

extension Keyspace {
    /// Called before an entry changes or goes.
    @inlinable @inline(__always)
    func willChange(_ entry: Entry, _ database: Int) {
        if _slowPath(observers.contains(.snapshot)), !entry.isSaved { saveForSnapshot(entry, database) }
    }

    @usableFromInline @inline(never)
    func saveForSnapshot(_ entry: Entry, _ database: Int) {
        snapshot?.willChange(entry, in: self.database(database))
    }

    /// Called after an entry has changed, come or gone; without an event where the change is not to be told of.
    @inlinable @inline(__always)
    func didChange(_ key: Bytes, _ database: Int, _ event: KeyspaceEvent?) {
        changes &+= 1
        if _slowPath(!observers.isEmpty) { tellObservers(key, database, event) }
    }

    @usableFromInline @inline(never)
    func tellObservers(_ key: Bytes, _ database: Int, _ event: KeyspaceEvent?) {
        if observers.contains(.watches) {
            watches.touch(database: database, key: key, isGone: databases[database]?.find(self.key(key)) == nil)
        }
        if observers.contains(.touches) { touch(key, database) }
        if let event { notify(event, key, database) }
    }

    /// Notes that a key was touched, if anybody wants to know.
    func touch(_ key: Bytes, _ database: Int) {
        if wantsTouches || awaitedKeys.mayContain(self.key(key)) { touch(.key(Array(key), database: database)) }
    }

    /// Notes that the touch of a key that follows is nobody's doing.
    func touchByTime(_ key: Bytes) {
        if wantsTouches { touch(.expiry(Array(key))) }
    }

    /// Says that somebody wants to know when a key is touched, in whatever database; once for each who does.
    public func beginAwaiting(_ key: Bytes) { awaitedKeys.insert(self.key(key)) }

    /// Takes one `beginAwaiting` back.
    public func endAwaiting(_ key: Bytes) { awaitedKeys.remove(self.key(key)) }

    func touch(_ touch: Touch) {
        touched.append(touch)
        hasAftermath = true
    }

    /// Records an event that is no change by itself, or one that follows another.
    @inlinable
    public func notify(_ event: KeyspaceEvent, _ key: Bytes, _ database: Int) {
        if _slowPath(observers.contains(.notifications)) { record(event, key, database) }
    }

    /// Records that a value of type `type` takes the place of an entry's.
    @inlinable @inline(__always)
    func noteOverwrite(_ old: Entry, _ type: ValueType, _ key: Key, _ database: Int) {
        guard _slowPath(observers.contains(.notifications)) else { return }
        record(.overwritten, key.bytes, database)
        if old.type != type { record(.typeChanged, key.bytes, database) }
    }

    @usableFromInline @inline(never)
    func record(_ event: KeyspaceEvent, _ key: Bytes, _ database: Int) {
        guard wantedEvents.contains(event.eventClass) else { return }
        notifications.append(KeyspaceNotification(event: event, key: Array(key), database: database))
        hasAftermath = true
    }

    /// Has events name the fields that they concern, or not.
    public func wantFields(_ areWanted: Bool) { observe(.fields, areWanted) }

    /// Names the fields that the last event of a kind concerns.
    public func nameFields(_ event: KeyspaceEvent, _ fields: [[UInt8]]) {
        guard let index = notifications.lastIndex(where: { $0.event == event }) else { return }
        notifications[index].fields = fields
    }

    /// Whether effects are wanted at all.
    @inlinable @inline(__always)
    public var needsEffects: Bool { journal.gathersEffects }

    /// Adds an effect of the command under way to what the journal will get at its end.
    public func addEffect(database: Int, argumentCount: Int, _ write: (inout EffectArguments) -> Void) {
        guard journal.gathersEffects, !omitsEffects else { return }
        journal.gather(database: database, argumentCount: argumentCount, write)
    }

    /// Ends a command or a transaction.
    public func commitEffects() { journal.commit() }
}

// MARK: Watching

extension Keyspace {
    /// Marks `token` when `key` changes from now on.
    public func watch(_ key: Bytes, database: Int, _ token: WatchToken) {
        let wasExpired = databases[database]?.find(self.key(key)).map(hasExpired) ?? false
        watches.watch(WatchedKey(database: database, bytes: Array(key)), token, wasExpired: wasExpired)
        observe(.watches, true)
    }

    /// Ends all watches of `token` and makes it clean.
    public func unwatch(_ token: WatchToken) {
        watches.unwatch(token)
        observe(.watches, !watches.isEmpty)
    }

    /// Whether a key that `token` watches has changed, or has expired without having been removed yet.
    public func isDirty(_ token: WatchToken) -> Bool {
        if token.isDirty { return true }
        return watches.hasExpired(token) { database, key in
            key.withBytes { bytes in self.databases[database]?.find(self.key(bytes)).map(self.hasExpired) ?? false }
        }
    }

    /// Tells that `new` takes the place of `old` as database `index`: to watchers of keys that are in either, and to those
    /// who follow touches.
    func touchWatchers(of index: Int, _ old: Database?, _ new: Database?) {
        if observers.contains(.touches) { touch(.database(index)) }
        guard observers.contains(.watches) else { return }
        watches.touch(database: index) { bytes, token in
            bytes.withBytes { bytes in
                let key = self.key(bytes)
                let wasThere = old?.find(key)
                let isThere = new?.find(key)
                // A key that had expired when it was watched, and is gone now, has not changed for its watcher.
                if isThere == nil, let wasThere, self.hasExpired(wasThere) {
                    return !self.watches.wasExpired(Array(bytes), database: index, token)
                }
                return wasThere != nil || isThere != nil
            }
        }
    }
}
