import Primitives
import RESP
import Storage
import Structures

// Commands that move elements from list to list, and those that pop from the first list there is.

let moveCommands: [Command] = [
    Command(
        "lmove", .list, since: "6.2.0", arity: 5, [.write, .denyoom], keys: moveKeys,
        syntax: "source destination (LEFT|RIGHT) (LEFT|RIGHT)", complexity: "O(1)",
        summary: "Moves an element from an end of a list to an end of another and returns it."
    ) { call throws(CommandError) in try move(&call, MoveEnds(call)) },
    Command(
        "rpoplpush", .list, since: "1.2.0", arity: 3, [.write, .denyoom], keys: moveKeys, syntax: "source destination",
        complexity: "O(1)", summary: "Moves the last element of a list to the head of another and returns it.",
        deprecated: .init(since: "6.2.0", replacement: "`LMOVE` with the `RIGHT` and `LEFT` arguments")
    ) { call throws(CommandError) in try move(&call, .rightToLeft) },
    Command(
        "lmovem", .list, since: "8.10.0", arity: -5, [.write, .denyoom], keys: moveKeys,
        syntax: "source destination (LEFT|RIGHT) (LEFT|RIGHT) [(COUNT count|EXACTLY exactly) (OBO|BULK)]",
        complexity: "O(N) with N elements moved.",
        summary: "Moves several elements from an end of a list to an end of another and returns them."
    ) { call throws(CommandError) in
        let request = try SeveralMoves(call, from: 5)
        if try !moveSeveral(&call, request) { call.reply.nullArray() }
    },
    Command(
        "lmpop", .list, since: "7.0.0", arity: -4, [.write, .movablekeys],
        keys: [KeySpecification(.index(1), .count(index: 0, first: 1, step: 1), [.readWrite, .access, .delete])],
        syntax: "numkeys key [key ...] (LEFT|RIGHT) [COUNT count]",
        complexity: "O(N + M) with N keys and M elements returned.",
        summary: "Removes elements from an end of the first list there is and returns them."
    ) { call throws(CommandError) in
        if try !popFirst(&call, FirstPop(call, at: 1)) { call.reply.nullArray() }
    },
]

let moveKeys: [KeySpecification] = [
    .key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert]),
]

// MARK: One element

/// From where to where an element moves.
struct MoveEnds {
    let from: ListEnd
    let to: ListEnd

    static let rightToLeft = MoveEnds(from: .tail, to: .head)

    init(from: ListEnd, to: ListEnd) {
        self.from = from
        self.to = to
    }

    /// From the third and fourth arguments.
    init(_ call: Call) throws(CommandError) {
        var reader = call.options(from: 3)
        from = try reader.listEnd()
        to = try reader.listEnd()
    }
}

extension ArgumentReader {
    /// The end that `LEFT` or `RIGHT` names.
    mutating func listEnd() throws(CommandError) -> ListEnd {
        if take("left") { return .head }
        if take("right") { return .tail }
        throw .syntax
    }
}

private func move(_ call: inout Call, _ ends: MoveEnds) throws(CommandError) {
    if try !moveOne(&call, ends) { call.reply.null() }
}

/// Moves an element and replies it; false where there is no source.
func moveOne(_ call: inout Call, _ ends: MoveEnds) throws(CommandError) -> Bool {
    let source = call.key(1)
    guard let entry = try call.entry(source, of: ListValue.self) else { return false }
    let target = call.key(2)
    let targetEntry = try call.entry(target, of: ListValue.self)
    let list = entry.view(as: ListValue.self)
    list.withElement(at: ends.from == .head ? 0 : list.count - 1) { element in
        element.withBytes { bytes in
            // The element's own place goes while it is pushed elsewhere.
            withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { scratch in
                scratch.copyMemory(from: bytes.buffer)
                let copy = Bytes(base: UnsafeRawPointer(scratch.baseAddress!), count: bytes.count)
                call.reply.bulk(copy)
                call.transfer(1, (source, entry), (target, targetEntry), ends) { _ in copy }
            }
        }
    }
    return true
}

extension Call {
    /// Pushes `count` elements, and takes as many from the source: with the events of a push and a pop, in this order, as
    /// `count` changes.
    fileprivate func transfer(
        _ count: Int, _ source: (key: Key, entry: Entry), _ target: (key: Key, entry: Entry?), _ ends: MoveEnds,
        _ bytes: (Int) -> Bytes
    ) {
        let limits = limits
        if source.key.bytes == target.key.bytes {
            edit(source.key, source.entry, as: ListValue.self, event: ends.to.pushEvent) { list in
                list.turn(count, from: ends.from, to: ends.to, limits, bytes)
                return ((), count)
            }
            return keyspace.notify(ends.from.popEvent, source.key.bytes, database)
        }
        edit(target.key, target.entry, as: ListValue.self, event: ends.to.pushEvent) { list in
            list.push(count, at: ends.to, limits, bytes)
            return ((), count)
        }
        // One change for each element, not two.
        keyspace.changes &-= count
        removeElements(source.key, source.entry, count, at: ends.from)
    }
}

// MARK: Several elements

/// What LMOVEM is asked for.
struct SeveralMoves {
    let ends: MoveEnds
    /// The most elements to move.
    private(set) var most = 1
    /// Fewer are not moved at all.
    private(set) var isExact = false
    /// The elements keep the order that they have in the source, whatever the ends.
    private(set) var keepsOrder = false

    /// - Parameter position: of the arguments that say how many.
    init(_ call: Call, from position: Int) throws(CommandError) {
        ends = try MoveEnds(call)
        var reader = call.options(from: position)
        if reader.isAtEnd { return }
        if let count = try reader.value(after: "exactly") {
            most = try SeveralMoves.positive(count)
            isExact = true
        } else if let count = try reader.value(after: "count") {
            most = try SeveralMoves.positive(count)
        } else {
            throw .syntax
        }
        keepsOrder = reader.take("bulk")
        guard keepsOrder || reader.take("obo"), reader.isAtEnd else { throw .syntax }
    }

    private static func positive(_ text: Bytes) throws(CommandError) -> Int {
        guard let value = text.integer, value > 0 else { throw .countNotPositive }
        return Int(value)
    }

    /// How many elements of so many are moved.
    func number(of count: Int) -> Int { isExact && count < most ? 0 : min(most, count) }

    /// Whether the elements stand in the destination as they stood in the source.
    var isSameOrder: Bool { keepsOrder || ends.from != ends.to }
}

/// Moves elements and replies them as they stand in the destination; false where there are none, or too few.
func moveSeveral(_ call: inout Call, _ request: SeveralMoves) throws(CommandError) -> Bool {
    let source = call.key(1)
    guard let entry = try call.entry(source, of: ListValue.self) else { return false }
    let target = call.key(2)
    let targetEntry = try call.entry(target, of: ListValue.self)
    let list = entry.view(as: ListValue.self)
    let number = request.number(of: list.count)
    guard number > 0 else { return false }
    let moved = ElementCopies(list, from: request.ends.from == .head ? 0 : list.count - number, number)
    call.reply.array(number)
    for index in 0..<number {
        moved.withBytes(at: request.isSameOrder ? index : number - 1 - index) { call.reply.bulk($0) }
    }
    // What is pushed at the head first comes to stand last.
    let isForward = request.isSameOrder == (request.ends.to == .tail)
    moved.withAll { elements in
        call.transfer(number, (source, entry), (target, targetEntry), request.ends) { index in
            elements(isForward ? index : number - 1 - index)
        }
    }
    return true
}

/// Elements that have been copied out of a list.
private struct ElementCopies {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    init(_ list: ListValue, from index: Int, _ count: Int) {
        list.forEach(from: index, count) { element in
            element.withBytes { bytes.append($0) }
            ends.append(bytes.count)
        }
    }

    func withBytes(at index: Int, _ body: (Bytes) -> Void) { withAll { body($0(index)) } }

    /// Shows `body` a function that finds each element.
    func withAll(_ body: ((Int) -> Bytes) -> Void) {
        bytes.withBytes { all in body { all[ends[$0]..<ends[$0 + 1]] } }
    }
}

// MARK: From the first list

/// What LMPOP is asked for.
struct FirstPop {
    let keys: Range<Int>
    let end: ListEnd
    private(set) var count = 1

    /// - Parameter position: of the number of keys.
    init(_ call: Call, at position: Int) throws(CommandError) {
        guard let number = call.arguments[position].integer, number > 0 else {
            throw .message("ERR numkeys should be greater than 0")
        }
        guard number < call.arguments.count - position - 1 else { throw .syntax }
        keys = position + 1..<position + 1 + Int(number)
        var reader = call.options(from: keys.upperBound)
        end = try reader.listEnd()
        guard !reader.isAtEnd else { return }
        guard let text = try reader.value(after: "count") else { throw .syntax }
        guard let value = text.integer, value > 0 else { throw .countNotPositive }
        guard reader.isAtEnd else { throw .syntax }
        count = Int(value)
    }
}

extension CommandError {
    fileprivate static var countNotPositive: CommandError { .message("ERR count should be greater than 0") }
}

/// Pops from the first list there is and replies its key and the elements; false where there is none.
func popFirst(_ call: inout Call, _ request: FirstPop) throws(CommandError) -> Bool {
    for index in request.keys {
        let key = call.key(index)
        guard let entry = try call.entry(key, of: ListValue.self) else { continue }
        call.reply.array(2)
        call.reply.bulk(key.bytes)
        let number = popReplying(call, key, entry, at: request.end, request.count)
        call.recordEffect(3) { effect in
            effect.append(request.end.popCommand)
            effect.append(key.bytes)
            effect.append(Int64(number))
        }
        return true
    }
    return false
}
