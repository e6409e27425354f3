/// The classes of keyspace events, as the letters of `notify-keyspace-events` name them.
public struct EventClass: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// From bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Commands on keys of any type: `g`.
    public static let generic = EventClass(rawValue: 1 << 0)  // g
    /// Strings: `$`.
    public static let string = EventClass(rawValue: 1 << 1)  // $
    /// Lists: `l`.
    public static let list = EventClass(rawValue: 1 << 2)  // l
    /// Sets: `s`.
    public static let set = EventClass(rawValue: 1 << 3)  // s
    /// Hashes: `h`.
    public static let hash = EventClass(rawValue: 1 << 4)  // h
    /// Sorted sets: `z`.
    public static let sortedSet = EventClass(rawValue: 1 << 5)  // z
    /// Keys whose time has come: `x`.
    public static let expired = EventClass(rawValue: 1 << 6)  // x
    /// Keys removed for want of memory: `e`.
    public static let evicted = EventClass(rawValue: 1 << 7)  // e
    /// Streams: `t`.
    public static let stream = EventClass(rawValue: 1 << 8)  // t
    /// Look-ups that found nothing: `m`.
    public static let keyMiss = EventClass(rawValue: 1 << 9)  // m
    /// Keys that were not there before: `n`.
    public static let newKey = EventClass(rawValue: 1 << 10)  // n
}

/// What happened to a key, by its name on the wire.
public enum KeyspaceEvent: UInt8, Sendable {
    case set, setrange, append, setbit, incrby, incrbyfloat
    case del, expire, persist, expired, evicted
    case renameFrom, renameTo, moveFrom, moveTo, copyTo, restore
    case new, keymiss

    /// The name in messages.
    public var name: StaticString {
        switch self {
        case .set: "set"
        case .setrange: "setrange"
        case .append: "append"
        case .setbit: "setbit"
        case .incrby: "incrby"
        case .incrbyfloat: "incrbyfloat"
        case .del: "del"
        case .expire: "expire"
        case .persist: "persist"
        case .expired: "expired"
        case .evicted: "evicted"
        case .renameFrom: "rename_from"
        case .renameTo: "rename_to"
        case .moveFrom: "move_from"
        case .moveTo: "move_to"
        case .copyTo: "copy_to"
        case .restore: "restore"
        case .new: "new"
        case .keymiss: "keymiss"
        }
    }

    /// The class that decides whether anybody wants to hear of it.
    public var eventClass: EventClass {
        switch self {
        case .set, .setrange, .append, .setbit, .incrby, .incrbyfloat: .string
        case .del, .expire, .persist, .renameFrom, .renameTo, .moveFrom, .moveTo, .copyTo, .restore: .generic
        case .expired: .expired
        case .evicted: .evicted
        case .new: .newKey
        case .keymiss: .keyMiss
        }
    }
}

/// An event with its key, kept until the command has ended.
public struct KeyspaceNotification: Equatable {
    /// What happened.
    public let event: KeyspaceEvent
    /// To which key.
    public let key: [UInt8]
    /// In which database.
    public let database: Int
}
