#if canImport(Glibc)
    import Glibc
#endif

/// An end of a list.
public enum ListEnd: Sendable {
    case head, tail

    /// The other end.
    @inlinable
    public var opposite: ListEnd { self == .head ? .tail : .head }
}

/// A leaf of a large list: elements one after the other, and free room at either end, so that pushing and popping there
/// move nothing.
///
///     │ header │ free │ element │ element │ … │ element │ free │
///              24     first                             used   capacity
struct ListPage {
    let page: Page

    @inline(__always)
    init(_ page: Page) { self.page = page }

    /// A new page with a copy of encoded elements.
    init(copying start: UnsafeRawPointer, size: Int, count: Int) {
        page = Page.allocate(capacity: ListPage.capacity(for: Page.headerSize + size))
        memcpy(page.base + Page.headerSize, start, size)
        page.first = Page.headerSize
        page.used = Page.headerSize + size
        page.count = count
    }

    /// A new page for an element of `size` bytes, which has yet to be written, with room for more on the side of `end`.
    init(for size: Int, growingAt end: ListEnd) {
        page = Page.allocate(capacity: ListPage.capacity(for: Page.headerSize + size, spare: Page.step))
        page.first = end == .head ? page.capacity : Page.headerSize
        page.used = page.first
    }

    /// The first element.
    @inline(__always)
    var start: UnsafeRawPointer { UnsafeRawPointer(page.base + page.first) }
    /// Behind the last element.
    @inline(__always)
    var end: UnsafeRawPointer { UnsafeRawPointer(page.base + page.used) }
    /// Bytes of all elements.
    @inline(__always)
    var size: Int { page.used &- page.first }
    /// Bytes that a page with these elements needs.
    @inline(__always)
    var neededCapacity: Int { Page.headerSize &+ size }

    /// A capacity for `size` bytes in all, and about so many more: never for more than one element beyond the largest page.
    static func capacity(for size: Int, spare: Int = 0) -> Int {
        // The C library puts eight bytes before each block and keeps multiples of sixteen.
        size > Page.largest ? size : min(Page.largest, (size + spare + 23) & ~15 - 8)
    }

    /// A capacity for `size` bytes in all, with so much to spare that a page does not grow with every element.
    static func capacity(growingTo size: Int) -> Int { capacity(for: size, spare: max(Page.step, size / 8)) }

    /// Where the element at an index begins, found from the nearer end.
    func place(of index: Int) -> UnsafeRawPointer {
        if index <= page.count / 2 { return Listpack.skip(index, from: start) }
        return Listpack.skipBack(page.count - index, from: end)
    }

    /// Free bytes before or behind the elements.
    @inline(__always)
    func room(at end: ListEnd) -> Int {
        end == .head ? page.first &- Page.headerSize : page.capacity &- page.used
    }

    /// Adds an element of `size` bytes, for which there is room, at an end.
    @inline(__always)
    func push(_ element: Element, _ size: Int, at end: ListEnd) {
        if end == .head {
            page.first &-= size
            Listpack.write(element, to: page.base + page.first)
        } else {
            Listpack.write(element, to: page.base + page.used)
            page.used &+= size
        }
        page.count &+= 1
    }

    /// Shows `body` the element at an end, and takes it away.
    @inline(__always)
    func pop(at end: ListEnd, _ body: (Element) -> Void) {
        if end == .head {
            let (element, next) = Listpack.read(start)
            body(element)
            page.first &+= next - start
        } else {
            let place = Listpack.previous(self.end)
            body(Listpack.read(place).element)
            page.used &-= self.end - place
        }
        page.count &-= 1
    }

    /// Takes some elements, not all, away from an end.
    func drop(_ number: Int, at end: ListEnd) {
        if end == .head {
            page.first += place(of: number) - start
        } else {
            page.used -= self.end - place(of: page.count - number)
        }
        page.count -= number
    }

    /// Makes the `old` bytes at `place` `new` in number, where the page has the capacity, and returns where they are: the
    /// shorter part beside them moves if there is room on its side.
    func change(at place: UnsafeRawPointer, _ old: Int, to new: Int) -> UnsafeMutableRawPointer {
        let before = place - start
        let delta = new - old
        if delta > room(at: .head), delta > room(at: .tail) { slide(to: Page.headerSize) }
        let behind = size - before - old
        let movesHead = delta > room(at: .tail) || (before < behind && delta <= room(at: .head))
        let base = page.base + page.first
        if movesHead {
            memmove(base - delta, base, before)
            page.first -= delta
            return base + before - delta
        }
        memmove(base + before + new, base + before + old, behind)
        page.used += delta
        return base + before
    }

    /// Moves all elements so that the first begins at an offset.
    func slide(to offset: Int) {
        guard offset != page.first else { return }
        let size = size
        memmove(page.base + offset, start, size)
        page.first = offset
        page.used = offset + size
    }

    /// How many elements equal one.
    func matches(of element: Element) -> Int {
        var place = start
        var found = 0
        for _ in 0..<page.count {
            let (candidate, next) = Listpack.read(place)
            if candidate == element { found += 1 }
            place = next
        }
        return found
    }

    /// Removes `number` of the elements that equal one, after leaving `skipped` of them.
    func removeMatches(of element: Element, skipping skipped: Int, _ number: Int) {
        let kept = Listpack.removeMatches(
            of: element, from: page.base + page.first, count: page.count, skipping: skipped, number)
        page.used = page.first + kept
        page.count -= number
    }
}

extension Listpack {
    /// Where the element `count` elements after the one at `place` begins.
    static func skip(_ count: Int, from place: UnsafeRawPointer) -> UnsafeRawPointer {
        var place = place
        for _ in 0..<count { place = next(place) }
        return place
    }

    /// Where the element `count` elements before `place` begins.
    static func skipBack(_ count: Int, from place: UnsafeRawPointer) -> UnsafeRawPointer {
        var place = place
        for _ in 0..<count { place = previous(place) }
        return place
    }

    /// Of `count` elements, removes `number` of those that equal one after leaving `skipped` of them. Returns the bytes
    /// that are left.
    static func removeMatches(
        of element: Element, from start: UnsafeMutableRawPointer, count: Int, skipping skipped: Int, _ number: Int
    ) -> Int {
        var source = UnsafeRawPointer(start)
        var target = start
        var found = 0
        for _ in 0..<count {
            let (candidate, next) = read(source)
            let isMatch = candidate == element
            if isMatch { found += 1 }
            if !isMatch || found <= skipped || found > skipped + number {
                if UnsafeRawPointer(target) != source { memmove(target, source, next - source) }
                target += next - source
            }
            source = next
        }
        return target - start
    }
}
