import Primitives
import RESP
import Storage
import Structures

/// SORT and SORT_RO: the elements of a list, a set or a sorted set in an order of their own.
let sortCommands: [Command] = [
    Command(
        "sort", .generic, since: "1.0.0", arity: -2, [.write, .denyoom], [.set, .sortedset, .list, .dangerous],
        keys: [
            .key(1, [.readOnly, .access]), KeySpecification(.unknown, .unknown, [.readOnly, .access]),
            KeySpecification(.unknown, .unknown, [.overwrite, .update]),
        ],
        syntax: """
            key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA] [STORE destination]
            """,
        complexity: "O(N*log(N)) with N elements, O(N) where they are not sorted.",
        summary:
            "Sorts the elements of a list, a set or a sorted set, by themselves or by other keys, and returns or stores "
            + "them or what other keys say of them.",
        run: { call throws(CommandError) in try sort(&call, SortRequest(call, mayStore: true)) }),
    Command(
        "sort_ro", .generic, since: "7.0.0", arity: -2, [.readonly], [.set, .sortedset, .list, .dangerous],
        keys: [.key(1, [.readOnly, .access]), KeySpecification(.unknown, .unknown, [.readOnly, .access])],
        syntax: "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC|DESC] [ALPHA]",
        complexity: "O(N*log(N)) with N elements, O(N) where they are not sorted.",
        summary: "Sorts the elements of a list, a set or a sorted set as SORT does, without storing anything.",
        run: { call throws(CommandError) in try sort(&call, SortRequest(call, mayStore: false)) }),
]

/// What follows `SORT key`.
struct SortRequest {
    /// What to sort by; nil for the elements themselves.
    var by: SortPattern?
    /// Whether the elements are to come as they are.
    var isUnsorted = false
    var isDescending = false
    /// Whether by text instead of by number.
    var isByText = false
    var offset = 0
    /// Negative for all.
    var count = -1
    /// What to return of each element; empty for itself.
    var gets: [SortPattern] = []
    /// The argument that is the key to store the result in.
    var target: Int?

    init(_ call: Call, mayStore: Bool) throws(CommandError) {
        var options = call.options(from: 2)
        while !options.isAtEnd {
            if options.take("asc") {
                isDescending = false
            } else if options.take("desc") {
                isDescending = true
            } else if options.take("alpha") {
                isByText = true
            } else if options.remaining >= 3, options.take("limit") {
                offset = try SortRequest.bound(options.next())
                count = try SortRequest.bound(options.next())
            } else if mayStore, try options.value(after: "store") != nil {
                target = options.position - 1
            } else if let pattern = try options.value(after: "by") {
                by = SortPattern(pattern)
                if by?.hasPlaceholder == false {
                    isUnsorted = true
                } else if call.node.isClustered, by?.isWithin(slot: call.key(1).slot) == false {
                    throw SortRequest.crossingSlots("BY")
                } else if !call.mayReadAnyKey {
                    throw .message("ERR BY option of SORT denied due to insufficient ACL permissions.")
                }
            } else if let pattern = try options.value(after: "get") {
                let pattern = SortPattern(pattern)
                if call.node.isClustered, !pattern.isWithin(slot: call.key(1).slot) {
                    throw SortRequest.crossingSlots("GET")
                }
                guard call.mayReadAnyKey else {
                    throw .message("ERR GET option of SORT denied due to insufficient ACL permissions.")
                }
                gets.append(pattern)
            } else {
                throw .syntax
            }
        }
    }

    private static func crossingSlots(_ option: String) -> CommandError {
        .text(
            "ERR \(option) option of SORT denied in Cluster mode when keys formed by the pattern may be in different slots."
        )
    }

    private static func bound(_ text: Bytes) throws(CommandError) -> Int {
        guard let number = text.integer else { throw .notInteger }
        return Int(number)
    }

    /// Gives elements the order that they have without being sorted, or where they sort alike. That of a set is its own
    /// affair, which another node would not share: where the result is stored, or texts decide, it is that of the
    /// bytes.
    func prepare(_ items: inout SortItems, of type: ValueType) {
        let isSet = type == .set
        if isSet, isUnsorted ? target != nil : isByText && by != nil { items.sortByElement() }
        if isUnsorted, isDescending, !isSet || target != nil { items.reverse() }
    }

    /// The elements that the limit leaves of `total`.
    func range(of total: Int) -> Range<Int> {
        let start = min(max(offset, 0), total)
        return start..<(count < 0 ? total : start + min(count, total - start))
    }
}

private func sort(_ call: inout Call, _ request: SortRequest) throws(CommandError) {
    var items = SortItems()
    if let entry = call.read(call.key(1)) {
        try items.load(entry)
        request.prepare(&items, of: entry.type)
    }
    if !request.isUnsorted { try items.sort(by: request, call) }
    let range = request.range(of: items.count)
    if let target = request.target {
        storeSorted(call, items, range, request, call.key(target))
    } else {
        writeSorted(call, items, range, request)
    }
}

private func writeSorted(_ call: Call, _ items: SortItems, _ range: Range<Int>, _ request: SortRequest) {
    call.reply.array(range.count * max(1, request.gets.count))
    for index in range {
        items.withElement(index) { element in
            if request.gets.isEmpty { call.reply.bulk(element) }
            for pattern in request.gets {
                pattern.withValue(for: element, call) { value in
                    if let value { call.reply.bulk(value) } else { call.reply.null() }
                }
            }
        }
    }
}

private func storeSorted(
    _ call: Call, _ items: SortItems, _ range: Range<Int>, _ request: SortRequest, _ target: Key
) {
    let limits = call.limits
    var list = ListValue(packed: Packed())
    for index in range {
        items.withElement(index) { element in
            if request.gets.isEmpty { list.push(1, at: .tail, limits) { _ in element } }
            for pattern in request.gets {
                pattern.withValue(for: element, call) { value in
                    list.push(1, at: .tail, limits) { _ in value ?? .empty }
                }
            }
        }
    }
    let count = list.count
    call.store(target, list, event: .sortstore)
    call.reply.integer(count)
}
