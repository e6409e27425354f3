import Primitives
import Testing

@testable import Admin

@Suite struct AddressTests {
    @Test(arguments: [
        ("127.0.0.1:7000", "127.0.0.1", 7000), ("[::1]:7000", "::1", 7000), ("::1:7000", "::1", 7000),
        ("cache.example.org:1", "cache.example.org", 1),
    ])
    func isRead(_ text: String, _ host: String, _ port: Int) {
        #expect(NodeAddress(text) == NodeAddress(host: host, port: port))
    }

    @Test(arguments: ["", "host", "host:", ":7000", "host:0", "host:65536", "host:x", "a b:1", "host:-1"])
    func isRefused(_ text: String) { #expect(NodeAddress(text) == nil) }

    @Test func slotsAsText() {
        #expect([0, 1, 2, 5, 7, 8].slotText() == "0-2,5,7-8")
        #expect([0, 2, 4].slotText(atMost: 2) == "0,2,…")
        #expect([Int]().slotText() == "")
        #expect([3, 4, 9].slotBounds == ["3", "4", "9", "9"])
    }

    @Test func json() {
        let value: JSON = ["a": 1, "b": [true, .null, .number(0.5)], "c": .text("\"\\\n\u{1}ü"), "d": [:]]
        #expect(value.encoded == #"{"a":1,"b":[true,null,0.5],"c":"\"\\\n\u0001ü","d":{}}"#)
        #expect(JSON.number(.infinity).encoded == "null")
    }

    @Test func howFarWorkIs() {
        let text = ProgressText(
            title: "Moving", done: 50, total: 200, unit: "slots", detail: "7 keys", elapsedMilliseconds: 2000)
        #expect(text.line == "Moving: 50/200 slots, 7 keys, 6 s left")
        #expect(text.bar(width: 70) == "Moving [######-------------------] 25% 50/200 slots, 7 keys, 6 s left")
        #expect(text.bar(width: 20).count < 20)
        #expect(ProgressText.time(3725) == "1 h 2 min")
        #expect(ProgressText.size(1_234_567) == "1.2 MB")
        let done = ProgressText(title: "x", done: 0, total: 0, unit: "keys", elapsedMilliseconds: 0)
        #expect(done.secondsLeft == nil)
    }
}
