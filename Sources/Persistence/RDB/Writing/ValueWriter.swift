import Primitives
import Storage
import Structures

/// A value on its way into a file or payload, in pieces: large collections are written a few thousand elements at a time.
///
///     var value = ValueWriter(entry)
///     writer.type(value.type)
///     while !value.write(to: &writer, most: 65_536) { … }
public struct ValueWriter {
    let value: Value
    /// What must live until the value is written.
    private let held: HeldRoot?
    /// Whether what precedes the elements is written.
    var hasBegun = false
    /// How far the elements are written: bytes of a string, elements of a list or stream, elements that are left of a sorted
    /// set, the cursor in a set or hash.
    var position = 0
    /// How far a stream is written.
    var streamPlace = StreamPlace.entries

    enum Value {
        case string(Entry)
        case list(ListValue)
        case set(SetValue)
        case sortedSet(SortedSetValue)
        case hash(HashValue)
        case stream(StreamValue)
    }

    /// How many elements are written before the bytes are counted again.
    static let step = 32

    /// The value of an entry, which must not change until all of it is written.
    public init(_ entry: Entry) {
        held = nil
        value =
            switch entry.type {
            case .string: .string(entry)
            case .list: .list(entry.view(as: ListValue.self))
            case .set: .set(entry.view(as: SetValue.self))
            case .sortedSet: .sortedSet(entry.view(as: SortedSetValue.self))
            case .hash: .hash(entry.view(as: HashValue.self))
            case .stream: .stream(entry.view(as: StreamValue.self))
            }
    }

    /// A large collection whose root is taken over, and thrown away when the last copy of the writer has gone.
    /// - Parameter dispose: throws it away, where that makes nobody wait.
    public init(
        _ type: ValueType, sharedRoot root: UnsafeMutableRawPointer,
        dispose: @escaping (Discarded) -> Void = { $0.free() }
    ) {
        held = HeldRoot(type, root, dispose)
        value =
            switch type {
            case .string: preconditionFailure("strings have no root")
            case .list: .list(ListValue(root: root.assumingMemoryBound(to: ListRoot.self)))
            case .set: .set(SetValue(root: root.assumingMemoryBound(to: SetRoot.self)))
            case .sortedSet: .sortedSet(SortedSetValue(root: root.assumingMemoryBound(to: SortedSetRoot.self)))
            case .hash: .hash(HashValue(root: root.assumingMemoryBound(to: HashRoot.self)))
            case .stream: .stream(StreamValue(root: root.assumingMemoryBound(to: StreamRoot.self)))
            }
    }

    /// Whether the value stays as it is, whatever becomes of its entry.
    var isHeld: Bool { held != nil }

    /// The type of the value as it is going to be written.
    public var type: RDBType {
        switch value {
        case .string: .string
        case .list: .listQuicklist2
        case .set(let set): set.integers == nil ? .set : .setIntset
        case .sortedSet(let set): set.root == nil ? .sortedSetListpack : .sortedSet2
        case .hash(let hash) where hash.root == nil: .hashListpack
        case .hash(let hash): hash.earliestExpiry == .max ? .hash : .hashMetadata
        case .stream(let stream) where stream.hasOwnerless: .streamListpacks5
        case .stream(let stream): stream.hasProducers ? .streamListpacks4 : .streamListpacks2
        }
    }

    /// The version of the format that has the type.
    public var neededVersion: Int {
        if case .stream(let stream) = value {
            return stream.hasOwnerless
                ? RDBVersion.ownerless : stream.hasProducers ? RDBVersion.producers : RDBVersion.written
        }
        return type == .hashMetadata ? RDBVersion.fieldExpiry : RDBVersion.written
    }

    /// Writes on, until about `most` more bytes are written or the value is. Returns whether it is.
    public mutating func write(to writer: inout RDBWriter, most: Int = .max) -> Bool {
        let (end, isEndless) = writer.count.addingReportingOverflow(max(1, most))
        let limit = isEndless ? Int.max : end
        switch value {
        case .string(let entry): return write(entry, to: &writer, limit)
        case .list(let list): return write(list, to: &writer, limit)
        case .set(let set): return write(set, to: &writer, limit)
        case .sortedSet(let set): return write(set, to: &writer, limit)
        case .hash(let hash): return write(hash, to: &writer, limit)
        case .stream(let stream): return write(stream, to: &writer, limit)
        }
    }

    /// Whether this is the first piece, which it is not from here on.
    mutating func begins() -> Bool {
        defer { hasBegun = true }
        return !hasBegun
    }
}

/// The root of a large collection that nobody else has.
private final class HeldRoot {
    private let type: ValueType
    private let root: UnsafeMutableRawPointer
    private let dispose: (Discarded) -> Void

    init(_ type: ValueType, _ root: UnsafeMutableRawPointer, _ dispose: @escaping (Discarded) -> Void) {
        (self.type, self.root, self.dispose) = (type, root, dispose)
    }

    /// Pages that have changed since are held by nobody else, and they can be many.
    deinit { dispose(.collection(root, type)) }
}
