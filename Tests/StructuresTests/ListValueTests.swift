import Primitives
import Testing

@testable import Structures

/// A list beside an array that ought to hold the same.
private struct ListPair {
    var list = ListValue(packed: Packed())
    var model: [[UInt8]] = []
    var limits: CollectionLimits

    init(maxListpackSize: Int) {
        limits = CollectionLimits(hash: KeyHash(seed: 1))
        limits.listMaxListpackSize = maxListpackSize
    }

    mutating func push(_ elements: [[UInt8]], at end: ListEnd) {
        let views = elements.map(Kept.init)
        list.push(elements.count, at: end, limits) { views[$0].bytes }
        if end == .head { model.insert(contentsOf: elements.reversed(), at: 0) } else { model += elements }
    }

    mutating func pop(at end: ListEnd) {
        var popped: [UInt8] = []
        list.pop(at: end, limits) { element in popped = element.withBytes { Array($0) } }
        #expect(popped == (end == .head ? model.removeFirst() : model.removeLast()))
    }

    mutating func remove(_ number: Int, at end: ListEnd) {
        list.remove(number, at: end, limits)
        if end == .head { model.removeFirst(number) } else { model.removeLast(number) }
    }

    mutating func insert(_ element: [UInt8], at index: Int) {
        list.insert(Kept(element).bytes, at: index, limits)
        model.insert(element, at: index)
    }

    mutating func replace(at index: Int, with element: [UInt8]) {
        list.replace(at: index, with: Kept(element).bytes, limits)
        model[index] = element
    }

    mutating func removeMatches(of element: [UInt8], from end: ListEnd, most: Int) {
        let removed = list.removeMatches(of: Kept(element).bytes, from: end, most: most, limits)
        var matches = model.indices.filter { model[$0] == element }
        matches = end == .head ? Array(matches.prefix(most)) : matches.suffix(most)
        for index in matches.reversed() { model.remove(at: index) }
        #expect(removed == matches.count)
    }

    mutating func turn(_ number: Int, from: ListEnd, to: ListEnd) {
        let moved = Array(from == .head ? model.prefix(number) : model.suffix(number))
        let views = moved.map(Kept.init)
        list.turn(number, from: from, to: to, limits) { views[$0].bytes }
        if from == .head { model.removeFirst(number) } else { model.removeLast(number) }
        if to == .head { model.insert(contentsOf: moved.reversed(), at: 0) } else { model += moved }
    }

    var contents: [[UInt8]] { ListPair.contents(list) }

    static func contents(_ list: ListValue) -> [[UInt8]] {
        var found: [[UInt8]] = []
        list.forEach { element in found.append(element.withBytes { Array($0) }) }
        return found
    }

    func check() {
        #expect(list.count == model.count)
        #expect(contents == model)
        for index in stride(from: 0, to: model.count, by: max(1, model.count / 50)) {
            let element = list.withElement(at: index) { element in element.withBytes { Array($0) } }
            #expect(element == model[index])
        }
        #expect(list.withElement(at: model.count) { _ in true } == nil)
        checkPages()
    }

    /// Pages are as large as they say, and hold what they count; small ones stand beside large ones only.
    private func checkPages() {
        guard let tree = list.root?.pointee.tree, var path = tree.firstLeaf() else { return }
        var count = 0
        var bytes = 0
        repeat {
            let leaf = ListPage(path.leaf)
            #expect(leaf.page.count > 0 && leaf.page.first >= Page.headerSize && leaf.page.used <= leaf.page.capacity)
            #expect(Listpack.skip(leaf.page.count, from: leaf.start) == leaf.end)
            #expect(leaf.page.capacity <= Page.largest || leaf.page.count == 1)
            count += leaf.page.count
            bytes += Page.footprint(leaf.page.capacity)
        } while path.moveToNext()
        #expect(count == tree.count && bytes <= tree.bytes)
    }
}

/// Bytes that stay where they are for as long as a test runs.
private struct Kept {
    let bytes: Bytes

    init(_ array: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, array.count), alignment: 1)
        memory.copyMemory(from: array, byteCount: array.count)
        bytes = Bytes(base: UnsafeRawPointer(memory), count: array.count)
    }
}

private func text(_ value: some CustomStringConvertible) -> [UInt8] { Array(value.description.utf8) }

@Suite struct ListValueTests {
    private let integers: [Int64] = [
        0, 7, 127, 128, -1, 4095, -4096, 4096, 32767, -32768, 32768, 8_388_607, -8_388_608, 8_388_608, 2_147_483_647,
        -2_147_483_648, 2_147_483_648, .max, .min,
    ]

    private func element(_ random: inout RandomSource) -> [UInt8] {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: text(integers.randomElement(using: &random)!)
        case 25..<50: text("e\(Int.random(in: 0..<8, using: &random))")
        case 50..<90: [UInt8](repeating: 0xFF, count: Int.random(in: 0..<90, using: &random))
        case 90..<98: [UInt8](repeating: 0x41, count: Int.random(in: 0..<3000, using: &random))
        default:
            [UInt8](repeating: 0x42, count: [4040, 4064, 4080, 5000, 17_000, 70_000].randomElement(using: &random)!)
        }
    }

    private func change(_ pair: inout ListPair, _ random: inout RandomSource, growing: Bool) {
        let end: ListEnd = Bool.random(using: &random) ? .head : .tail
        let count = pair.model.count
        guard count > 0 else { return pair.push([element(&random)], at: end) }
        switch Int.random(in: 0..<(growing ? 10 : 14), using: &random) {
        case 0..<4: pair.push((0..<Int.random(in: 1..<4, using: &random)).map { _ in element(&random) }, at: end)
        case 4, 5: pair.insert(element(&random), at: Int.random(in: 0...count, using: &random))
        case 6, 7: pair.replace(at: Int.random(in: 0..<count, using: &random), with: element(&random))
        case 8: pair.turn(Int.random(in: 1...min(3, count), using: &random), from: end, to: end.opposite)
        case 9, 10: pair.pop(at: end)
        case 11: pair.remove(Int.random(in: 1...min(count, 9), using: &random), at: end)
        case 12:
            let element = pair.model.randomElement(using: &random)!
            pair.removeMatches(of: element, from: end, most: Int.random(in: 1..<4, using: &random))
        default: pair.removeMatches(of: pair.model.randomElement(using: &random)!, from: end, most: .max)
        }
    }

    @Test(arguments: [-2, -1, -5, 1, 5, 128, 100_000], [1, 2] as [UInt64])
    func behavesAsAnArray(maxListpackSize: Int, seed: UInt64) {
        var random = RandomSource(seed: seed)
        var pair = ListPair(maxListpackSize: maxListpackSize)
        for round in 0..<8 {
            for _ in 0..<(round == 7 ? 1500 : 300) { change(&pair, &random, growing: round % 2 == 0) }
            pair.check()
        }
        while !pair.model.isEmpty { pair.pop(at: pair.model.count % 3 == 0 ? .head : .tail) }
        pair.check()
        pair.list.free()
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func aSharedListStaysAsItWas(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var pair = ListPair(maxListpackSize: 16)
        for _ in 0..<600 { change(&pair, &random, growing: true) }
        var copies: [(root: ListRoot, contents: [[UInt8]])] = []
        for _ in 0..<4 {
            guard let root = pair.list.root else { break }
            copies.append((root.pointee.shared(), pair.model))
            for _ in 0..<200 { change(&pair, &random, growing: false) }
            pair.check()
        }
        #expect(!copies.isEmpty)
        for (root, contents) in copies {
            let pointer = UnsafeMutablePointer<ListRoot>.allocate(capacity: 1)
            pointer.initialize(to: root)
            #expect(ListPair.contents(ListValue(root: pointer)) == contents)
            ListValue(root: pointer).free()
        }
        pair.check()
        pair.list.free()
    }

    // MARK: Forms

    @Test func aListOfManyBytesBecomesLargeAsInTheReference() {
        var pair = ListPair(maxListpackSize: -2)
        for _ in 0..<79 { pair.push([[UInt8](repeating: 0x61, count: 100)], at: .tail) }
        #expect(pair.list.encodingName == "listpack")
        pair.push([[UInt8](repeating: 0x61, count: 100)], at: .tail)
        #expect(pair.list.encodingName == "quicklist")
        while pair.model.count > 2 { pair.pop(at: .head) }
        #expect(pair.list.encodingName == "listpack")
        pair.check()
    }

    @Test func aListOfManyElementsBecomesLargeAsInTheReference() {
        var pair = ListPair(maxListpackSize: 128)
        for number in 0..<128 { pair.push([text(number)], at: .tail) }
        #expect(pair.list.encodingName == "listpack")
        pair.push([text("x")], at: .tail)
        #expect(pair.list.encodingName == "quicklist")
        while pair.model.count > 65 { pair.pop(at: .tail) }
        #expect(pair.list.encodingName == "quicklist")
        pair.pop(at: .tail)
        #expect(pair.list.encodingName == "listpack")
        pair.check()
    }

    @Test func aPackedListOfManyBytesIsTooLargeHoweverManyElementsAreAllowed() {
        var pair = ListPair(maxListpackSize: 100)
        pair.push([[UInt8](repeating: 0x61, count: 8000)], at: .tail)
        #expect(pair.list.encodingName == "listpack")
        pair.push([[UInt8](repeating: 0x61, count: 200)], at: .head)
        #expect(pair.list.encodingName == "quicklist")
        pair.check()
    }

    // MARK: Pages

    @Test(arguments: [ListEnd.head, .tail]) func pagesAreFullWhereAListGrowsAtOneEnd(end: ListEnd) throws {
        var pair = ListPair(maxListpackSize: -2)
        for number in 0..<20_000 { pair.push([text("element-\(number)")], at: end) }
        pair.check()
        let tree = try #require(pair.list.root?.pointee.tree)
        let bytes = pair.model.reduce(0) { $0 + $1.count + 2 }
        #expect(tree.bytes < bytes * 104 / 100)
    }

    @Test func aQueueDoesNotGrow() throws {
        var pair = ListPair(maxListpackSize: -2)
        for number in 0..<1000 { pair.push([text("element-\(number)")], at: .tail) }
        let before = try #require(pair.list.root?.pointee.bytes)
        for number in 0..<10_000 {
            pair.push([text("element-\(number % 1000)")], at: .tail)
            pair.pop(at: .head)
        }
        pair.check()
        #expect(try #require(pair.list.root?.pointee.bytes) < before + 4096 * 2)
    }

    @Test func pagesAreJoinedWhenTheyBecomeSmall() throws {
        var pair = ListPair(maxListpackSize: 4)
        for number in 0..<20_000 { pair.push([text(number % 10 == 0 ? "kept" : "gone")], at: .tail) }
        pair.removeMatches(of: text("gone"), from: .head, most: .max)
        pair.check()
        let root = try #require(pair.list.root)
        #expect(root.pointee.bytes < 2000 * 6 * 2)
    }

    @Test func insertingInOnePlaceAgainAndAgainKeepsPagesHalfFull() throws {
        var pair = ListPair(maxListpackSize: 4)
        for number in 0..<1000 { pair.push([text("element-\(number)")], at: .tail) }
        for number in 0..<3000 { pair.insert(text("inserted-\(number)"), at: 500) }
        pair.check()
        #expect(try #require(pair.list.root?.pointee.bytes) < 4000 * 16 * 2)
    }

    @Test func elementsAreFoundFromEitherEnd() {
        var pair = ListPair(maxListpackSize: 4)
        for number in 0..<5000 { pair.push([text(number % 100)], at: .tail) }
        var found: [Int] = []
        pair.list.forEachMatch(of: .integer(42), from: .tail, most: 250) { index in
            found.append(index)
            return true
        }
        #expect(found == [4942, 4842])
        found = []
        pair.list.forEachMatch(of: .integer(42)) { index in
            found.append(index)
            return found.count < 3
        }
        #expect(found == [42, 142, 242])
        pair.list.free()
    }
}

extension StaticString {
    fileprivate static func == (left: StaticString, right: String) -> Bool { "\(left)" == right }
}
