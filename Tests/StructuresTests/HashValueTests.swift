import Primitives
import Testing

@testable import Structures

/// What a hash should be: fields in the order in which they came, with values and times.
private struct HashModel {
    var order: [String] = []
    var values: [String: String] = [:]
    var expiries: [String: Int64] = [:]

    mutating func set(_ field: String, _ value: String, keepsExpiry: Bool = false) -> Bool {
        let isNew = values.updateValue(value, forKey: field) == nil
        if isNew { order.append(field) }
        if !keepsExpiry { expiries[field] = nil }
        return isNew
    }

    mutating func remove(_ field: String) -> Bool {
        guard values.removeValue(forKey: field) != nil else { return false }
        order.removeAll { $0 == field }
        expiries[field] = nil
        return true
    }
}

extension HashValue {
    fileprivate mutating func set(
        _ field: String, _ value: String, keepsExpiry: Bool = false, _ limits: CollectionLimits
    ) -> Bool {
        Bytes.with(field) { field in
            Bytes.with(value) { set(field, $0, keepsExpiry: keepsExpiry, limits) }
        }
    }

    fileprivate mutating func remove(_ field: String) -> Bool { Bytes.with(field) { remove($0) } }

    fileprivate mutating func expire(_ field: String, _ time: Int64?, _ limits: CollectionLimits) {
        Bytes.with(field) { setExpiry($0, time, limits) }
    }

    fileprivate func value(_ field: String) -> String? {
        Bytes.with(field) { find($0)?.value.withBytes { String($0) } }
    }

    fileprivate func expiry(_ field: String) -> Int64? { Bytes.with(field) { find($0)?.expiry } }

    fileprivate var pairs: [(field: String, value: String)] {
        var found: [(String, String)] = []
        forEach { field, value in found.append((field.withBytes { String($0) }, value.withBytes { String($0) })) }
        return found
    }

    /// A second value that holds the same pages.
    fileprivate var shared: HashValue {
        let copy = UnsafeMutablePointer<HashRoot>.allocate(capacity: 1)
        copy.initialize(to: root!.pointee.shared())
        return HashValue(root: copy)
    }
}

@Suite struct HashValueTests {
    private let limits = CollectionLimits(hash: KeyHash(seed: 7))

    private func expectEqual(_ hash: HashValue, _ model: HashModel, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(hash.count == model.order.count, sourceLocation: sourceLocation)
        #expect(hash.isEmpty == model.order.isEmpty, sourceLocation: sourceLocation)
        let pairs = hash.pairs
        #expect(
            Dictionary(uniqueKeysWithValues: pairs.map { ($0.field, $0.value) }) == model.values,
            sourceLocation: sourceLocation)
        if hash.root == nil { #expect(pairs.map(\.field) == model.order, sourceLocation: sourceLocation) }
        for field in model.order {
            #expect(hash.value(field) == model.values[field], sourceLocation: sourceLocation)
            #expect(hash.expiry(field) == model.expiries[field], sourceLocation: sourceLocation)
        }
        #expect(hash.earliestExpiry == model.expiries.values.min() ?? .max, sourceLocation: sourceLocation)
    }

    @Test(arguments: [(8, 20), (600, 60), (5, 5000)])
    func itIsADictionaryInBothForms(fields: Int, longest: Int) {
        var random = RandomSource(seed: UInt64(fields))
        var limits = self.limits
        limits.hashMaxListpackEntries = 300
        var hash = HashValue(packed: Packed())
        var model = HashModel()
        for step in 0..<6000 {
            let number = Int.random(in: 0..<fields, using: &random)
            let field = number % 3 == 0 ? "\(number * 7919)" : "field:\(number)"
            if Int.random(in: 0..<5, using: &random) == 0 {
                #expect(hash.remove(field) == model.remove(field))
            } else {
                let value = randomValue(longest, &random)
                #expect(hash.set(field, value, limits) == model.set(field, value))
            }
            if step % 500 == 0 { expectEqual(hash, model) }
        }
        expectEqual(hash, model)
        #expect((hash.root == nil) == (fields == 8))
        hash.free()
    }

    private func randomValue(_ longest: Int, _ random: inout RandomSource) -> String {
        if Bool.random(using: &random) { return String(Int64(truncatingIfNeeded: random.next()) >> 40) }
        return String(repeating: "v", count: Int.random(in: 0...longest, using: &random))
    }

    @Test func expiriesFollowTheirFields() {
        var random = RandomSource(seed: 3)
        var hash = HashValue(packed: Packed())
        var model = HashModel()
        for _ in 0..<8000 {
            let field = "field:\(Int.random(in: 0..<400, using: &random))"
            switch Int.random(in: 0..<6, using: &random) {
            case 0: #expect(hash.remove(field) == model.remove(field))
            case 1, 2:
                let time = Int64.random(in: 1...1000, using: &random)
                hash.expire(field, time, limits)
                if model.values[field] != nil { model.expiries[field] = time }
            case 3:
                hash.expire(field, nil, limits)
                model.expiries[field] = nil
            default:
                let value = randomValue(40, &random)
                let keeps = Bool.random(using: &random)
                #expect(
                    hash.set(field, value, keepsExpiry: keeps, limits) == model.set(field, value, keepsExpiry: keeps))
            }
        }
        expectEqual(hash, model)
        checkHorizon(hash, model)
        removeDue(&hash, &model)
        hash.free()
    }

    private func checkHorizon(_ hash: HashValue, _ model: HashModel) {
        var hash = hash
        hash.horizon = 500
        let visible = model.order.filter { model.expiries[$0] ?? .max > 500 }
        #expect(visible.count < model.order.count)
        #expect(hash.count == visible.count)
        #expect(Set(hash.pairs.map(\.field)) == Set(visible))
        for field in model.order { #expect((hash.value(field) != nil) == visible.contains(field)) }
        var scanned: [String] = []
        #expect(hash.scan(from: 0, minimum: 1000) { field, _ in scanned.append(field.withBytes { String($0) }) } == 0)
        #expect(scanned.sorted() == visible.sorted())
    }

    private func removeDue(_ hash: inout HashValue, _ model: inout HashModel) {
        let due = model.expiries.filter { $0.value <= 500 }
        let first = hash.root!.pointee.removeDue(500, most: 3).map { String(decoding: $0, as: UTF8.self) }
        #expect(first.compactMap { due[$0] } == due.values.sorted().prefix(3).map { $0 })
        let rest = hash.root!.pointee.removeDue(500, most: .max).map { String(decoding: $0, as: UTF8.self) }
        #expect(Set(first + rest) == Set(due.keys))
        for field in due.keys { _ = model.remove(field) }
        expectEqual(hash, model)
    }

    @Test func aSharedHashStaysWhatItWas() {
        var hash = HashValue(packed: Packed())
        var model = HashModel()
        for number in 0..<2000 {
            _ = hash.set("field:\(number)", "value:\(number)", limits)
            _ = model.set("field:\(number)", "value:\(number)")
            hash.expire("field:\(number)", Int64(number + 1), limits)
            model.expiries["field:\(number)"] = Int64(number + 1)
        }
        let copy = hash.shared
        let before = model
        for number in stride(from: 0, to: 2000, by: 3) {
            #expect(hash.remove("field:\(number)") == model.remove("field:\(number)"))
            _ = hash.set("field:\(number + 1)", "another value", limits)
            _ = model.set("field:\(number + 1)", "another value")
        }
        expectEqual(copy, before)
        expectEqual(hash, model)
        hash.free()
        expectEqual(copy, before)
        copy.free()
    }

    @Test func theFormFollowsTheThresholds() {
        var hash = HashValue(packed: Packed())
        for number in 0..<512 { _ = hash.set("\(number)", "v", limits) }
        #expect("\(hash.encodingName)" == "listpack")
        _ = hash.set("512", "v", limits)
        #expect("\(hash.encodingName)" == "hashtable")
        for number in 0..<512 { _ = hash.remove("\(number)") }
        #expect("\(hash.encodingName)" == "hashtable")
        hash.free()
        for (field, value) in [(64, 64), (65, 1), (1, 65)] {
            var hash = HashValue(packed: Packed())
            _ = hash.set(String(repeating: "f", count: field), String(repeating: "v", count: value), limits)
            #expect((hash.root == nil) == (max(field, value) == 64))
            hash.free()
        }
    }

    @Test func aValueOfTheSameSizeCanBeOverwritten() {
        var hash = HashValue(packed: Packed())
        _ = hash.set("a", "first", limits)
        _ = hash.set("b", "12", limits)
        func isOverwritable(_ field: String, _ value: String) -> Bool? {
            let offset = Bytes.with(field) { hash.packedPlace(of: $0).valueOffset }
            return Bytes.with(value) { value in offset.map { hash.isOverwritable(at: $0, with: Element(value), limits) }
            }
        }
        #expect(isOverwritable("a", "other") == true)
        #expect(isOverwritable("a", "longer") == false)
        #expect(isOverwritable("b", "99") == true)
        #expect(isOverwritable("b", "1234") == false)
        #expect(isOverwritable("c", "1") == nil)
        hash.free()
    }

    @Test(arguments: [600, 20_000]) func itIsKnownBeforehandWhereAFieldWillBeRead(count: Int) {
        var hash = HashValue(packed: Packed())
        for number in 0..<count { _ = hash.set("f\(number)", "value", limits) }
        for number in 0..<count {
            let (forecast, value) = Bytes.with("f\(number)") { field in
                (hash.root!.pointee.forecast(field)!.record, hash.find(field)!.value.withBytes { $0.base })
            }
            // Two lengths and the field stand before the value.
            #expect(forecast == value - 2 - "f\(number)".utf8.count)
        }
        hash.free()
        #expect(HashRoot(hash: limits.hash).forecast(Bytes("fx")) == nil)
    }

    @Test(arguments: [20, 2000]) func fieldsComeAtRandom(count: Int) {
        var hash = HashValue(packed: Packed())
        for number in 0..<count { _ = hash.set("f\(number)", "\(number)", limits) }
        var random = RandomSource(seed: 1)
        for wanted in [1, 5, count - 1, count, count + 10] {
            var seen: [String] = []
            hash.forDistinct(wanted, &random) { field, value in
                let (name, number) = (field.withBytes { String($0) }, value.withBytes { String($0) })
                #expect(name == "f" + number)
                seen.append(name)
            }
            #expect(seen.count == min(wanted, count))
            #expect(Set(seen).count == seen.count)
        }
        var met: Set<String> = []
        hash.forRandom(count * 20, &random) { field, _ in met.insert(field.withBytes { String($0) }) }
        #expect(met.count == count)
        hash.free()
    }

    @Test func aScanMissesNothingWhileOthersComeAndGo() {
        var hash = HashValue(packed: Packed())
        for number in 0..<3000 { _ = hash.set("stays:\(number)", "v", limits) }
        var seen: Set<String> = []
        var cursor: UInt64 = 0
        var round = 0
        repeat {
            cursor = hash.scan(from: cursor, minimum: 10) { field, _ in seen.insert(field.withBytes { String($0) }) }
            for number in 0..<20 { _ = hash.set("passes:\(round):\(number)", "v", limits) }
            for number in 0..<20 where round > 2 { _ = hash.remove("passes:\(round - 2):\(number)") }
            round += 1
        } while cursor != 0 && round < 10_000
        #expect(cursor == 0)
        for number in 0..<3000 { #expect(seen.contains("stays:\(number)")) }
        hash.free()
    }
}
