import Primitives
import Testing

@testable import Structures

/// A tree whose leaves hold up to eight 64-bit numbers in rising order: the smallest collection there can be.
private struct NumberTree {
    var tree = PageTree()

    static let most = 8

    private static func numbers(_ page: Page) -> UnsafeMutablePointer<UInt64> {
        (page.base + Page.headerSize).assumingMemoryBound(to: UInt64.self)
    }

    private static func page(_ numbers: [UInt64]) -> Page {
        let page = Page.allocate(capacity: Page.headerSize + most * 8)
        for (index, number) in numbers.enumerated() { NumberTree.numbers(page)[index] = number }
        page.count = numbers.count
        return page
    }

    static func contents(_ page: Page) -> [UInt64] { (0..<page.count).map { numbers(page)[$0] } }

    /// Leaves are keyed by a tenth of their numbers, so that many share a key.
    private static func key(_ number: UInt64) -> UInt64 { number / 10 }

    private func path(_ number: UInt64) -> TreePath? {
        tree.leaf(for: NumberTree.key(number)) { number < NumberTree.numbers($0)[0] }
    }

    mutating func insert(_ number: UInt64) {
        guard var path = path(number) else { return tree.begin(with: NumberTree.page([number])) }
        let leaf = tree.exclusiveLeaf(&path)
        var all = NumberTree.contents(leaf)
        all.insert(number, at: all.firstIndex { $0 > number } ?? all.count)
        guard all.count > NumberTree.most else {
            for (index, number) in all.enumerated() { NumberTree.numbers(leaf)[index] = number }
            leaf.count = all.count
            return tree.addCount(1, path)
        }
        let kept = number == all.last ? NumberTree.most : number == all.first ? 1 : 5
        let (left, right) = (Array(all[..<kept]), Array(all[kept...]))
        if number == all.first {
            tree.insertLeaf(NumberTree.page(left), before: path, key: NumberTree.key(right[0]))
        } else {
            let before = leaf.count
            for (index, number) in left.enumerated() { NumberTree.numbers(leaf)[index] = number }
            leaf.count = left.count
            tree.addCount(left.count - before, path)
            tree.insertLeaf(NumberTree.page(right), key: NumberTree.key(right[0]), after: path)
        }
    }

    mutating func remove(_ number: UInt64) -> Bool {
        guard var path = path(number) else { return false }
        let leaf = tree.exclusiveLeaf(&path)
        var all = NumberTree.contents(leaf)
        guard let index = all.firstIndex(of: number) else { return false }
        all.remove(at: index)
        if all.isEmpty {
            tree.removeLeaf(path)
            return true
        }
        for (index, number) in all.enumerated() { NumberTree.numbers(leaf)[index] = number }
        leaf.count = all.count
        tree.addCount(-1, path)
        if let next = path.nextSibling, next.count + all.count <= NumberTree.most { absorb(next, leaf, path) }
        return true
    }

    private mutating func absorb(_ next: Page, _ leaf: Page, _ path: TreePath) {
        for (index, number) in NumberTree.contents(next).enumerated() {
            NumberTree.numbers(leaf)[leaf.count + index] = number
        }
        leaf.count += next.count
        tree.absorbNextSibling(path)
    }

    var all: [UInt64] {
        var found: [UInt64] = []
        guard var path = tree.firstLeaf() else { return [] }
        repeat { found += NumberTree.contents(path.leaf) } while path.moveToNext()
        return found
    }

    var backwards: [UInt64] {
        var found: [UInt64] = []
        guard var path = tree.lastLeaf() else { return [] }
        repeat { found += NumberTree.contents(path.leaf).reversed() } while path.moveToPrevious()
        return found
    }

    func element(_ index: Int) -> UInt64? {
        tree.leaf(at: index).map { NumberTree.numbers($0.path.leaf)[$0.offset] }
    }

    func rank(_ number: UInt64) -> Int? {
        guard let path = path(number), let offset = NumberTree.contents(path.leaf).firstIndex(of: number) else {
            return nil
        }
        return tree.rank(of: path) + offset
    }
}

@Suite struct PageTreeTests {
    private func check(_ tree: NumberTree, _ model: [UInt64]) {
        #expect(tree.all == model)
        #expect(tree.backwards == model.reversed())
        #expect(tree.tree.count == model.count)
        for index in stride(from: 0, to: model.count, by: 7) {
            #expect(tree.element(index) == model[index])
            #expect(tree.rank(model[index]) == index)
        }
        #expect(tree.element(model.count) == nil)
    }

    @Test func growsInOrderAtEitherEnd() {
        for order in [Array(0..<UInt64(20_000)), Array((0..<UInt64(20_000)).reversed())] {
            var tree = NumberTree()
            for number in order { tree.insert(number) }
            check(tree, order.sorted())
            // A tree that grows at one end only is nearly full.
            #expect(tree.tree.leafCount < 20_000 * 10 / 75)
            tree.tree.free()
        }
    }

    /// Where a number stands in a sorted array, or would.
    private func place(of number: UInt64, in model: [UInt64]) -> Int {
        var (low, high) = (0, model.count)
        while low < high {
            let middle = (low + high) / 2
            if model[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    @Test(arguments: [1, 2, 3]) func behavesAsASortedArray(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var tree = NumberTree()
        var model: [UInt64] = []
        for round in 0..<6 {
            let growing = round % 2 == 0
            for _ in 0..<8000 {
                let number = UInt64.random(in: 0..<30_000, using: &random)
                let index = place(of: number, in: model)
                let isThere = index < model.count && model[index] == number
                if growing, !isThere {
                    model.insert(number, at: index)
                    tree.insert(number)
                } else if !growing {
                    if isThere { model.remove(at: index) }
                    let wasThere = tree.remove(number)
                    #expect(wasThere == isThere)
                }
            }
            check(tree, model)
        }
        let removed = model.filter { tree.remove($0) }
        #expect(removed == model)
        check(tree, [])
        #expect(tree.tree.bytes == 0)
        #expect(tree.tree.leafCount == 0)
    }

    @Test func aSharedTreeStaysAsItWasWhileTheOtherChanges() {
        var random = RandomSource(seed: 5)
        var tree = NumberTree()
        for number in 0..<UInt64(5000) { tree.insert(number * 2) }
        let before = tree.all
        var copies: [NumberTree] = []
        for round in 0..<5 {
            copies.append(NumberTree(tree: tree.tree.shared()))
            let then = tree.all
            for _ in 0..<2000 {
                let number = UInt64.random(in: 0..<10_000, using: &random)
                if !tree.remove(number) { tree.insert(number) }
            }
            #expect(copies[round].all == then)
        }
        #expect(copies[0].all == before)
        let now = tree.all
        for index in [2, 0, 4, 1, 3] { copies[index].tree.free() }
        #expect(tree.all == now)
        let removed = now.filter { tree.remove($0) }
        #expect(removed == now)
        #expect(tree.tree.bytes == 0)
    }

    @Test func anEmptyTreeHasNoLeaf() {
        let tree = PageTree()
        #expect(
            tree.firstLeaf() == nil && tree.lastLeaf() == nil && tree.leaf(at: 0) == nil && tree.leaf(for: 1) == nil)
    }
}
