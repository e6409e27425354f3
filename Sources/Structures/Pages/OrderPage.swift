import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A leaf of an `OrderTree`.
///
///     header │ records, in any order →       free       ← slots, in order, the first one last │
///
///     record = length (1 byte, or 255 and 4 bytes), member
///     slot   = key (8 bytes), where the record begins (2 bytes, the top bit is the mark)
///
/// The page's `used` is where the records end, its `first` how many bytes of records are left of removed elements. Keys
/// stand in the slots, so that a search reads a member only where keys are equal.
struct OrderPage {
    let page: Page

    @inline(__always)
    init(_ page: Page) { self.page = page }

    /// An empty page with room for contents of `size` bytes, the header included.
    init(fitting size: Int) {
        page = Page.allocate(capacity: Page.fittingCapacity(size))
    }

    static var slotSize: Int { 10 }

    /// Bytes of a member's record.
    @inline(__always)
    static func recordSize(_ member: Bytes) -> Int { member.count < 255 ? member.count &+ 1 : member.count &+ 5 }

    @inline(__always)
    var count: Int { page.count }
    /// Bytes of records that nobody needs any more.
    @inline(__always)
    var dead: Int { page.first }
    /// Bytes of header, elements and slots.
    @inline(__always)
    var live: Int { page.used &- dead &+ count &* OrderPage.slotSize }
    /// Bytes that are neither.
    @inline(__always)
    var waste: Int { page.capacity &- live }
    /// Bytes between the records and the slots.
    @inline(__always)
    var room: Int { page.capacity &- page.used &- count &* OrderPage.slotSize }

    // MARK: Reading

    @inline(__always)
    func slot(_ index: Int) -> UnsafeMutableRawPointer {
        page.base + (page.capacity &- (index &+ 1) &* OrderPage.slotSize)
    }

    @inline(__always)
    func key(_ index: Int) -> UInt64 { slot(index).loadUnaligned(as: UInt64.self) }

    @inline(__always)
    private func place(_ index: Int) -> UInt16 { slot(index).loadUnaligned(fromByteOffset: 8, as: UInt16.self) }

    @inline(__always)
    func isMarked(_ index: Int) -> Bool { place(index) & 0x8000 != 0 }

    @inline(__always)
    func member(_ index: Int) -> Bytes { OrderPage.member(page.base + Int(place(index) & 0x7FFF)) }

    @inline(__always)
    func element(_ index: Int) -> OrderElement {
        let place = place(index)
        let member = OrderPage.member(page.base + Int(place & 0x7FFF))
        return OrderElement(key: key(index), member: member, isMarked: place & 0x8000 != 0)
    }

    @inline(__always)
    private static func member(_ record: UnsafeMutableRawPointer) -> Bytes {
        let count = Int(record.load(as: UInt8.self))
        if _fastPath(count < 255) { return Bytes(base: record + 1, count: count) }
        return Bytes(base: record + 5, count: Int(record.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    /// Whether the element at `index` stands before (`key`, `member`).
    @inline(__always)
    func precedes(_ index: Int, _ key: UInt64, _ member: Bytes) -> Bool {
        let own = self.key(index)
        return own == key ? self.member(index) < member : own < key
    }

    /// Whether the element at `index` stands after (`key`, `member`).
    @inline(__always)
    func follows(_ index: Int, _ key: UInt64, _ member: Bytes) -> Bool {
        let own = self.key(index)
        return own == key ? member < self.member(index) : key < own
    }

    /// The first index from whose element on `isBefore` does not hold any more.
    @inline(__always)
    func partition(_ isBefore: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if isBefore(middle) { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Where (`key`, `member`) is, or belongs.
    @inline(__always)
    func lowerBound(_ key: UInt64, _ member: Bytes) -> Int { partition { precedes($0, key, member) } }

    // MARK: Changing

    /// Puts an element before the one at `index`. There must be room.
    func insert(_ element: OrderElement, at index: Int) {
        assert(room >= OrderPage.recordSize(element.member) + OrderPage.slotSize)
        let last = slot(count)
        memmove(last, last + OrderPage.slotSize, (count &- index) &* OrderPage.slotSize)
        let mark: UInt16 = element.isMarked ? 0x8000 : 0
        let slot = slot(index)
        slot.storeBytes(of: element.key, as: UInt64.self)
        slot.storeBytes(of: UInt16(page.used) | mark, toByteOffset: 8, as: UInt16.self)
        writeRecord(element.member)
        page.count = count &+ 1
    }

    private func writeRecord(_ member: Bytes) {
        let record = page.base + page.used
        let size = OrderPage.recordSize(member)
        if member.count < 255 {
            record.storeBytes(of: UInt8(member.count), as: UInt8.self)
        } else {
            record.storeBytes(of: 255, as: UInt8.self)
            record.storeBytes(of: UInt32(member.count), toByteOffset: 1, as: UInt32.self)
        }
        memcpy(record + (size &- member.count), member.base, member.count)
        page.used = page.used &+ size
    }

    /// Appends elements of another page, in their order. There must be room.
    func append(_ other: OrderPage, _ range: Range<Int>) {
        for index in range { insert(other.element(index), at: count) }
    }

    /// Takes elements out; what their records took is dead.
    func remove(_ range: Range<Int>) {
        for index in range { bury(index) }
        let last = slot(count &- 1)
        let moved = (count &- range.upperBound) &* OrderPage.slotSize
        memmove(last + range.count &* OrderPage.slotSize, last, moved)
        page.count = count &- range.count
    }

    @inline(__always)
    private func bury(_ index: Int) {
        let start = Int(place(index) & 0x7FFF)
        let size = OrderPage.recordSize(OrderPage.member(page.base + start))
        if start &+ size == page.used {
            page.used = start
        } else {
            page.first = dead &+ size
        }
    }

    /// Where to divide a page of several elements so that both parts have about the same size.
    var middle: Int {
        var size = 0
        var index = 0
        let half = (live - Page.headerSize) / 2
        while size < half, index < count - 1 {
            size += OrderPage.recordSize(member(index)) + OrderPage.slotSize
            index += 1
        }
        return max(1, index)
    }
}
