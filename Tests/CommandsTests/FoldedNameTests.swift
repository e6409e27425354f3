import Primitives
import Testing

@testable import Commands

@Suite struct FoldedNameTests {
    private func folded(_ name: String) -> FoldedName { Bytes.with(name) { FoldedName($0) } }

    @Test func lettersLoseTheirCaseAndOtherBytesStay() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<8 {
                let others: UInt64 = 0x5A7B_4041_FF80_5B5A
                let word = others & ~(0xFF << UInt64(place * 8)) | UInt64(byte) << UInt64(place * 8)
                let expected = withUnsafeBytes(of: word) { $0.map(Bytes.lowercased) }
                #expect(
                    withUnsafeBytes(of: FoldedName.lowercased(word)) { Array($0) } == expected, "\(byte) at \(place)")
            }
        }
    }

    @Test func namesOfEveryLengthAreToldApart() {
        for count in 1...16 {
            let name = String("abcdefghijklmnop".prefix(count))
            #expect(folded(name) == folded(name.uppercased()))
            #expect(folded(name) != folded(name + "q"))
            for place in name.indices {
                var other = name
                other.replaceSubrange(place...place, with: "-")
                #expect(folded(name) != folded(other), "\(other)")
            }
        }
    }

    @Test func longNamesAreComparedInTheMiddleToo() {
        let commands = CommandTable(allFamilies)
        let find = { (name: String) in Bytes.with(name) { commands.find($0) } }
        #expect(find("GEORADIUSbymember_ro") != nil)
        #expect(find("georadiuSXXmember_ro") == nil)
        #expect(find("get\r") == nil)
    }
}
