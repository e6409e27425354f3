import Primitives
import Structures

/// A collection by its type: the one place where each type of value says what it is made of.
public protocol TypedCollection: CollectionValue {
    /// The type, as `TYPE` names it.
    static var type: ValueType { get }
}

extension ListValue: TypedCollection {
    /// A list.
    @inlinable public static var type: ValueType { .list }
}

extension SetValue: TypedCollection {
    /// A set.
    @inlinable public static var type: ValueType { .set }
}

extension SortedSetValue: TypedCollection {
    /// A sorted set.
    @inlinable public static var type: ValueType { .sortedSet }
}

extension HashValue: TypedCollection {
    /// A hash.
    @inlinable public static var type: ValueType { .hash }
}

extension StreamValue: TypedCollection {
    /// A stream.
    @inlinable public static var type: ValueType { .stream }
}

extension ValueType {
    /// Bytes that a large collection takes outside of its entry.
    func footprint(root: UnsafeMutableRawPointer) -> Int {
        func bytes<Root: CollectionRoot>(_ type: Root.Type) -> Int {
            root.assumingMemoryBound(to: type).pointee.bytes + MemoryLayout<Root>.size + 16
        }
        switch self {
        case .string: return 0
        case .list: return bytes(ListRoot.self)
        case .set: return bytes(SetRoot.self)
        case .sortedSet: return bytes(SortedSetRoot.self)
        case .hash: return bytes(HashRoot.self)
        case .stream: return bytes(StreamRoot.self)
        }
    }

    /// Frees a large collection. Any thread may do it.
    public func free(root: UnsafeMutableRawPointer) {
        func free<Root: CollectionRoot>(_ type: Root.Type) {
            let typed = root.assumingMemoryBound(to: type)
            typed.pointee.free()
            typed.deinitialize(count: 1)
            typed.deallocate()
        }
        switch self {
        case .string: return
        case .list: free(ListRoot.self)
        case .set: free(SetRoot.self)
        case .sortedSet: free(SortedSetRoot.self)
        case .hash: free(HashRoot.self)
        case .stream: free(StreamRoot.self)
        }
    }

    /// A root with the same contents, which both hold from here on.
    func share(root: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        func share<Root: CollectionRoot>(_ type: Root.Type) -> UnsafeMutableRawPointer {
            let copy = UnsafeMutablePointer<Root>.allocate(capacity: 1)
            copy.initialize(to: root.assumingMemoryBound(to: type).pointee.shared())
            return UnsafeMutableRawPointer(copy)
        }
        switch self {
        case .string: return root
        case .list: return share(ListRoot.self)
        case .set: return share(SetRoot.self)
        case .sortedSet: return share(SortedSetRoot.self)
        case .hash: return share(HashRoot.self)
        case .stream: return share(StreamRoot.self)
        }
    }
}

extension Entry {
    /// Where the look-up of a member is going to read; nil unless the value is a large collection of members.
    @inline(__always)
    public func forecast(_ member: Bytes) -> HashForecast? {
        guard encoding == .tree else { return nil }
        return switch type {
        case .hash: root.assumingMemoryBound(to: HashRoot.self).pointee.forecast(member)
        case .set: root.assumingMemoryBound(to: SetRoot.self).pointee.forecast(member)
        case .sortedSet: root.assumingMemoryBound(to: SortedSetRoot.self).pointee.forecast(member)
        case .string, .list, .stream: nil
        }
    }
}
