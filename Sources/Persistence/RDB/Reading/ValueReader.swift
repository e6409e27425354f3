import Primitives
import Storage
import Structures

extension RDBReader {
    /// A value laid out as `type`, of its own, in the form that commands would have given it; frees what it has made where
    /// it throws. All of it is checked: what a value is made of, and that nothing is in it twice.
    /// - Parameter isValkey: whether `hashMetadataBefore` has Valkey's meaning.
    public mutating func value(
        _ type: RDBType, _ limits: CollectionLimits, isValkey: Bool = false
    ) throws(RDBError) -> LooseValue {
        // Valkey's own types end with 22.
        if isValkey, type.rawValue > RDBType.hashMetadataBefore.rawValue { throw error("a type that Valkey has not") }
        return switch type {
        case .string: .string(try ownString())
        case .list, .listZiplist, .listQuicklist, .listQuicklist2: .list(try list(type, limits))
        case .set, .setIntset, .setListpack: .set(try set(type, limits))
        case .sortedSet, .sortedSet2, .sortedSetZiplist, .sortedSetListpack: .sortedSet(try sortedSet(type, limits))
        case .hash, .hashZipmap, .hashZiplist, .hashListpack: .hash(try hash(type, limits))
        case .hashMetadataBefore, .hashListpackBefore, .hashMetadata, .hashListpackExpiring:
            .hash(try expiringHash(type, limits, isValkey: isValkey))
        case .streamListpacks, .streamListpacks2, .streamListpacks3, .streamListpacks4, .streamListpacks5:
            .stream(try stream(type, limits))
        }
    }

    /// What `fill` makes of a value, which is freed where that throws or leaves it empty.
    mutating func filled<Value: CollectionValue>(
        _ empty: Value, _ fill: (inout Value, inout RDBReader) throws(RDBError) -> Void
    ) throws(RDBError) -> Value {
        var value = empty
        do throws(RDBError) {
            try fill(&value, &self)
            if value.isEmpty { throw RDBError(emptyCollectionAt: position) }
            return value
        } catch {
            value.free()
            throw error
        }
    }

    /// Lends a packed collection that is the next string.
    mutating func packed<Source: PackedSource, Result>(
        _ type: Source.Type, _ body: (Source) throws(RDBError) -> Result
    ) throws(RDBError) -> Result {
        let start = position
        return try string { (bytes) throws(RDBError) in try body(try Source(bytes, at: start)) }
    }
}
