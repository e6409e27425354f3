import Primitives
import Storage
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// Copies of the elements to be sorted, with what they are sorted by. They are copies since looking at other keys may
/// let keys expire.
struct SortItems {
    private struct Item {
        var element: Range<Int>
        var weight = 0.0
        /// The text to sort by; nil if the key that would say it is missing.
        var text: Range<Int>?
    }

    private var items: [Item] = []
    /// The bytes of all elements and texts.
    private var bytes: [UInt8] = []

    var count: Int { items.count }

    /// Calls `body` with the element at an index.
    func withElement(_ index: Int, _ body: (Bytes) -> Void) {
        bytes.withBytes { body($0[items[index].element]) }
    }

    private mutating func append(_ text: Bytes) -> Range<Int> {
        let start = bytes.count
        bytes.append(text)
        return start..<bytes.count
    }

    // MARK: Loading

    /// Copies the elements of a collection in its own order.
    mutating func load(_ entry: Entry) throws(CommandError) {
        switch entry.type {
        case .list: entry.view(as: ListValue.self).forEach { add($0) }
        case .set: entry.view(as: SetValue.self).forEach { add($0) }
        case .sortedSet: entry.view(as: SortedSetValue.self).forEach { add(.bytes($0.member)) }
        case .string, .hash, .stream: throw .wrongType
        }
    }

    /// Puts the elements in the order of their bytes.
    mutating func sortByElement() {
        bytes.withBytes { bytes in items.sort { bytes[$0.element] < bytes[$1.element] } }
    }

    /// Turns the order round.
    mutating func reverse() { items.reverse() }

    private mutating func add(_ element: Element) {
        let range = element.withBytes { append($0) }
        items.append(Item(element: range))
    }

    // MARK: Sorting

    /// Sorts as requested.
    mutating func sort(by request: SortRequest, _ call: Call) throws(CommandError) {
        if request.isByText {
            findTexts(request.by, call)
        } else {
            try findWeights(request.by, call)
        }
        let isOrdered = request.isByText ? SortItems.precedesByText : SortItems.precedesByWeight
        bytes.withBytes { bytes in
            items.sort { request.isDescending ? isOrdered($1, $0, bytes) : isOrdered($0, $1, bytes) }
        }
    }

    private mutating func findTexts(_ pattern: SortPattern?, _ call: Call) {
        for index in items.indices {
            guard let pattern else {
                items[index].text = items[index].element
                continue
            }
            let element = Array(bytes[items[index].element])
            var found: Range<Int>?
            element.withBytes { pattern.withValue(for: $0, call) { value in found = value.map { append($0) } } }
            items[index].text = found
        }
    }

    /// Elements without a number to sort by count as 0.
    private mutating func findWeights(_ pattern: SortPattern?, _ call: Call) throws(CommandError) {
        var areNumbers = true
        for index in items.indices {
            var weight: Double? = 0
            withElement(index) { element in
                guard let pattern else { return weight = element.weight }
                pattern.withValue(for: element, call) { value in if let value { weight = value.weight } }
            }
            if weight == nil { areNumbers = false }
            items[index].weight = weight ?? 0
        }
        guard areNumbers else { throw .message("ERR One or more scores can't be converted into double") }
    }

    private static func precedesByWeight(_ left: Item, _ right: Item, _ bytes: Bytes) -> Bool {
        if left.weight != right.weight { return left.weight < right.weight }
        return bytes[left.element] < bytes[right.element]
    }

    /// What has no text comes first. Equal texts leave the elements in the order in which they are, since sorting is
    /// stable.
    private static func precedesByText(_ left: Item, _ right: Item, _ bytes: Bytes) -> Bool {
        guard let text = left.text else { return right.text != nil }
        guard let other = right.text else { return false }
        return bytes[text] < bytes[other]
    }
}

extension Bytes {
    /// The number that text stands for as `strtod` reads it, blanks before it allowed; 0 for nothing, nil if there is
    /// more than a number, if it is none, or if it is too large or too small for a double.
    fileprivate var weight: Double? {
        if let integer { return Double(integer) }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { text -> Double? in
            memcpy(text.baseAddress!, base, count)
            text[count] = 0
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = strtod(text.baseAddress!, &end)
            guard end!.pointee == 0, errno != ERANGE, !value.isNaN else { return nil }
            return value
        }
    }
}
