import Primitives
import Structures
import Testing

@Suite struct ListpackTests {
    private func packed(_ elements: [Element]) -> Packed {
        var packed = Packed()
        for element in elements { packed.append(element) }
        return packed
    }

    private func contents(_ packed: Packed) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var place = UnsafeRawPointer(packed.base)
        while place < packed.end {
            let (element, next) = Listpack.read(place)
            found.append(element.withBytes { Array($0) })
            place = next
        }
        return found
    }

    private func backwards(_ packed: Packed) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var place = packed.end
        while place > UnsafeRawPointer(packed.base) {
            place = Listpack.previous(place)
            found.append(Listpack.read(place).element.withBytes { Array($0) })
        }
        return found
    }

    /// Integers on both sides of each boundary between widths, with the size of head and data.
    static let integers: [(Int64, Int)] = [
        (0, 1), (127, 1), (128, 2), (-1, 2), (4095, 2), (-4096, 2), (4096, 3), (-4097, 3), (32767, 3), (-32768, 3),
        (32768, 4), (-32769, 4), (8_388_607, 4), (-8_388_608, 4), (8_388_608, 5), (-8_388_609, 5), (2_147_483_647, 5),
        (-2_147_483_648, 5), (2_147_483_648, 9), (-2_147_483_649, 9), (.max, 9), (.min, 9),
    ]

    @Test(arguments: integers) func integersOfEachWidth(value: Int64, body: Int) {
        var packed = packed([.integer(value)])
        #expect(packed.count == body + 1)
        #expect(contents(packed) == [Array("\(value)".utf8)])
        #expect(backwards(packed) == [Array("\(value)".utf8)])
        // Between two others, so that neither end helps.
        packed.insert(.integer(5), at: 0)
        packed.append(.integer(6))
        #expect(contents(packed)[1] == Array("\(value)".utf8))
        #expect(backwards(packed)[1] == Array("\(value)".utf8))
        packed.free()
    }

    @Test(arguments: [0, 1, 63, 64, 125, 126, 127, 4095, 4096, 16_381, 16_382, 16_384, 70_000, 2_097_150, 2_097_160])
    func stringsOfEachLength(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 65) }
        bytes.withBytes { view in
            var packed = packed([.integer(1), .bytes(view), .bytes(Bytes("end"))])
            let all = [Array("1".utf8), bytes, Array("end".utf8)]
            #expect(contents(packed) == all)
            #expect(backwards(packed) == all.reversed())
            packed.remove(at: 2, Listpack.size(.bytes(view)))
            #expect(contents(packed) == [all[0], all[2]])
            packed.free()
        }
    }

    @Test func whatLooksLikeAnIntegerBecomesOneOnlyIfItsTextComesBack() {
        for (text, isInteger) in [
            ("0", true), ("-0", false), ("01", false), ("+1", false), ("9223372036854775807", true),
            ("9223372036854775808", false), ("-9223372036854775808", true), ("", false), ("1 ", false), ("-", false),
        ] {
            Bytes.with(text) { bytes in
                if case .integer = Element(bytes) {
                    #expect(isInteger, "\(text)")
                } else {
                    #expect(!isInteger, "\(text)")
                }
                #expect(Element(bytes).withBytes { Array($0) } == Array(text.utf8))
                #expect(Element(bytes).count == text.utf8.count)
            }
        }
    }

    @Test(arguments: [1, 2, 3]) func behavesAsAnArray(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var packed = Packed()
        var model: [[UInt8]] = []
        for _ in 0..<2000 {
            let value = Array("\(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))".utf8)
            let text = Bool.random(using: &random) ? value : Array(repeating: 0x61, count: value.count * 9)
            let index = Int.random(in: 0...model.count, using: &random)
            var place = UnsafeRawPointer(packed.base)
            for _ in 0..<index { place = Listpack.next(place) }
            text.withBytes { bytes in
                if index < model.count, model.count > 60 || Bool.random(using: &random) {
                    packed.replace(at: packed.offset(of: place), with: Element(bytes))
                    model[index] = text
                } else {
                    packed.insert(Element(bytes), at: packed.offset(of: place))
                    model.insert(text, at: index)
                }
            }
            if model.count > 50 {
                let size = Listpack.next(UnsafeRawPointer(packed.base)) - UnsafeRawPointer(packed.base)
                packed.remove(at: 0, size)
                model.removeFirst()
            }
            #expect(contents(packed) == model)
        }
        #expect(backwards(packed) == model.reversed())
        packed.free()
    }
}
