import Primitives
import Structures

// Hashes: fields and values in turn, as strings or packed, and where fields expire, times beside them.

extension RDBReader {
    mutating func hash(_ type: RDBType, _ limits: CollectionLimits) throws(RDBError) -> HashValue {
        try filled(HashValue(packed: Packed())) { (hash, reader) throws(RDBError) in
            switch type {
            case .hash: try reader.addStrings(to: &hash, limits)
            case .hashZipmap: try reader.add(ZipmapReader.self, to: &hash, limits)
            case .hashZiplist: try reader.add(ZiplistReader.self, to: &hash, limits)
            default: try reader.add(ListpackReader.self, to: &hash, limits)
            }
        }
    }

    private mutating func addStrings(to hash: inout HashValue, _ limits: CollectionLimits) throws(RDBError) {
        let count = try self.count(atLeast: 2)
        if count > limits.hashMaxListpackEntries { hash.makeLarge(limits) }
        for _ in 0..<count { try addPair(to: &hash, limits) { (_) throws(RDBError) in nil } }
    }

    /// Adds a field and its value, and then reads when it expires.
    private mutating func addPair(
        to hash: inout HashValue, _ limits: CollectionLimits,
        _ readExpiry: (inout RDBReader) throws(RDBError) -> Int64?
    ) throws(RDBError) {
        let start = position
        try string { (field, reader) throws(RDBError) in
            let isNew = try reader.string { (value) throws(RDBError) in hash.set(field, value, limits) }
            guard isNew else { throw RDBError(offset: start, "a field comes twice") }
            if let expiry = try readExpiry(&reader) { hash.setExpiry(field, expiry, limits) }
        }
    }

    private mutating func add<Source: PackedSource>(
        _ type: Source.Type, to hash: inout HashValue, _ limits: CollectionLimits
    ) throws(RDBError) {
        try packed(type) { (source) throws(RDBError) in
            let count = try source.groups(of: 2)
            if count > limits.hashMaxListpackEntries || source.longest() > limits.hashMaxListpackValue {
                hash.makeLarge(limits)
                try hash.add(source, limits, isExpiring: false)
            } else {
                try hash.append(source, count, limits)
            }
        }
    }
}

// MARK: Fields that expire

extension RDBReader {
    /// The latest time that the reference knows, in milliseconds since 1970.
    fileprivate static var latestExpiry: UInt64 { 1 << 48 - 2 }

    mutating func expiringHash(
        _ type: RDBType, _ limits: CollectionLimits, isValkey: Bool
    ) throws(RDBError) -> HashValue {
        try filled(HashValue(packed: Packed())) { (hash, reader) throws(RDBError) in
            switch type {
            case .hashMetadataBefore where isValkey: try reader.addTimesBehind(to: &hash, limits)
            case .hashMetadataBefore: try reader.addTimesBefore(to: &hash, limits, from: nil)
            case .hashMetadata: try reader.addTimesBefore(to: &hash, limits, from: try reader.earliestExpiry())
            case .hashListpackBefore: try reader.addTriples(to: &hash, limits)
            default:
                _ = try reader.earliestExpiry()
                try reader.addTriples(to: &hash, limits)
            }
        }
    }

    /// The time of the first field that expires; one more than the latest where none does.
    private mutating func earliestExpiry() throws(RDBError) -> UInt64 {
        let time = try integer(UInt64.self)
        guard time <= RDBReader.latestExpiry + 1 else { throw error("an impossible time") }
        return time
    }

    /// Valkey's: field, value, milliseconds since 1970 in 8 bytes, -1 for none.
    private mutating func addTimesBehind(to hash: inout HashValue, _ limits: CollectionLimits) throws(RDBError) {
        for _ in 0..<(try count(atLeast: 10)) {
            try addPair(to: &hash, limits) { (reader) throws(RDBError) in
                let time = try reader.integer(Int64.self)
                return time == -1 ? nil : try reader.checkedExpiry(UInt64(bitPattern: time))
            }
        }
    }

    /// Time, field, value. The time is 0 for none, counted from that of the earliest as 1, or from 1970.
    private mutating func addTimesBefore(
        to hash: inout HashValue, _ limits: CollectionLimits, from earliest: UInt64?
    ) throws(RDBError) {
        let count = try self.count(atLeast: 3)
        if count > limits.hashMaxListpackEntries { hash.makeLarge(limits) }
        for _ in 0..<count {
            let time = UInt64(try checkedExpiry(try number()))
            // Two times that are possible have a sum that is a number.
            let expiry = time == 0 ? nil : try checkedExpiry(earliest.map { $0 + time - 1 } ?? time)
            try addPair(to: &hash, limits) { (_) throws(RDBError) in expiry }
        }
    }

    /// A listpack of field, value, milliseconds since 1970 or 0 for none.
    private mutating func addTriples(to hash: inout HashValue, _ limits: CollectionLimits) throws(RDBError) {
        try packed(ListpackReader.self) { (source) throws(RDBError) in
            _ = try source.groups(of: 3)
            hash.makeLarge(limits)
            try hash.add(source, limits, isExpiring: true)
        }
    }

    private func checkedExpiry(_ time: UInt64) throws(RDBError) -> Int64 {
        guard time <= RDBReader.latestExpiry else { throw error("an impossible time") }
        return Int64(time)
    }
}

// MARK: Filling a hash

extension HashValue {
    /// Fills the packed form.
    fileprivate mutating func append<Source: PackedSource>(
        _ source: Source, _ count: Int, _ limits: CollectionLimits
    ) throws(RDBError) {
        var source = source
        var seen = SeenElements(count: count, limits.hash)
        while let field = source.next(), let value = source.next() {
            guard seen.insert(field) else { throw source.error("a field comes twice") }
            append(field, value)
        }
    }

    /// Fills the large form.
    fileprivate mutating func add<Source: PackedSource>(
        _ source: Source, _ limits: CollectionLimits, isExpiring: Bool
    ) throws(RDBError) {
        var source = source
        while let field = source.next(), let value = source.next() {
            let isNew = field.withBytes { field in value.withBytes { value in set(field, value, limits) } }
            guard isNew else { throw source.error("a field comes twice") }
            if isExpiring, let expiry = try source.expiry() { field.withBytes { setExpiry($0, expiry, limits) } }
        }
    }
}

extension PackedSource {
    /// The next element, which has to be a time.
    fileprivate mutating func expiry() throws(RDBError) -> Int64? {
        guard case .integer(let time)? = next(), time >= 0, time <= RDBReader.latestExpiry else {
            throw error("an impossible time")
        }
        return time == 0 ? nil : time
    }
}
