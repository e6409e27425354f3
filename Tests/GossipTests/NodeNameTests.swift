import Gossip
import Primitives
import Testing

@Suite struct NodeNameTests {
    @Test func aNameIsFortyDigits() throws {
        let text = "07c37dfeb235213a872192d90877d0cd55635b91"
        let name = try #require(NodeName(text))
        #expect(name.text == text)
        #expect(NodeName(text.uppercased()) == name)
        #expect(NodeName(text.dropLast()) == nil)
        #expect(NodeName("g" + text.dropFirst()) == nil)
    }

    @Test func namesAreOrderedAsTheirTexts() {
        var random = RandomSource(seed: 1)
        let names = (0..<100).map { _ in NodeName(random: &random) }
        #expect(names.sorted().map(\.text) == names.map(\.text).sorted())
    }
}

extension NodeNameTests {
    @Test func onlyDigitsAreDigits() throws {
        let digits = Array("07c37dfeb235213a872192d90877d0cd55635b91".utf8)
        for place in 0..<NodeName.length {
            for byte in UInt8.min...UInt8.max {
                var text = digits
                text[place] = byte
                let name = text.withUnsafeBytes { NodeName(digits: $0) }
                let isDigit = Character(UnicodeScalar(byte)).isASCII && Character(UnicodeScalar(byte)).isHexDigit
                try #require((name != nil) == isDigit, "byte \(byte) in place \(place)")
                if let name { #expect(name.text == String(decoding: text, as: UTF8.self).lowercased()) }
            }
        }
    }
}
