import Primitives
import Testing

@testable import Structures

extension HashTree {
    fileprivate mutating func put(_ member: [UInt8], _ payload: [UInt8], flag: Bool, hash: UInt32? = nil) {
        member.withBytes { bytes in
            var place = locate(bytes, hash: hash ?? self.hash(of: bytes))
            let target =
                place.isFound
                ? replacePayload(at: &place, size: payload.count, flag: flag)
                : insert(bytes, at: &place, payloadSize: payload.count, flag: flag)
            target.copyMemory(from: payload, byteCount: payload.count)
            #expect(record(at: place).payload.buffer.elementsEqual(payload))
        }
    }

    fileprivate mutating func add(_ number: Int) { number.bytes.withBytes { _ = insert($0) } }

    fileprivate func contents() -> [[UInt8]: Entry] {
        var found: [[UInt8]: Entry] = [:]
        forEach { found[Array($0.member)] = Entry(payload: Array($0.payload), flag: $0.isFlagged) }
        return found
    }

    /// What must hold of the pages at any time.
    fileprivate func checkPages() {
        var hashes: [UInt32] = []
        var bytes = 0
        walkPages { page in
            let inUse = (0..<page.count).reduce(0) { $0 + page.room(format.size(at: page.base($1))) }
            #expect(page.count > 0 && page.page.used == inUse + page.page.first && page.free >= 0)
            #expect(page.page.capacity <= Page.largest || Set((0..<page.count).map(page.hash)).count == 1)
            if let last = hashes.last { #expect(last < page.hash(0)) }
            hashes += (0..<page.count).map(page.hash)
            bytes += Page.footprint(page.page.capacity)
            return true
        }
        #expect(hashes == hashes.sorted())
        #expect(hashes.count == count)
        #expect(bytes <= self.bytes)
    }
}

private struct Entry: Equatable {
    var payload: [UInt8]
    var flag: Bool
}

extension Int {
    fileprivate var bytes: [UInt8] { Array("member:\(self)".utf8) }
}

@Suite struct HashTreeTests {
    private let hash = KeyHash(seed: 7)

    @Test func findsWhatItHolds() {
        var tree = HashTree(.fixed(8), hash: hash)
        Bytes.with("one") { one in
            #expect(tree.find(one) == nil)
            tree.insert(one, payloadSize: 8)!.storeBytes(of: 1.5, as: Double.self)
            #expect(tree.insert(one, payloadSize: 8) == nil)
            #expect(tree.find(one)!.payload.base.loadUnaligned(as: Double.self) == 1.5)
            #expect(tree.count == 1)
            var place = tree.locate(one)
            tree.payload(at: &place).storeBytes(of: 2.5, as: Double.self)
            #expect(tree.find(one)!.payload.base.loadUnaligned(as: Double.self) == 2.5)
            let removals = [tree.remove(one), tree.remove(one)]
            #expect(removals == [true, false])
        }
        #expect(tree.count == 0 && tree.bytes == 0)
    }

    @Test(arguments: [1, 2, 3, 4]) func behavesAsADictionary(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var tree = HashTree(.varying, hash: hash)
        var model: [[UInt8]: Entry] = [:]
        for round in 0..<6 {
            for _ in 0..<4000 {
                let member = Int.random(in: 0..<6000, using: &random).bytes
                if Int.random(in: 0..<10, using: &random) < (round % 2 == 0 ? 8 : 2) {
                    let size = Int.random(in: 0..<(seed == 1 ? 20 : 90), using: &random)
                    let entry = Entry(
                        payload: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) },
                        flag: Bool.random(using: &random))
                    model[member] = entry
                    tree.put(member, entry.payload, flag: entry.flag)
                } else {
                    let wasThere = member.withBytes { tree.remove($0) }
                    #expect(wasThere == (model.removeValue(forKey: member) != nil))
                }
            }
            #expect(tree.contents() == model)
            tree.checkPages()
            for member in model.keys { member.withBytes { #expect(tree.contains($0)) } }
        }
        for member in model.keys { member.withBytes { _ = tree.remove($0) } }
        #expect(tree.count == 0 && tree.bytes == 0)
    }

    @Test(arguments: [1, 2, 3]) func livesWithMembersAndPayloadsOfAnySize(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let sizes = [0, 1, 20, 254, 255, 256, 3000, 5000, 40_000, 120_000]
        var tree = HashTree(.varying, hash: hash)
        var model: [[UInt8]: Entry] = [:]
        for _ in 0..<600 {
            let number = Int.random(in: 0..<60, using: &random)
            let member = [UInt8](repeating: UInt8(number), count: number % 6 == 0 ? number * 900 : number + 1)
            if Int.random(in: 0..<3, using: &random) == 0 {
                let wasThere = member.withBytes { tree.remove($0) }
                #expect(wasThere == (model.removeValue(forKey: member) != nil))
            } else {
                let payload = [UInt8](repeating: UInt8(number + 100), count: sizes.randomElement(using: &random)!)
                model[member] = Entry(payload: payload, flag: number % 2 == 0)
                tree.put(member, payload, flag: number % 2 == 0)
            }
        }
        #expect(tree.contents() == model)
        tree.checkPages()
        tree.free()
        #expect(tree.bytes == 0)
    }

    @Test(arguments: [1, 2, 3]) func keepsMembersOfEqualHashTogether(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var tree = HashTree(.varying, hash: hash)
        var model: [[UInt8]: Entry] = [:]
        for _ in 0..<2000 {
            let number = Int.random(in: 0..<600, using: &random)
            let hash = UInt32(number % 5) * 800_000_000
            if Bool.random(using: &random) {
                let size = number % 60 == 0 ? 40_000 : number % 70
                let entry = Entry(payload: [UInt8](repeating: UInt8(size % 256), count: size), flag: false)
                model[number.bytes] = entry
                tree.put(number.bytes, entry.payload, flag: false, hash: hash)
            } else {
                var place = number.bytes.withBytes { tree.locate($0, hash: hash) }
                #expect(place.isFound == (model.removeValue(forKey: number.bytes) != nil))
                if place.isFound { tree.remove(at: &place) }
            }
        }
        #expect(tree.contents() == model)
        tree.checkPages()
        tree.free()
    }

    @Test func aSharedTreeStaysAsItWasWhileTheOtherChanges() {
        var random = RandomSource(seed: 5)
        var tree = HashTree(.varying, hash: hash)
        for number in 0..<3000 { tree.put(number.bytes, [1, 2, 3], flag: false) }
        var copies: [(tree: HashTree, contents: [[UInt8]: Entry])] = []
        for round in 0..<5 {
            copies.append((tree.shared(), tree.contents()))
            for _ in 0..<1500 {
                let member = Int.random(in: 0..<6000, using: &random).bytes
                if member.withBytes({ tree.remove($0) }) { continue }
                tree.put(member, [UInt8](repeating: UInt8(round), count: round * 9), flag: true)
            }
            for copy in copies { #expect(copy.tree.contents() == copy.contents) }
        }
        let now = tree.contents()
        for index in [2, 0, 4, 1, 3] { copies[index].tree.free() }
        #expect(tree.contents() == now)
        tree.checkPages()
        tree.free()
    }

    @Test func aScanMissesNothingWhileTheTreeGrowsAndShrinks() {
        var random = RandomSource(seed: 9)
        for grows in [true, false] {
            var tree = HashTree(.members, hash: hash)
            for number in 0..<(grows ? 1000 : 20_000) { tree.add(number) }
            var seen: [[UInt8]: Int] = [:]
            var cursor: UInt64 = 0
            var next = 1000
            repeat {
                let minimum = Int.random(in: 1...40, using: &random)
                var given = 0
                cursor = tree.scan(from: cursor, minimum: minimum) {
                    seen[Array($0.member), default: 0] += 1
                    given += 1
                }
                #expect(given >= minimum || cursor == 0)
                for _ in 0..<200 where next < 20_000 {
                    if grows { tree.add(next) } else { next.bytes.withBytes { _ = tree.remove($0) } }
                    next += 1
                }
            } while cursor != 0
            for number in 0..<1000 { #expect(seen[number.bytes] == 1) }
            tree.free()
        }
    }

    @Test func aScanGoesOnFromAnyCursor() {
        var tree = HashTree(.members, hash: hash)
        #expect(tree.scan(from: 0, minimum: 10) { _ in Issue.record("nothing is there") } == 0)
        for number in 0..<100 { tree.add(number) }
        for cursor in [UInt64.max, 1 << 32] {
            #expect(tree.scan(from: cursor, minimum: 10) { _ in Issue.record("no such hash") } == 0)
        }
        var given = 0
        #expect(tree.scan(from: 0, minimum: 1000) { _ in given += 1 } == 0)
        #expect(given == 100)
        tree.free()
    }

    @Test func everyRecordIsAsLikelyAsAnyOther() {
        var random = RandomSource(seed: 11)
        var tree = HashTree(.members, hash: hash)
        #expect(tree.randomPlace(&random) == nil)
        for number in 0..<1000 { tree.add(number) }
        var seen: [[UInt8]: Int] = [:]
        for _ in 0..<100_000 { seen[Array(tree.record(at: tree.randomPlace(&random)!).member), default: 0] += 1 }
        #expect(seen.count == 1000)
        let squares = seen.values.reduce(0.0) { $0 + (Double($1) - 100) * (Double($1) - 100) / 100 }
        // Chi-squared with 999 degrees of freedom: the mean is 999, the deviation 45.
        #expect((780...1220).contains(squares))
        tree.free()
    }

    @Test func pagesAreFilledAndGivenBack() {
        var tree = HashTree(.members, hash: hash)
        for number in 0..<50_000 { tree.add(number) }
        let contents = (0..<50_000).reduce(0) { $0 + $1.bytes.count + 1 + HashPage.slotSize }
        #expect(tree.bytes < contents * 112 / 100)
        for number in 100..<50_000 { number.bytes.withBytes { _ = tree.remove($0) } }
        #expect(tree.count == 100 && tree.bytes < 12_000)
        tree.checkPages()
        tree.free()
    }
}
