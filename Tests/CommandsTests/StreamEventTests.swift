import Storage
import Testing

@testable import Commands

/// The keyspace events of streams.
@Suite struct StreamEventTests {
    private let node: TestNode
    private let heard: HeardEvents

    init() {
        node = TestNode()
        heard = HeardEvents(node)
    }

    private func events(_ line: String) -> [String] {
        _ = heard.take()
        node.line(line)
        return heard.take()
    }

    @Test func entriesComeAndGo() {
        #expect(events("XADD s 1-1 f v") == ["xadd s"])
        #expect(events("XADD s MAXLEN 1 2-1 f v") == ["xadd s", "xtrim s"])
        #expect(events("XADD s MAXLEN 5 3-1 f v") == ["xadd s"])
        #expect(events("XADD s 1-1 f v") == [])
        #expect(events("XDEL s 2-1 9-9") == ["xdel s"])
        #expect(events("XDEL s 2-1") == [])
        #expect(events("XTRIM s MAXLEN 0") == ["xtrim s"])
        #expect(events("XTRIM s MAXLEN 0") == [])
        #expect(events("XSETID s 9-9") == ["xsetid s"])
        #expect(events("XADD s 10-1 f v") == ["xadd s"])
        #expect(events("XDELEX s IDS 1 10-1") == ["xdel s"])
    }

    @Test func groupsComeAndGo() {
        #expect(events("XGROUP CREATE s g $ MKSTREAM") == ["xgroup-create s"])
        #expect(events("XGROUP CREATE s h $") == ["xgroup-create s"])
        #expect(events("XGROUP CREATE s h $") == [])
        #expect(events("XGROUP SETID s g 0") == ["xgroup-setid s"])
        #expect(events("XGROUP CREATECONSUMER s g c") == ["xgroup-createconsumer s"])
        #expect(events("XGROUP CREATECONSUMER s g c") == [])
        #expect(events("XREADGROUP GROUP g d STREAMS s >") == ["xgroup-createconsumer s"])
        #expect(events("XGROUP DELCONSUMER s g c") == ["xgroup-delconsumer s"])
        #expect(events("XGROUP DELCONSUMER s g c") == [])
        #expect(events("XGROUP DESTROY s g") == ["xgroup-destroy s"])
        #expect(events("XGROUP DESTROY s g") == [])
    }
}
