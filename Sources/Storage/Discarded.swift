/// Memory that goes back when the last reference to it does.
open class DiscardedMemory {
    /// How much it is.
    public let byteCount: Int

    /// So many bytes.
    public init(byteCount: Int) { self.byteCount = byteCount }
}

/// Something large that was thrown away, to be freed where that makes nobody wait.
public enum Discarded {
    /// A database, with the only reference to it.
    case database(Unmanaged<Database>)
    /// The root of a large collection.
    case collection(UnsafeMutableRawPointer, ValueType)
    /// Anything else, with the only reference to it.
    case memory(Unmanaged<DiscardedMemory>)

    /// Frees it. Any thread may do it.
    public func free() {
        switch self {
        case .database(let reference): reference.release()
        case .collection(let root, let type): type.free(root: root)
        case .memory(let reference): reference.release()
        }
    }

    /// Bytes that it takes, with what others may hold of it.
    public var byteCount: Int {
        switch self {
        case .database(let reference): reference._withUnsafeGuaranteedRef { $0.liveBytes }
        case .collection(let root, let type): type.footprint(root: root)
        case .memory(let reference): reference._withUnsafeGuaranteedRef { $0.byteCount }
        }
    }

    private static let memoryTag: UInt = 7

    /// One word that stands for it: all of it lies at multiples of eight, so the type fits beside the address. No string is a
    /// large collection; its number stands for a database. No type has the number of other memory.
    public var word: UInt {
        switch self {
        case .database(let reference): UInt(bitPattern: reference.toOpaque())
        case .collection(let root, let type): UInt(bitPattern: root) | UInt(type.rawValue)
        case .memory(let reference): UInt(bitPattern: reference.toOpaque()) | Discarded.memoryTag
        }
    }

    /// What a word stands for.
    public init(word: UInt) {
        let address = UnsafeMutableRawPointer(bitPattern: word & ~7)!
        if word & 7 == Discarded.memoryTag {
            self = .memory(Unmanaged.fromOpaque(address))
            return
        }
        let type = ValueType(rawValue: UInt8(word & 7))!
        self = type == .string ? .database(Unmanaged.fromOpaque(address)) : .collection(address, type)
    }
}
