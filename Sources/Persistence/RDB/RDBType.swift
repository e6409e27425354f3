/// How a value is laid out: the byte before its key in a file, and the first byte of a payload. Numbers of Redis up to 8, and
/// where Valkey 9 has another meaning for one, that beside it.
public enum RDBType: UInt8, Sendable, CaseIterable {
    case string = 0
    /// Strings one after the other, up to version 7 of the format.
    case list = 1
    case set = 2
    /// Scores as text.
    case sortedSet = 3
    case hash = 4
    /// Scores as 8 bytes.
    case sortedSet2 = 5
    case hashZipmap = 9
    case listZiplist = 10
    case setIntset = 11
    case sortedSetZiplist = 12
    case hashZiplist = 13
    /// Ziplists one after the other.
    case listQuicklist = 14
    case streamListpacks = 15
    case hashListpack = 16
    case sortedSetListpack = 17
    /// Listpacks, and single large elements, one after the other.
    case listQuicklist2 = 18
    /// With the first ID, the greatest deleted ID and the number of entries ever added.
    case streamListpacks2 = 19
    case setListpack = 20
    /// With the time at which a consumer was last active.
    case streamListpacks3 = 21
    /// With expiries of fields, as releases before 7.4 wrote it; in a file of Valkey, `hash2`.
    case hashMetadataBefore = 22
    case hashListpackBefore = 23
    /// With expiries of fields, relative to the earliest of them.
    case hashMetadata = 24
    /// A listpack of fields, values and expiries.
    case hashListpackExpiring = 25
    /// With what is known of producers, as Redis 8.6 writes it.
    case streamListpacks4 = 26
    /// With pending entries that no consumer has, as Redis 8.8 writes it.
    case streamListpacks5 = 27
}

/// What stands in a file between keys.
public enum RDBOpcode: UInt8, Sendable, CaseIterable {
    /// What a cluster node of Valkey was bringing over when it wrote the file; in a file of Redis 8.6, what modules know
    /// of the next key.
    case slotImport = 0xF3
    /// The slot whose keys follow, and how many they are.
    case slotInformation = 0xF4
    case function = 0xF5
    /// A library as a release candidate of 7.0 wrote it.
    case functionBefore = 0xF6
    case moduleAuxiliary = 0xF7
    /// Idle time of the next key, in seconds.
    case idle = 0xF8
    /// Access frequency of the next key.
    case frequency = 0xF9
    case auxiliary = 0xFA
    case resize = 0xFB
    /// Expiry of the next key, in milliseconds since 1970.
    case expiryMilliseconds = 0xFC
    /// Expiry of the next key, in seconds since 1970.
    case expirySeconds = 0xFD
    case selectDatabase = 0xFE
    case end = 0xFF
}

/// Versions of the format.
public enum RDBVersion {
    /// What is written, unless something in the data needs a newer one: what Redis 7.0 reads.
    public static let written = 10
    /// The first that has expiries of fields.
    public static let fieldExpiry = 12
    /// The first that has what streams know of producers.
    public static let producers = 13
    /// The first that has pending entries without a consumer.
    public static let ownerless = 14
    /// The newest of Redis that is read.
    public static let newest = 14
    /// That of Valkey 9, whose files begin with `VALKEY`.
    public static let valkey = 80
}
