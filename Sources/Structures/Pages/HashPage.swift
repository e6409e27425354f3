import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A leaf of a `HashTree`: records in any order from the end down, and slots in the order of hashes from the header up.
///
///     header │ slot slot slot …        free        … record │ record │ record
///
///     slot   = hash                 UInt32
///              place and flag       UInt16   bytes from the record's start to the page's end; the top bit is the flag
///
/// `used` counts the bytes of records, garbage included, which `first` counts: a record that goes leaves its bytes
/// where they are until room is needed. `second` is a shift of places, 0 for all pages but those with records so large
/// that 15 bits could not tell their place: there records begin at multiples of 2^shift.
///
/// Slots come first so that whoever comes down the tree knows where to look without reading the header.
@frozen @usableFromInline
struct HashPage {
    @usableFromInline let page: Page

    @inlinable @inline(__always)
    init(_ page: Page) { self.page = page }

    @inlinable static var slotSize: Int { 6 }

    /// A new page with room for so many bytes of records and slots.
    static func make(contents: Int, count: Int) -> HashPage {
        let total = contents + Page.headerSize
        let shift = max(0, Int.bitWidth - total.leadingZeroBitCount - 14)
        let page = Page.allocate(capacity: Page.fittingCapacity(total + (shift > 0 ? count << shift : 0)))
        page.used = 0
        page.second = shift
        return HashPage(page)
    }

    @inlinable @inline(__always)
    var count: Int { page.count }

    /// Bytes between slots and records.
    @inline(__always)
    var free: Int { page.capacity &- Page.headerSize &- page.count &* HashPage.slotSize &- page.used }

    /// Bytes of slots, and of records that are in use.
    @inline(__always)
    var contents: Int { page.count &* HashPage.slotSize &+ page.used &- page.first }

    /// Bytes that a record takes in the page.
    @inline(__always)
    func room(_ size: Int) -> Int {
        let shift = page.second
        return ((size &- 1) >> shift &+ 1) << shift
    }

    // MARK: Slots

    @inlinable @inline(__always)
    func slot(_ index: Int) -> UnsafeMutableRawPointer {
        page.base + (Page.headerSize &+ index &* HashPage.slotSize)
    }

    @inlinable @inline(__always)
    func hash(_ index: Int) -> UInt32 { slot(index).loadUnaligned(as: UInt32.self) }

    @inlinable @inline(__always)
    func isFlagged(_ index: Int) -> Bool { slot(index).loadUnaligned(fromByteOffset: 4, as: UInt16.self) >> 15 != 0 }

    func setFlag(_ index: Int, _ flag: Bool) {
        let place = slot(index).loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        slot(index).storeBytes(of: place & 0x7FFF | (flag ? 0x8000 : 0), toByteOffset: 4, as: UInt16.self)
    }

    /// Where the record of a slot begins.
    @inlinable @inline(__always)
    func base(_ index: Int) -> UnsafeMutableRawPointer {
        let place = Int(slot(index).loadUnaligned(fromByteOffset: 4, as: UInt16.self) & 0x7FFF)
        return page.base + (page.capacity &- place << page.second)
    }

    @inlinable @inline(__always)
    func record(_ index: Int, _ format: RecordFormat) -> HashRecord {
        let (member, payload) = format.read(base(index))
        return HashRecord(member: member, payload: payload, isFlagged: isFlagged(index))
    }

    @inline(__always)
    private func writeSlot(_ index: Int, _ hash: UInt32, place: Int, flag: Bool) {
        slot(index).storeBytes(of: hash, as: UInt32.self)
        let word = UInt16(truncatingIfNeeded: place >> page.second) | (flag ? 0x8000 : 0)
        slot(index).storeBytes(of: word, toByteOffset: 4, as: UInt16.self)
    }

    /// The first slot whose hash is not less than `hash`. Hashes are spread evenly over the page's range, so the answer
    /// is near a guess.
    @inline(__always)
    func lowerBound(_ hash: UInt32, _ range: HashRange, count: Int) -> Int {
        var index = range.guess(UInt64(hash), among: count)
        if self.hash(index) < hash {
            repeat { index &+= 1 } while index < count && self.hash(index) < hash
        } else {
            while index > 0 && self.hash(index &- 1) >= hash { index &-= 1 }
        }
        return index
    }

    /// The slot of a member, or the one before which it belongs.
    @inline(__always)
    func search(
        _ member: Bytes, _ hash: UInt32, _ range: HashRange, count: Int, _ format: RecordFormat
    ) -> (index: Int, isFound: Bool) {
        var index = lowerBound(hash, range, count: count)
        while index < count, self.hash(index) == hash {
            if format.isRecord(at: base(index), of: member) { return (index, true) }
            index &+= 1
        }
        return (index, false)
    }

    // MARK: Changing

    /// Puts a slot at `index`, and returns the start of `size` bytes for its record, for which there has to be room.
    @inline(__always)
    func insert(at index: Int, _ hash: UInt32, size: Int, flag: Bool) -> UnsafeMutableRawPointer {
        let count = page.count
        memmove(slot(index &+ 1), slot(index), (count &- index) &* HashPage.slotSize)
        page.count = count &+ 1
        let place = page.used &+ room(size)
        page.used = place
        writeSlot(index, hash, place: place, flag: flag)
        return page.base + (page.capacity &- place)
    }

    /// Gives the record of a slot `size` bytes elsewhere, for which there has to be room, and returns their start.
    func move(_ index: Int, from old: Int, to size: Int, flag: Bool) -> UnsafeMutableRawPointer {
        let place = page.used + room(size)
        page.used = place
        page.first += room(old)
        writeSlot(index, hash(index), place: place, flag: flag)
        return page.base + (page.capacity - place)
    }

    /// Removes a slot; its record of `size` bytes becomes garbage.
    func remove(at index: Int, size: Int) {
        let room = room(size)
        if base(index) == page.base + (page.capacity - page.used) { page.used -= room } else { page.first += room }
        memmove(slot(index), slot(index + 1), (page.count - index - 1) * HashPage.slotSize)
        page.count -= 1
    }

    /// Moves the records to the end of a page that was larger or smaller, with `before` bytes.
    func moveRecords(from before: Int) {
        memmove(page.base + (page.capacity - page.used), page.base + (before - page.used), page.used)
    }

    // MARK: Rebuilding

    /// Bytes of slots and records in `range`.
    func contents(of range: Range<Int>, _ format: RecordFormat) -> Int {
        var sum = range.count * HashPage.slotSize
        for index in range { sum += format.size(at: base(index)) }
        return sum
    }

    /// Appends records of another page, whose hashes are no smaller than those here.
    func append(_ source: HashPage, _ range: Range<Int>, _ format: RecordFormat) {
        for index in range {
            let base = source.base(index)
            let size = format.size(at: base)
            memcpy(insert(at: count, source.hash(index), size: size, flag: source.isFlagged(index)), base, size)
        }
    }

    /// A page with the records in `range` and room for `more` bytes.
    func rebuilt(_ range: Range<Int>, more: Int = 0, _ format: RecordFormat) -> HashPage {
        let page = HashPage.make(contents: contents(of: range, format) + more, count: range.count + 1)
        page.append(self, range, format)
        return page
    }

    /// A page with all records, of which that at `changed` gets a payload of another size, not yet written.
    func rebuilt(changing changed: Int, payload: Int, _ format: RecordFormat) -> HashPage {
        let member = record(changed, format).member
        let size = format.size(member: member.count, payload: payload)
        let contents = contents(of: 0..<count, format) - format.size(at: base(changed)) + size
        let target = HashPage.make(contents: contents, count: count)
        target.append(self, 0..<changed, format)
        let base = target.insert(at: changed, hash(changed), size: size, flag: isFlagged(changed))
        _ = format.write(member, payload: payload, to: base)
        target.append(self, changed + 1..<count, format)
        return target
    }

    /// Where to divide the page into halves as equal as can be, not between equal hashes; nil if there is no such
    /// place.
    func middle(_ format: RecordFormat) -> Int? {
        let total = contents(of: 0..<count, format)
        var best: (index: Int, difference: Int)?
        var sum = 0
        for index in 0..<count {
            let difference = abs(2 * sum - total)
            let divides = index > 0 && hash(index) != hash(index - 1)
            if divides, best.map({ difference < $0.difference }) ?? true { best = (index, difference) }
            sum += HashPage.slotSize + format.size(at: base(index))
        }
        return best?.index
    }
}

/// The hashes that can be under a page.
struct HashRange {
    var low: UInt64 = 0
    /// Beyond the last.
    var high: UInt64 = 1 << 32

    /// Where among `count` places spread evenly over the range a hash in it should be.
    @inline(__always)
    func guess(_ hash: UInt64, among count: Int) -> Int {
        Int(truncatingIfNeeded: (hash &- low) &* UInt64(truncatingIfNeeded: count) / (high &- low))
    }
}
