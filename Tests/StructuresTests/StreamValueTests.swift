import Primitives
import Testing

@testable import Structures

/// A stream with the entries that it should have beside it.
private final class ModelStream {
    var entries: [(id: StreamID, fields: [String])] = []
    let value: StreamValue

    init() { value = StreamValue(packed: Packed()) }

    init(copying other: ModelStream) {
        let root = UnsafeMutablePointer<StreamRoot>.allocate(capacity: 1)
        root.initialize(to: other.value.pointer.pointee.shared())
        value = StreamValue(root: root)
        entries = other.entries
    }

    deinit { value.free() }

    func append(_ id: StreamID, _ fields: [String], _ limits: StreamLimits = StreamLimits()) {
        withFields(fields) { value.append(id, $0, limits) }
        entries.append((id, fields))
    }

    func delete(_ id: StreamID) {
        let index = entries.firstIndex { $0.id == id }
        #expect(value.delete(id) == (index != nil))
        if let index { entries.remove(at: index) }
    }

    func trim(_ trim: StreamTrim) {
        let before = entries.count
        switch trim {
        case .length(let length): entries.removeFirst(max(0, entries.count - length))
        case .from(let id): entries.removeAll { $0.id < id }
        }
        #expect(value.trim(trim, isApproximate: false) == before - entries.count)
    }

    /// Compares everything.
    func check(_ comment: Comment? = nil) {
        #expect(value.count == entries.count, comment)
        #expect(texts(of: value) == entries.map { text($0.id, $0.fields) }, comment)
        #expect(texts(of: value, isReversed: true) == entries.reversed().map { text($0.id, $0.fields) }, comment)
        #expect(value.firstID == entries.first?.id ?? .zero, comment)
        #expect(value.bytes == countedBytes, comment)
    }

    private var countedBytes: Int {
        var bytes = value.pointer.pointee.tree.bytes
        for index in 0..<value.groupCount { bytes += value[group: index].bytes }
        return bytes
    }
}

private func withFields<Result>(_ fields: [String], _ body: (StreamFields) -> Result) -> Result {
    let arrays = fields.map { Array($0.utf8) }
    let views = arrays.map { array -> Bytes in
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, array.count), alignment: 1)
        copy.copyBytes(from: array)
        return Bytes(base: copy.baseAddress!, count: array.count)
    }
    defer { for view in views { view.base.deallocate() } }
    return views.withUnsafeBufferPointer(body)
}

private func text(_ id: StreamID, _ fields: [String]) -> String { "\(id) \(fields)" }

private func fields(of entry: StreamEntry) -> [String] {
    var fields: [String] = []
    entry.forEachField { name, value in
        fields.append(name.withBytes { String($0) })
        fields.append(value.withBytes { String($0) })
        #expect(value.count == fields.last!.utf8.count)
    }
    return fields
}

private func texts(
    of value: StreamValue, from first: StreamID = .zero, through last: StreamID = .greatest, isReversed: Bool = false
) -> [String] {
    var entries = value.entries(from: first, through: last, isReversed: isReversed)
    var found: [String] = []
    while let entry = entries.next() { found.append(text(entry.id, fields(of: entry))) }
    return found
}

@Suite struct StreamValueTests {
    @Test("A stream has no packed form that anybody would have to free")
    func packedForm() {
        let stream = StreamValue(packed: Packed())
        #expect(stream.packed.count == 0 && stream.packed.capacity == 0)
        stream.free()
    }

    @Test func entriesAreReadInOrderAndBackwards() {
        let stream = ModelStream()
        stream.append(StreamID(5, 1), ["a", "1", "b", "x"])
        stream.append(StreamID(5, 2), ["a", "2", "b", "y"])
        stream.append(StreamID(7, 0), ["other", "-7"])
        stream.append(StreamID(7, 9), ["a", "3", "b", "z"])
        stream.check()
        #expect(texts(of: stream.value, from: StreamID(5, 2), through: StreamID(7, 0)).count == 2)
        #expect(texts(of: stream.value, from: StreamID(5, 3), through: StreamID(6, 0)) == [])
        #expect(texts(of: stream.value, from: StreamID(8, 0)) == [])
        #expect(texts(of: stream.value, through: StreamID(5, 0), isReversed: true) == [])
        #expect(texts(of: stream.value, from: StreamID(9, 0), through: StreamID(1, 0)) == [])
    }

    @Test func everyTextComesBack() {
        let numbers: [Int64] = [
            0, 1, 63, 64, 127, 128, 255, 256, 4095, 4096, 32767, 32768, 1 << 23, 1 << 31, 1 << 32, 1 << 39, 1 << 47,
            1 << 55, .max,
        ]
        var values = numbers.map(String.init) + numbers.map { String(-$0) } + numbers.map { String(~$0) }
        values += ["", "-0", "01", "+1", " 1", "1 ", "-", "18446744073709551615", "9223372036854775808"]
        values += [0, 1, 62, 63, 64, 65, 127, 128, 255, 256, 4095, 4096, 5000, 70000].map {
            String(repeating: "x", count: $0)
        }
        let stream = ModelStream()
        for (index, value) in values.enumerated() { stream.append(StreamID(1, UInt64(index + 1)), ["f", value]) }
        stream.check()
        let names = ModelStream()
        for (index, name) in values.enumerated() {
            names.append(StreamID(UInt64(index), 1), [name, "v", "same", name])
        }
        names.check()
    }

    @Test func idsOfAnySizeComeBack() {
        let stream = ModelStream()
        stream.append(StreamID(0, 1), ["f", "v"])
        stream.append(StreamID(0, .max), ["f", "v"])
        stream.append(StreamID(1, 0), ["f", "v"])
        stream.append(StreamID(1 << 40, 1 << 63), ["f", "v"])
        stream.append(StreamID(.max, 0), ["f", "v"])
        stream.append(.greatest, ["f", "v"])
        stream.check()
        #expect(texts(of: stream.value, from: .greatest).count == 1)
        #expect(stream.value.entry(StreamID(1, 0)) != nil)
        #expect(stream.value.entry(StreamID(1, 1)) == nil)
    }

    @Test func blocksEndWhereTheReferenceEndsThem() {
        let stream = ModelStream()
        for number in 1...250 { stream.append(StreamID(UInt64(number), 0), ["f", "v"]) }
        #expect(stream.value.blockCount == 3)
        for number in 251...260 {
            stream.append(StreamID(UInt64(number), 0), ["f", String(repeating: "v", count: 3000)])
        }
        #expect(stream.value.blockCount == 13 - 1)
        stream.check()
        let few = ModelStream()
        for number in 1...10 {
            few.append(StreamID(UInt64(number), 0), ["f", "v"], StreamLimits(nodeEntries: 3, nodeBytes: 0))
        }
        #expect(few.value.blockCount == 4)
        few.check()
        let unlimited = ModelStream()
        for number in 1...70000 {
            unlimited.append(StreamID(7, UInt64(number)), ["f", "v"], StreamLimits(nodeEntries: 0, nodeBytes: 0))
        }
        #expect(unlimited.value.blockCount == 2)
        unlimited.check()
    }

    @Test func longLengthsAreReadBackwards() {
        let stream = ModelStream()
        for (index, size) in [1, 110, 120, 121, 122, 123, 124, 125, 126, 127, 16370, 16383, 16384, 1 << 21].enumerated()
        {
            let limits = StreamLimits(nodeEntries: 0, nodeBytes: 0)
            stream.append(StreamID(1, UInt64(index + 1)), ["f", String(repeating: "y", count: size)], limits)
        }
        stream.check()
        for entry in stream.entries { #expect(stream.value.entry(entry.id) != nil) }
    }

    @Test func deletedEntriesAreGoneAndEmptyBlocksToo() {
        let stream = ModelStream()
        for number in 1...300 { stream.append(StreamID(UInt64(number), 0), ["f", "\(number)"]) }
        for number in stride(from: 1, through: 300, by: 2) { stream.delete(StreamID(UInt64(number), 0)) }
        stream.check()
        stream.delete(StreamID(1, 0))
        for number in 101...200 { stream.delete(StreamID(UInt64(number), 0)) }
        stream.check()
        #expect(stream.value.blockCount == 2)
        #expect(stream.value.maxDeletedID == StreamID(299, 0))
        while let first = stream.entries.first { stream.delete(first.id) }
        stream.check()
        #expect(stream.value.blockCount == 0)
        stream.append(StreamID(400, 0), ["f", "again"])
        stream.check()
    }

    @Test func trimmingTakesWholeBlocksOrExactly() {
        let stream = ModelStream()
        for number in 1...350 { stream.append(StreamID(UInt64(number), 0), ["f", "v"]) }
        #expect(stream.value.trim(.length(120), isApproximate: true) == 200)
        #expect(stream.value.trim(.length(120), isApproximate: true) == 0)
        #expect(stream.value.trim(.from(StreamID(301, 0)), isApproximate: true, most: 99) == 0)
        #expect(stream.value.trim(.from(StreamID(301, 0)), isApproximate: true, most: 100) == 100)
        #expect(stream.value.trim(.length(10), isApproximate: false) == 40)
        #expect(stream.value.firstID == StreamID(341, 0))
        #expect(stream.value.trim(.from(StreamID(348, 5)), isApproximate: false) == 8)
        #expect(stream.value.count == 2)
        #expect(stream.value.trim(.length(0), isApproximate: false) == 2)
        #expect(stream.value.count == 0 && stream.value.blockCount == 0)
    }

    @Test func trimmingSparesWhatMustStay() {
        let stream = ModelStream()
        for number in 1...250 { stream.append(StreamID(UInt64(number), 0), ["f", "v"]) }
        let spares = { (id: StreamID) in id.milliseconds % 10 == 0 }
        #expect(stream.value.trim(.from(StreamID(51, 0)), isApproximate: false, spares: spares) == 45)
        #expect(stream.value.firstID == StreamID(10, 0))
        #expect(stream.value.trim(.from(StreamID(201, 0)), isApproximate: true, spares: spares) == 135)
        #expect(stream.value.count == 70)
    }

    /// The nodes of the reference's tree, as it tells them for such streams.
    @Test func radixNodesAreCounted() {
        let stream = ModelStream()
        #expect(stream.value.radixNodeCount == 1)
        let limits = StreamLimits(nodeEntries: 1, nodeBytes: 0)
        stream.append(StreamID(1, 1), ["f", "v"], limits)
        #expect(stream.value.radixNodeCount == 2)
        stream.append(StreamID(1, 2), ["f", "v"], limits)
        #expect(stream.value.radixNodeCount == 4)
        stream.append(StreamID(2, 2), ["f", "v"], limits)
        #expect(stream.value.radixNodeCount == 8)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6]) func randomChangesKeepTheModel(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        func number(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        let limits = StreamLimits(nodeEntries: [0, 1, 3, 100, 100, 7][Int(seed - 1)], nodeBytes: 4096)
        var stream = ModelStream()
        var others: [ModelStream] = []
        var id = StreamID(1, 0)
        for round in 0..<3000 {
            switch number(20) {
            case 0...11:
                id =
                    number(2) == 0
                    ? StreamID(id.milliseconds, id.sequence + 1) : StreamID(id.milliseconds + random.next() % 300, 7)
                if id <= stream.value.lastID { id = stream.value.lastID.next! }
                var fields: [String] = []
                for field in 0...number(3) {
                    fields += [
                        "f\(field)",
                        number(2) == 0
                            ? "\(Int64(bitPattern: random.next()) >> number(64))"
                            : String(repeating: "v", count: number(100)),
                    ]
                }
                stream.append(id, fields, limits)
            case 12...14:
                if let entry = stream.entries.randomElement(using: &random) { stream.delete(entry.id) }
            case 15 where number(10) == 0:
                stream.trim(.length(stream.entries.count - min(stream.entries.count, number(40))))
            case 15 where number(10) == 0:
                if let entry = stream.entries.prefix(50).randomElement(using: &random) { stream.trim(.from(entry.id)) }
            case 16:
                let low = StreamID(random.next() % (id.milliseconds + 2), 3)
                let high = StreamID(random.next() % (id.milliseconds + 2), 3)
                let expected = stream.entries.filter { $0.id >= low && $0.id <= high }.map { text($0.id, $0.fields) }
                #expect(texts(of: stream.value, from: low, through: high) == expected)
                #expect(texts(of: stream.value, from: low, through: high, isReversed: true) == expected.reversed())
            case 17 where number(20) == 0:
                others.append(ModelStream(copying: stream))
                if number(2) == 0 { swap(&stream, &others[others.count - 1]) }
                if others.count > 3 { others.removeFirst() }
            default: break
            }
            if round % 100 == 0 { stream.check() }
        }
        stream.check()
        for other in others { other.check() }
    }
}

@Suite struct StreamGroupTests {
    private func isSound(_ stream: ModelStream) -> Bool {
        (0..<stream.value.groupCount).allSatisfy { stream.value[group: $0].isSound }
    }

    @Test func groupsAreKeptByName() {
        let stream = ModelStream()
        for name in ["m", "a", "z", "aa"] {
            #expect(Bytes.with(name) { stream.value.addGroup($0, lastDeliveredID: .zero, entriesRead: 0) })
        }
        #expect(!Bytes.with("a") { stream.value.addGroup($0, lastDeliveredID: .zero, entriesRead: 0) })
        let names = (0..<4).map { String(decoding: stream.value[group: $0].name, as: UTF8.self) }
        #expect(names == ["a", "aa", "m", "z"])
        stream.value.removeGroup(Bytes.with("aa") { stream.value.group(named: $0)! })
        #expect(Bytes.with("aa") { stream.value.group(named: $0) } == nil)
        stream.check()
    }

    @Test func aPendingEntryGoesFromOneConsumerToAnother() {
        let stream = ModelStream()
        let value = stream.value
        _ = value.addGroup(Bytes("g"), lastDeliveredID: .zero, entriesRead: 0)
        let first = value.addConsumer(0, Bytes("first"), seenAt: 5)
        let second = value.addConsumer(0, Bytes("second"), seenAt: 6)
        for number in 1...100 {
            value.setPending(
                0, PendingEntry(id: StreamID(1, UInt64(number)), deliveredAt: 1, deliveries: 1, consumer: first))
        }
        value.setPending(0, PendingEntry(id: StreamID(1, 50), deliveredAt: 2, deliveries: 2, consumer: second))
        #expect(value[group: 0].consumer(first).pending.count == 99)
        #expect(value[group: 0].consumer(second).pending.first == StreamID(1, 50))
        #expect(isSound(stream))
        value.removeConsumer(0, first)
        #expect(value[group: 0].pending.count == 1)
        #expect(value.removePending(0, StreamID(1, 50)))
        #expect(!value.removePending(0, StreamID(1, 50)))
        #expect(value.addConsumer(0, Bytes("third"), seenAt: 0) == first)
        #expect(isSound(stream))
        stream.check()
    }

    @Test(arguments: [1, 2, 3]) func randomChangesOfPendingEntriesKeepTheModel(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        let stream = ModelStream()
        let value = stream.value
        _ = value.addGroup(Bytes("g"), lastDeliveredID: .zero, entriesRead: 0)
        var consumers = (0..<3).map { number in Bytes.with("c\(number)") { value.addConsumer(0, $0, seenAt: 0) } }
        var model: [StreamID: PendingEntry] = [:]
        var held: (copy: ModelStream, model: [StreamID: PendingEntry])?
        for round in 0..<4000 {
            let id = StreamID(random.next() % 40, random.next() % 20)
            switch random.next() % 16 {
            case 0...9:
                let owner = random.next() % 8 == 0 ? nil : consumers.randomElement(using: &random)
                let entry = PendingEntry(id: id, deliveredAt: Int64(round), deliveries: 1, consumer: owner)
                value.setPending(0, entry)
                model[id] = entry
            case 10...14: #expect(value.removePending(0, id) == (model.removeValue(forKey: id) != nil))
            default:
                guard round % 20 == 0 else { continue }
                let gone = consumers.remove(at: Int(random.next() % 3))
                value.removeConsumer(0, gone)
                model = model.filter { $0.value.consumer != gone }
                consumers.append(Bytes.with("n\(round)") { value.addConsumer(0, $0, seenAt: 0) })
                held = (ModelStream(copying: stream), model)
            }
        }
        #expect(isSound(stream) && contents(value) == model)
        if let held { #expect(isSound(held.copy) && contents(held.copy.value) == held.model) }
        stream.check()
    }

    private func contents(_ value: StreamValue) -> [StreamID: PendingEntry] {
        var found: [StreamID: PendingEntry] = [:]
        value[group: 0].pending.forEach {
            found[$0.id] = $0
            return true
        }
        return found
    }
}
