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

    @Test(arguments: ["1.5", "inf", "-inf", "1e3", "0x10", ".5"])
    func doublesAreRead(text: String) { #expect(Bytes.with(text) { $0.double } != nil) }

    @Test(arguments: ["", " 1", "1 ", "nan", "1e", "abc", "1.2.3"])
    func whatIsNoDouble(text: String) { #expect(Bytes.with(text) { $0.double } == nil) }
}
