import Primitives

/// Something that has its place by a stream ID.
public protocol StreamOrdered {
    /// What it is ordered by.
    var id: StreamID { get }
}

extension StreamID: StreamOrdered {
    /// Itself.
    public var id: StreamID { self }
}

/// Elements in the order of their IDs, in pages: found in logarithmic time, added and removed at the cost of a page, and
/// of moving the list of pages when one comes or goes.
///
/// 1. No page is empty, none has more than `pageCapacity` elements.
/// 2. `firsts[i]` is the ID of the first element of `pages[i]`.
/// 3. A copy shares its pages; whoever changes one copies that.
public struct OrderedPages<Element: StreamOrdered> {
    private var pages: [[Element]] = []
    private var firsts: [StreamID] = []
    /// The number of elements.
    public private(set) var count = 0
    private var pageBytes = 0

    private static var pageCapacity: Int { 64 }
    /// What an array takes beside its elements.
    private static var arrayOverhead: Int { 48 }

    init() {}

    /// Bytes of it all.
    var bytes: Int { pageBytes + pages.capacity * 8 + firsts.capacity * MemoryLayout<StreamID>.stride }

    /// The element with the least ID.
    public var first: Element? { pages.first?.first }
    /// The element with the greatest ID.
    public var last: Element? { pages.last?.last }

    /// The element with an ID.
    public subscript(id: StreamID) -> Element? { place(of: id).map { pages[$0.page][$0.index] } }

    private struct Place {
        var page: Int
        var index: Int
    }

    /// The page where an ID is or belongs; 0 without pages.
    private func page(for id: StreamID) -> Int {
        // New IDs are the highest most of the time.
        if let last = firsts.last, last <= id { return firsts.count - 1 }
        var low = 0
        var high = firsts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= id { low = middle } else { high = middle }
        }
        return low
    }

    /// Where the first element that is not less than `id` is; perhaps after the last of its page.
    private func lowerBound(_ id: StreamID) -> Place {
        let page = self.page(for: id)
        guard page < pages.count else { return Place(page: 0, index: 0) }
        return Place(page: page, index: OrderedPages.lowerBound(id, in: pages[page]))
    }

    private static func lowerBound(_ id: StreamID, in elements: [Element]) -> Int {
        guard let last = elements.last, last.id >= id else { return elements.count }
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func place(of id: StreamID) -> Place? {
        let place = lowerBound(id)
        guard place.page < pages.count, place.index < pages[place.page].count,
            pages[place.page][place.index].id == id
        else { return nil }
        return place
    }

    /// Calls `body` with the elements from an ID on, in order, until it returns false.
    public func forEach(from id: StreamID = .zero, _ body: (Element) -> Bool) {
        var place = lowerBound(id)
        while place.page < pages.count {
            let elements = pages[place.page]
            while place.index < elements.count {
                if !body(elements[place.index]) { return }
                place.index += 1
            }
            place = Place(page: place.page + 1, index: 0)
        }
    }

    /// Adds an element, or puts it in the place of the one with its ID.
    mutating func set(_ element: Element) {
        let place = lowerBound(element.id)
        if place.page < pages.count, place.index < pages[place.page].count,
            pages[place.page][place.index].id == element.id
        {
            // Of a page that another list holds too, the copy may have other room.
            pageBytes -= OrderedPages.bytes(of: pages[place.page])
            pages[place.page][place.index] = element
            pageBytes += OrderedPages.bytes(of: pages[place.page])
        } else {
            insert(element, at: place)
        }
    }

    private mutating func insert(_ element: Element, at place: Place) {
        count += 1
        if pages.isEmpty { return insertPage([element], at: 0) }
        guard pages[place.page].count == OrderedPages.pageCapacity else { return insert(element, into: place) }
        if place.index == OrderedPages.pageCapacity { return insertPage([element], at: place.page + 1) }
        splitPage(place.page)
        let half = pages[place.page].count
        insert(
            element, into: place.index <= half ? place : Place(page: place.page + 1, index: place.index - half))
    }

    private mutating func insert(_ element: Element, into place: Place) {
        pageBytes -= OrderedPages.bytes(of: pages[place.page])
        pages[place.page].insert(element, at: place.index)
        pageBytes += OrderedPages.bytes(of: pages[place.page])
        if place.index == 0 { firsts[place.page] = element.id }
    }

    private mutating func splitPage(_ index: Int) {
        let half = OrderedPages.pageCapacity / 2
        let right = Array(pages[index][half...])
        pageBytes -= OrderedPages.bytes(of: pages[index])
        pages[index].removeSubrange(half...)
        pageBytes += OrderedPages.bytes(of: pages[index])
        insertPage(right, at: index + 1)
    }

    private mutating func insertPage(_ page: [Element], at index: Int) {
        pageBytes += OrderedPages.bytes(of: page)
        firsts.insert(page[0].id, at: index)
        pages.insert(page, at: index)
    }

    private static func bytes(of page: [Element]) -> Int {
        arrayOverhead + page.capacity * MemoryLayout<Element>.stride
    }

    /// Removes and returns the element with an ID.
    @discardableResult
    mutating func remove(_ id: StreamID) -> Element? {
        guard let place = place(of: id) else { return nil }
        count -= 1
        if pages[place.page].count == 1 {
            pageBytes -= OrderedPages.bytes(of: pages[place.page])
            firsts.remove(at: place.page)
            return pages.remove(at: place.page)[0]
        }
        pageBytes -= OrderedPages.bytes(of: pages[place.page])
        let element = pages[place.page].remove(at: place.index)
        pageBytes += OrderedPages.bytes(of: pages[place.page])
        if place.index == 0 { firsts[place.page] = pages[place.page][0].id }
        return element
    }

    /// Whether the invariants hold; for tests.
    var isSound: Bool {
        var last: StreamID?
        for (page, first) in zip(pages, firsts) {
            guard !page.isEmpty, page.count <= OrderedPages.pageCapacity, page[0].id == first else { return false }
            for element in page {
                if let last, last >= element.id { return false }
                last = element.id
            }
        }
        return pages.count == firsts.count && pages.reduce(0) { $0 + $1.count } == count
            && pages.reduce(0) { $0 + OrderedPages.bytes(of: $1) } == pageBytes
    }
}
