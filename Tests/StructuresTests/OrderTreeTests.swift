import Primitives
import Testing

@testable import Structures

/// What an `OrderTree` holds, as values.
private struct Item: Hashable, Comparable {
    var key: UInt64
    var member: [UInt8]
    var isMarked = false

    init(_ key: UInt64, _ member: [UInt8]) {
        self.key = key
        self.member = member
        isMarked = member.count % 3 == 0
    }

    init(_ element: OrderElement) {
        key = element.key
        member = Array(element.member)
        isMarked = element.isMarked
    }

    static func < (left: Item, right: Item) -> Bool {
        left.key == right.key ? left.member.lexicographicallyPrecedes(right.member) : left.key < right.key
    }
}

extension OrderTree {
    fileprivate mutating func insert(_ item: Item) {
        item.member.withBytes { insert(OrderElement(key: item.key, member: $0, isMarked: item.isMarked)) }
    }

    fileprivate mutating func remove(_ item: Item) -> Bool { item.member.withBytes { remove(item.key, $0) } }

    fileprivate func rank(of item: Item) -> Int { item.member.withBytes { rank(of: item.key, $0) } }

    fileprivate func contains(_ item: Item) -> Bool { item.member.withBytes { contains(item.key, $0) } }

    fileprivate func items(_ ranks: Range<Int>) -> [Item] {
        var found: [Item] = []
        forEach(in: ranks) { found.append(Item($0)) }
        return found
    }

    fileprivate var all: [Item] { items(0..<count) }
}

extension [Item] {
    /// How many items at the beginning, all of them sorted, are so.
    fileprivate func count(atStart isBefore: (Item) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

@Suite struct OrderTreeTests {
    /// Compares a tree with a model around a place, and as a whole from a distance.
    private func check(_ tree: OrderTree, _ model: [Item], around place: Int) throws {
        try #require(tree.count == model.count)
        try #require(tree.first.map { Item($0) } == model.first)
        try #require(tree.last.map { Item($0) } == model.last)
        let window = max(0, place - 20)..<min(model.count, place + 20)
        try #require(tree.items(window) == Array(model[window]))
        for index in window { try #require(tree.rank(of: model[index]) == index) }
    }

    private func check(_ tree: OrderTree, _ model: [Item]) throws {
        let isEqual = tree.all == model
        try #require(isEqual)
        try #require(tree.count == model.count)
        try #require(tree.first.map { Item($0) } == model.first)
        try #require(tree.last.map { Item($0) } == model.last)
        for index in stride(from: 0, to: model.count, by: 13) {
            try #require(tree.rank(of: model[index]) == index)
            try #require(tree.element(at: index).map { Item($0) } == model[index])
            let end = min(model.count, index + index % 300)
            try #require(tree.items(index..<end) == Array(model[index..<end]))
            var backwards: [Item] = []
            tree.forEachReversed(in: index..<end) { backwards.append(Item($0)) }
            try #require(backwards == model[index..<end].reversed())
            let key = model[index].key
            let first = model.count(atStart: { $0.key < key })
            try #require(tree.rank(ofFirst: key) == first)
            try #require(tree.rank(afterLast: key) == model.count(atStart: { $0.key <= key }))
            try #require(tree.rank { $0.key < key } == first)
        }
    }

    private func item(_ random: inout RandomSource, keys: UInt64, longest: Int) -> Item {
        let key = UInt64.random(in: 0..<keys, using: &random)
        let isLong = Int.random(in: 0..<50, using: &random) == 0
        let count = isLong ? Int.random(in: 0..<longest, using: &random) : Int.random(in: 1..<12, using: &random)
        return Item(key, (0..<count).map { _ in UInt8.random(in: 97...102, using: &random) })
    }

    @Test(arguments: [(1, 1, 12), (3, 40, 300), (100_000, 12, 12), (9, 6000, 2000)] as [(UInt64, Int, Int)])
    func behavesAsASortedArray(keys: UInt64, longest: Int, chunk: Int) throws {
        var random = RandomSource(seed: keys)
        var tree = OrderTree()
        var model: Set<Item> = []
        for _ in 0..<3 {
            for _ in 0..<4000 {
                let item = item(&random, keys: keys, longest: longest)
                if model.insert(item).inserted { tree.insert(item) }
            }
            try check(tree, model.sorted())
            for item in model.shuffled(using: &random).prefix(model.count * 3 / 4) {
                model.remove(item)
                let wasThere = tree.remove(item)
                try #require(wasThere && !tree.contains(item))
                let isThereStill = tree.remove(item)
                try #require(!isThereStill)
            }
            try check(tree, model.sorted())
        }
        var rest = model.sorted()
        var removals = 0
        while !rest.isEmpty {
            let start = Int.random(in: 0..<rest.count, using: &random)
            let end = min(rest.count, start + Int.random(in: 0...chunk, using: &random))
            tree.remove(in: start..<end)
            rest.removeSubrange(start..<end)
            removals += 1
            if removals % 8 == 0 { try check(tree, rest) } else { try check(tree, rest, around: start) }
        }
        #expect(tree.bytes == 0)
    }

    @Test(arguments: [false, true]) func growsAndShrinksAtEitherEnd(reversed: Bool) throws {
        var tree = OrderTree()
        let items = (0..<UInt64(20_000)).map { Item($0, Array("member:\($0)".utf8)) }
        for item in reversed ? items.reversed() : items { tree.insert(item) }
        try check(tree, items)
        // A tree that grows in order is full.
        #expect(tree.bytes < 20_000 * 26)
        for count in 1...50 { tree.remove(in: 0..<count) }
        try check(tree, Array(items.dropFirst(1275)))
        for count in 1...50 { tree.remove(in: tree.count - count..<tree.count) }
        try check(tree, Array(items.dropFirst(1275).dropLast(1275)))
        tree.remove(in: 0..<tree.count)
        #expect(tree.count == 0 && tree.bytes == 0 && tree.first == nil)
    }

    @Test func staysCompactWhileElementsComeAndGo() throws {
        var random = RandomSource(seed: 7)
        var tree = OrderTree()
        var items = (0..<10_000).map { Item(UInt64.random(in: 0..<1 << 40, using: &random), Array("m\($0)".utf8)) }
        for item in items { tree.insert(item) }
        for _ in 0..<50_000 {
            let index = Int.random(in: 0..<items.count, using: &random)
            let wasThere = tree.remove(items[index])
            #expect(wasThere)
            items[index].key = UInt64.random(in: 0..<1 << 40, using: &random)
            tree.insert(items[index])
        }
        try check(tree, items.sorted())
        let contents = items.reduce(0) { $0 + $1.member.count + 11 }
        #expect(tree.bytes < contents * 3 / 2)
        tree.free()
    }

    @Test func aSharedTreeStaysAsItWasWhileTheOtherChanges() throws {
        var random = RandomSource(seed: 9)
        var tree = OrderTree()
        var model: Set<Item> = []
        var copies: [(tree: OrderTree, items: [Item])] = []
        for _ in 0..<6 {
            for _ in 0..<2000 {
                let item = item(&random, keys: 500, longest: 20)
                if model.insert(item).inserted { tree.insert(item) }
            }
            copies.append((tree.shared(), model.sorted()))
            for item in model.shuffled(using: &random).prefix(model.count / 2) {
                model.remove(item)
                let wasThere = tree.remove(item)
                #expect(wasThere)
            }
        }
        for copy in copies { try check(copy.tree, copy.items) }
        try check(tree, model.sorted())
        for index in [3, 0, 5, 1, 4, 2] { copies[index].tree.free() }
        try check(tree, model.sorted())
        tree.remove(in: 0..<tree.count)
        #expect(tree.bytes == 0)
    }

    @Test func anEmptyTreeHasNothing() {
        let tree = OrderTree()
        #expect(tree.first == nil && tree.last == nil && tree.element(at: 0) == nil && tree.rank(ofFirst: 1) == 0)
    }
}
