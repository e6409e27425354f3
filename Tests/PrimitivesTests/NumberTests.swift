import Primitives
import Testing

@Suite struct NumberTests {
    @Test(arguments: [
        ("0", 0), ("-1", -1), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("10", 10),
    ])
    func canonicalIntegers(text: String, value: Int64) {
        #expect(Bytes.with(text) { $0.integer } == value)
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "a", "--1",
        "18446744073709551616", "999999999999999999999",
    ])
    func whatIsNoCanonicalInteger(text: String) {
        #expect(Bytes.with(text) { $0.integer } == nil)
    }

    @Test func integersAreWrittenAsTheyAreRead() {
        var random = RandomSource(seed: 7)
        for _ in 0..<10_000 {
            let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
            let text = withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
                String(
                    Bytes(
                        base: UnsafeRawPointer(buffer.baseAddress!),
                        count: NumberText.write(value, to: buffer.baseAddress!)))
            }
            #expect(text == String(value))
            #expect(Bytes.with(text) { $0.integer } == value)
        }
    }

    @Test(arguments: [
        (0.1 + 0.2, "0.30000000000000004"), (1e20, "1e+20"), (1e17, "100000000000000000"), (1e-5, "0.00001"),
        (1e-7, "1e-7"), (Double.leastNonzeroMagnitude, "5e-324"), (1e21, "1e+21"), (3.0, "3"), (-2.5, "-2.5"),
        (.infinity, "inf"),
        (-.infinity, "-inf"), (1.5e300, "1.5e+300"), (123456.789, "123456.789"),
    ])
    func doublesInTheReferencesForm(value: Double, text: String) {
        #expect(NumberText.text(value) == text)
    }

    @Test(arguments: [
        (0.5, "0.5"), (-0.001, "-0.001"), (1e-6, "0.000001"), (1.5e-6, "1.5e-6"), (1e15 + 0.5, "1000000000000000.5"),
        (0.1234567890123456, "0.1234567890123456"), (1.0 / 3, "0.3333333333333333"),
        (2.0 / 3 * 1e-9, "6.666666666666666e-10"),
        (-0.0, "-0"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (123456789012.345, "123456789012.345"), (.nan, "nan"),
    ])
    func moreDoublesInTheReferencesForm(value: Double, text: String) {
        #expect(NumberText.text(value) == text)
    }

    @Test func doublesAreWrittenAsTheyAreRead() {
        var random = RandomSource(seed: 11)
        for round in 0..<50_000 {
            let value: Double
            switch round % 4 {
            case 0: value = Double(bitPattern: random.next())
            case 1: value = Double.random(in: -1000...1000, using: &random)
            case 2: value = Double(Int.random(in: -10_000_000...10_000_000, using: &random)) / 1000
            default: value = (Double.random(in: 0...1, using: &random) * 1e9).rounded() / 1e12
            }
            guard value.isFinite else { continue }
            let text = NumberText.text(value)
            #expect(Bytes.with(text) { $0.double } == value)
            #expect(Double(text) == value)
            let digits = text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.reversed().drop { $0 == "0" }
            let swifts = value.description.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.reversed()
            #expect(digits.count <= swifts.drop { $0 == "0" }.count || value == value.rounded())
        }
    }

    @Test(arguments: [
        ("1.5", 1.5), ("inf", .infinity), ("-inf", -.infinity), ("+inf", .infinity), ("1e3", 1000), ("0x10", 16),
        (".5", 0.5),
        ("5.", 5), ("-.25", -0.25), ("0.1", 0.1), ("123456789012345", 123_456_789_012_345), ("00000000000000000001", 1),
        ("1234567890.12345", 1234567890.12345), ("3.14159265358979312", .pi), ("infinity", .infinity),
        ("1e-300", 1e-300),
    ])
    func doublesAreRead(text: String, value: Double) { #expect(Bytes.with(text) { $0.double } == value) }

    @Test func zeroKeepsItsSign() { #expect(Bytes.with("-0") { $0.double?.sign } == .minus) }

    @Test(arguments: ["", " 1", "1 ", "nan", "1e", "abc", "1.2.3", "-", ".", "-.", "1e400", "-1e400", "1e-400", "1\0"])
    func whatIsNoDouble(text: String) { #expect(Bytes.with(text) { $0.double } == nil) }
}
