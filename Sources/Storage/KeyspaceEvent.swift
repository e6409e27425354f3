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
    /// Values that another takes the place of: `o`.
    public static let overwritten = EventClass(rawValue: 1 << 11)  // o
    /// Values that one of another type takes the place of: `c`.
    public static let typeChanged = EventClass(rawValue: 1 << 12)  // c
}

/// What happened to a key, by its name on the wire.
public enum KeyspaceEvent: UInt8, CaseIterable, Sendable {
    case set, setrange, append, setbit, incrby, incrbyfloat, pfadd
    case lpush, rpush, lpop, rpop, linsert, lset, lrem, ltrim, sortstore
    case sadd, srem, spop, sinterstore, sunionstore, sdiffstore
    case hset, hincrby, hincrbyfloat, hdel, hexpire, hpersist, hexpired
    case zadd, zincr, zrem, zremrangebyscore, zremrangebyrank, zremrangebylex, zpopmin, zpopmax
    case zdiffstore, zinterstore, zunionstore, zrangestore, georadiusstore, geosearchstore
    case xadd, xtrim, xdel, xsetid
    case xgroupCreate, xgroupCreateconsumer, xgroupDelconsumer, xgroupDestroy, xgroupSetid
    case del, expire, persist, expired, evicted
    case renameFrom, renameTo, moveFrom, moveTo, copyTo, restore
    case new, keymiss, overwritten, typeChanged

    /// The name in messages.
    public var name: StaticString {
        switch self {
        case .set: "set"
        case .setrange: "setrange"
        case .append: "append"
        case .setbit: "setbit"
        case .incrby: "incrby"
        case .incrbyfloat: "incrbyfloat"
        case .pfadd: "pfadd"
        case .lpush: "lpush"
        case .rpush: "rpush"
        case .lpop: "lpop"
        case .rpop: "rpop"
        case .linsert: "linsert"
        case .lset: "lset"
        case .lrem: "lrem"
        case .ltrim: "ltrim"
        case .sortstore: "sortstore"
        case .sadd: "sadd"
        case .srem: "srem"
        case .spop: "spop"
        case .sinterstore: "sinterstore"
        case .sunionstore: "sunionstore"
        case .sdiffstore: "sdiffstore"
        case .hset: "hset"
        case .hincrby: "hincrby"
        case .hincrbyfloat: "hincrbyfloat"
        case .hdel: "hdel"
        case .hexpire: "hexpire"
        case .hpersist: "hpersist"
        case .hexpired: "hexpired"
        case .zadd: "zadd"
        case .zincr: "zincr"
        case .zrem: "zrem"
        case .zremrangebyscore: "zremrangebyscore"
        case .zremrangebyrank: "zremrangebyrank"
        case .zremrangebylex: "zremrangebylex"
        case .zpopmin: "zpopmin"
        case .zpopmax: "zpopmax"
        case .zdiffstore: "zdiffstore"
        case .zinterstore: "zinterstore"
        case .zunionstore: "zunionstore"
        case .zrangestore: "zrangestore"
        case .georadiusstore: "georadiusstore"
        case .geosearchstore: "geosearchstore"
        case .xadd: "xadd"
        case .xtrim: "xtrim"
        case .xdel: "xdel"
        case .xsetid: "xsetid"
        case .xgroupCreate: "xgroup-create"
        case .xgroupCreateconsumer: "xgroup-createconsumer"
        case .xgroupDelconsumer: "xgroup-delconsumer"
        case .xgroupDestroy: "xgroup-destroy"
        case .xgroupSetid: "xgroup-setid"
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
        case .overwritten: "overwritten"
        case .typeChanged: "type_changed"
        }
    }

    /// The class that decides whether anybody wants to hear of it.
    public var eventClass: EventClass {
        switch self {
        case .set, .setrange, .append, .setbit, .incrby, .incrbyfloat, .pfadd: .string
        case .lpush, .rpush, .lpop, .rpop, .linsert, .lset, .lrem, .ltrim, .sortstore: .list
        case .sadd, .srem, .spop, .sinterstore, .sunionstore, .sdiffstore: .set
        case .hset, .hincrby, .hincrbyfloat, .hdel, .hexpire, .hpersist, .hexpired: .hash
        case .zadd, .zincr, .zrem, .zremrangebyscore, .zremrangebyrank, .zremrangebylex, .zpopmin, .zpopmax: .sortedSet
        case .zdiffstore, .zinterstore, .zunionstore, .zrangestore, .georadiusstore, .geosearchstore: .sortedSet
        case .xadd, .xtrim, .xdel, .xsetid: .stream
        case .xgroupCreate, .xgroupCreateconsumer, .xgroupDelconsumer, .xgroupDestroy, .xgroupSetid: .stream
        case .del, .expire, .persist, .renameFrom, .renameTo, .moveFrom, .moveTo, .copyTo, .restore: .generic
        case .expired: .expired
        case .evicted: .evicted
        case .new: .newKey
        case .keymiss: .keyMiss
        case .overwritten: .overwritten
        case .typeChanged: .typeChanged
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
    /// The fields that it concerns, where they are wanted.
    public var fields: [[UInt8]] = []
}
