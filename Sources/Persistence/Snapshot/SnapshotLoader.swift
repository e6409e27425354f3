import Primitives
import Storage
import Structures

/// Where what a snapshot holds goes.
public protocol SnapshotReceiver: AnyObject {
    /// A key with its value, which is taken over. Throws why it cannot be taken, with the value freed.
    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) throws(RDBReason)
    /// The code of a library. Throws why it cannot be taken.
    func takeLibrary(_ code: Bytes) throws(RDBReason)
    /// Something that the file says of itself.
    func takeFact(_ name: Bytes, _ value: Bytes)
    /// When collections take their large form.
    var limits: CollectionLimits { get }
}

/// Why what was read cannot be taken.
public struct RDBReason: Error {
    let text: String

    /// With a text for the person who looks after the server.
    public init(_ text: String) { self.text = text }
}

/// What a snapshot says of a key beside its value.
public struct KeyFacts: Equatable, Sendable {
    /// The number of its database.
    public var database = 0
    /// In milliseconds since 1970; nil for none.
    public var expiry: Int64?
    /// Seconds since it was used.
    public var idleSeconds: UInt64?
    /// How often it is used, as a logarithm.
    public var frequency: UInt8?
}

/// Reads an RDB file of any version, a slice at a time.
///
///     var loader = SnapshotLoader(bytes, databases: 16)
///     while try !loader.run(into: keyspace, most: 1 << 20) { … }
public struct SnapshotLoader {
    private var reader: RDBReader
    private let databaseCount: Int
    private let checksSum: Bool
    private let takesNewer: Bool
    private var facts = KeyFacts()
    /// When the consumers of the next key's stream were active.
    private var activeTimes: [UInt8]?
    private var checksum: UInt64 = 0
    /// How far the checksum has come, in bytes.
    private var checked = 0
    /// The version that the file names; 0 before it was read.
    public private(set) var version = 0
    private var isValkey = false
    /// Whether the end of the snapshot was read.
    public private(set) var isAtEnd = false
    /// Whether the file ends with a checksum, which was right.
    public private(set) var hasChecksum = false
    /// Keys read so far.
    public private(set) var keyCount = 0

    /// - Parameters:
    ///   - databases: how many there are.
    ///   - checksSum: whether the checksum at the end has to be right.
    ///   - takesNewer: whether versions that are not known are tried.
    public init(_ bytes: Bytes, databases: Int, checksSum: Bool = true, takesNewer: Bool = false) {
        reader = RDBReader(bytes)
        databaseCount = databases
        self.checksSum = checksSum
        self.takesNewer = takesNewer
    }

    /// How far it has come, in bytes.
    public var position: Int { reader.position }

    /// Reads on until `most` more bytes are read, at least one thing. Returns whether all is read.
    /// - Throws: what is wrong with the file, and where. What was read before has gone to `receiver`.
    public mutating func run(into receiver: any SnapshotReceiver, most: Int = .max) throws(RDBError) -> Bool {
        let start = reader.position
        if version == 0 { try readHead() }
        while !isAtEnd, reader.position - start < most { try readNext(into: receiver) }
        sumUp()
        if isAtEnd { try readChecksum() }
        return isAtEnd
    }

    // MARK: Beginning and end

    private mutating func readHead() throws(RDBError) {
        let magic = try reader.take(6)
        isValkey = magic == "VALKEY"
        guard isValkey || magic[0..<5] == "REDIS" else { throw wrong(0, "this is no RDB file") }
        let digits = isValkey ? try reader.take(3) : reader.bytes[5..<6 + (try reader.take(3)).count]
        guard let number = digits.unsignedInteger.flatMap(Int.init(exactly:)) else {
            throw wrong(5, "this is no RDB file: its version is no number")
        }
        let isKnown = isValkey ? number == RDBVersion.valkey : (1...RDBVersion.newest).contains(number)
        guard isKnown || takesNewer && number > RDBVersion.newest else {
            throw wrong(5, "the file has version \(number) of the format, which is not known; see 'rdb-version-check'")
        }
        version = number
    }

    private mutating func readChecksum() throws(RDBError) {
        guard version >= 5 else { return }
        let offset = reader.position
        let sum = try reader.integer(UInt64.self)
        guard checksSum, sum != 0 else { return }
        if sum != checksum { throw wrong(offset, "the checksum is wrong: the file is damaged") }
        hasChecksum = true
    }

    /// Brings the checksum up to where the reader is.
    private mutating func sumUp() {
        if checksSum, version >= 5 {
            checksum = CRC64.checksum(reader.bytes[checked..<reader.position], from: checksum)
        }
        checked = reader.position
    }

    private func wrong(_ offset: Int, _ reason: String) -> RDBError { RDBError(offset: offset, reason) }

    // MARK: What the file consists of

    private mutating func readNext(into receiver: any SnapshotReceiver) throws(RDBError) {
        let offset = reader.position
        let byte = try reader.byte()
        if let opcode = RDBOpcode(rawValue: byte) { return try read(opcode, at: offset, into: receiver) }
        if let type = RDBType(rawValue: byte) { return try readKey(type, into: receiver) }
        if ModuleType.rdbTypes.contains(byte) { throw try refuseModule(at: offset) }
        throw wrong(offset, "neither a type nor an opcode has the number \(byte)")
    }

    private mutating func read(
        _ opcode: RDBOpcode, at offset: Int, into receiver: any SnapshotReceiver
    ) throws(RDBError) {
        switch opcode {
        case .expiryMilliseconds: facts.expiry = try reader.integer(Int64.self)
        case .expirySeconds: facts.expiry = Int64(try reader.integer(Int32.self)) * 1000
        case .idle: facts.idleSeconds = try reader.number()
        case .frequency: facts.frequency = try reader.byte()
        case .selectDatabase: facts.database = try readDatabase()
        case .resize: for _ in 0..<2 { _ = try reader.number() }
        case .slotInformation: for _ in 0..<3 { _ = try reader.number() }
        case .slotImport:
            guard isValkey else { throw wrong(offset, "what a module knows of a key, which cannot be read") }
            try skipSlotImport()
        case .auxiliary: try readFact(into: receiver)
        case .function: try readLibrary(into: receiver)
        case .functionBefore:
            throw wrong(offset, "a function of a release candidate of Redis 7.0, which cannot be read")
        case .moduleAuxiliary: try skipModuleData()
        case .end: isAtEnd = true
        }
    }

    private mutating func readDatabase() throws(RDBError) -> Int {
        let offset = reader.position
        let number = try reader.number()
        guard number < UInt64(databaseCount) else {
            throw wrong(offset, "the file has a database \(number), and there are \(databaseCount); see 'databases'")
        }
        return Int(number)
    }

    private mutating func readFact(into receiver: any SnapshotReceiver) throws(RDBError) {
        let name = try reader.ownString()
        if name == Array(ActiveTimes.name.utf8) { return activeTimes = try reader.ownString() }
        try reader.string { value in name.withBytes { receiver.takeFact($0, value) } }
    }

    private mutating func readLibrary(into receiver: any SnapshotReceiver) throws(RDBError) {
        let offset = reader.position
        try reader.string { (code) throws(RDBError) in
            do throws(RDBReason) { try receiver.takeLibrary(code) } catch { throw RDBError(offset: offset, error.text) }
        }
    }

    private mutating func readKey(_ type: RDBType, into receiver: any SnapshotReceiver) throws(RDBError) {
        let offset = reader.position
        let key = try reader.ownString()
        let value = try reader.value(type, receiver.limits, isValkey: isValkey)
        let facts = facts
        if let times = activeTimes {
            activeTimes = nil
            try setActiveTimes(times, of: value, at: offset)
        }
        self.facts = KeyFacts(database: facts.database)
        let refusal: RDBReason? = key.withBytes { key in
            do throws(RDBReason) { try receiver.take(key, value, facts) } catch { return error }
            return nil
        }
        if let refusal { throw wrong(offset, refusal.text) }
        keyCount += 1
    }

    private func setActiveTimes(_ times: [UInt8], of value: LooseValue, at offset: Int) throws(RDBError) {
        if case .stream(let stream) = value, ActiveTimes.set(times, of: stream) { return }
        value.free()
        throw wrong(offset, "the times of other consumers than the key has")
    }

    /// Why a value of a module is not read.
    private mutating func refuseModule(at offset: Int) throws(RDBError) -> RDBError {
        let key = try reader.ownString()
        let type = ModuleType(number: try reader.number())
        return wrong(
            offset,
            "the key '\(key.withBytes { $0.echo })' has a value of the module type '\(type.name)' (version "
                + "\(type.version)), and modules cannot be loaded")
    }

    // MARK: What is passed over

    /// The name of a job that brings slots over to a cluster node of Valkey, and ranges of slots.
    private mutating func skipSlotImport() throws(RDBError) {
        try reader.string { _ in }
        for _ in 0..<(try reader.count(atLeast: 2)) * 2 { _ = try reader.number() }
    }

    /// What a module has left: its number, when it was written, and numbers and strings up to a mark.
    private mutating func skipModuleData() throws(RDBError) {
        for _ in 0..<3 { _ = try reader.number() }
        while true {
            let offset = reader.position
            switch try reader.number() {
            case 0: return
            case 1, 2: _ = try reader.number()
            case 3: _ = try reader.take(4)
            case 4: _ = try reader.take(8)
            case 5: try reader.string { _ in }
            default: throw wrong(offset, "the data of a module is damaged")
            }
        }
    }
}
