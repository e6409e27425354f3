import Primitives
import Structures
import Testing

@Suite struct BitFieldTests {
    private func type(_ name: String) -> BitFieldType? { Bytes.with(name) { BitFieldType($0) } }

    @Test func namesOfTypes() throws {
        #expect(type("i64") == BitFieldType(isSigned: true, width: 64))
        #expect(try #require(type("u63")).maximum == .max)
        #expect(try #require(type("i8")).minimum == -128)
        #expect(try #require(type("u1")).maximum == 1)
        for name in ["", "i", "u64", "i65", "u0", "i0", "8", "x8", "u-1", "u08", "u+8"] { #expect(type(name) == nil) }
    }

    @Test func readsWhatItWrites() throws {
        var random = RandomSource(seed: 5)
        for _ in 0..<3000 {
            let isSigned = Bool.random(using: &random)
            let field = try #require(
                BitFieldType(isSigned: isSigned, width: Int.random(in: 1...(isSigned ? 64 : 63), using: &random)))
            let old = (0..<20).map { _ in UInt8.random(in: 0...255, using: &random) }
            let offset = Int.random(in: 0...160 - field.width, using: &random)
            let value = Int64.random(in: field.minimum...field.maximum, using: &random)
            var new = old
            new.withUnsafeMutableBytes { field.write(value, to: $0, at: offset) }
            #expect(new.withBytes { field.read($0, at: offset) } == value)
            for bit in 0..<160 where !(offset..<offset + field.width).contains(bit) {
                #expect((old[bit / 8] ^ new[bit / 8]) & 0x80 >> UInt8(bit % 8) == 0)
            }
        }
    }

    @Test func readsZerosAfterTheEnd() throws {
        let bytes: [UInt8] = [0xFF]
        #expect(try bytes.withBytes { try #require(type("u8")).read($0, at: 4) } == 0xF0)
        #expect(try bytes.withBytes { try #require(type("i64")).read($0, at: 1) } == Int64(bitPattern: 0xFE << 56))
        #expect(try bytes.withBytes { try #require(type("u63")).read($0, at: 4_000_000) } == 0)
    }

    @Test func overflow() throws {
        let signed = try #require(type("i8"))
        #expect(signed.sum(127, 1, .wrap) == -128)
        #expect(signed.sum(127, 300, .saturate) == 127)
        #expect(signed.sum(-100, -100, .saturate) == -128)
        #expect(signed.sum(127, 1, .fail) == nil)
        #expect(signed.fitting(200, .wrap) == -56)
        let unsigned = try #require(type("u8"))
        #expect(unsigned.sum(0, -1, .wrap) == 255)
        #expect(unsigned.sum(0, -1, .saturate) == 0)
        #expect(unsigned.fitting(-1, .saturate) == 255)
        let widest = try #require(type("i64"))
        #expect(widest.sum(.max, 1, .wrap) == .min)
        #expect(widest.sum(.min, -1, .saturate) == .min)
        #expect(widest.sum(.max, .max, .saturate) == .max)
        #expect(widest.sum(-1, .min, .fail) == nil)
    }
}
