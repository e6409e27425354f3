import RESP
import Testing

@testable import Commands

/// Clients may set the numbers of entries added and read to the greatest there are.
@Suite struct StreamNumberTests {
    private let node = TestNode()

    @Test func theNumbersOfEntriesWrapAround() {
        let most = "9223372036854775807"
        node.run("XADD", "s", "1-1", "f", "v")
        #expect(node.run("XSETID", "s", "1-1", "ENTRIESADDED", most, "MAXDELETEDID", "0-0") == .simple("OK"))
        #expect(node.run("XGROUP", "CREATE", "s", "g", "0", "ENTRIESREAD", most) == .simple("OK"))
        for id in ["2-1", "3-1"] {
            node.run("XADD", "s", id, "f", "v")
            node.run("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">")
            node.run("XINFO", "GROUPS", "s")
        }
        #expect(node.run("XLEN", "s") == .integer(3))
    }
}
