import Primitives
import Structures

/// Elements of a packed collection as some release of the reference wrote it. Making one checks all of its bytes, so that
/// reading on cannot fail; a copy is a place to come back to.
protocol PackedSource {
    /// - Parameter offset: where an error is to be placed.
    /// - Throws: where anything about the bytes is not as the format says, or their number is another than they claim.
    init(_ bytes: Bytes, at offset: Int) throws(RDBError)
    /// Elements in all.
    var count: Int { get }
    /// Where errors are placed.
    var offset: Int { get }
    /// The next element, an integer wherever it is the text of one; nil at the end.
    mutating func next() -> Element?
}

extension PackedSource {
    func error(_ reason: String) -> RDBError { RDBError(offset: offset, reason) }

    /// The greatest length among every `step`th element.
    func longest(every step: Int = 1) -> Int {
        var copy = self
        var longest = 0
        var index = 0
        while let element = copy.next() {
            if index % step == 0 { longest = max(longest, element.count) }
            index += 1
        }
        return longest
    }

    /// How many groups of `size` elements there are.
    func groups(of size: Int) throws(RDBError) -> Int {
        guard count % size == 0 else { throw error("an element without its partner") }
        return count / size
    }
}

/// Elements that have been seen, to notice one that comes again. The elements must stay where they are meanwhile.
struct SeenElements: ~Copyable {
    private let slots: UnsafeMutablePointer<Element?>
    private let mask: Int
    private let hash: KeyHash

    /// For up to `count` elements.
    init(count: Int, _ hash: KeyHash) {
        var capacity = 8
        while capacity < 2 * count { capacity *= 2 }
        mask = capacity - 1
        self.hash = hash
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
    }

    deinit { slots.deallocate() }

    /// Whether an element is new.
    mutating func insert(_ element: Element) -> Bool {
        var index = Int(truncatingIfNeeded: element.hash(by: hash)) & mask
        while let other = slots[index] {
            if other == element { return false }
            index = (index + 1) & mask
        }
        slots[index] = element
        return true
    }
}

extension Element {
    fileprivate func hash(by hash: KeyHash) -> UInt64 {
        switch self {
        case .bytes(let bytes): return hash(bytes)
        case .integer(var integer): return withUnsafeBytes(of: &integer) { hash(Bytes($0)) }
        }
    }
}
