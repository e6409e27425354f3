import Structures

/// A collection by its type: the one place where each type of value says what it is made of.
public protocol TypedCollection: CollectionValue {
    /// The type, as `TYPE` names it.
    static var type: ValueType { get }
}

extension ValueType {
    /// Bytes that a large collection takes outside of its entry.
    func footprint(root: UnsafeMutableRawPointer) -> Int {
        func bytes<Root: CollectionRoot>(_ type: Root.Type) -> Int {
            root.assumingMemoryBound(to: type).pointee.bytes + MemoryLayout<Root>.size + 16
        }
        switch self {
        case .string: return 0
        case .list, .set, .sortedSet, .hash, .stream: preconditionFailure("no such collection yet")
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
        case .list, .set, .sortedSet, .hash, .stream: preconditionFailure("no such collection yet")
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
        case .list, .set, .sortedSet, .hash, .stream: preconditionFailure("no such collection yet")
        }
    }
}
