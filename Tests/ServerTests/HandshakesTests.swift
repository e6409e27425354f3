import Testing

@testable import Server

@Suite struct HandshakesTests {
    final class Item {}

    @Test func thoseThatTakeTooLongAreFound() {
        var handshakes = Handshakes<Item>()
        let items = (0..<3).map { _ in Item() }
        for (index, item) in items.enumerated() { handshakes.add(item, deadline: 100 + Int64(index) * 10) }
        #expect(handshakes.late(now: 99).isEmpty)
        #expect(handshakes.late(now: 110).map(ObjectIdentifier.init) == items[..<2].map(ObjectIdentifier.init))
        handshakes.remove(items[0])
        handshakes.remove(items[0])
        #expect(handshakes.late(now: 1000).map(ObjectIdentifier.init) == items[1...].map(ObjectIdentifier.init))
    }
}

@Suite struct FileWatchTests {
    @Test func filesAreLookedAtFromTimeToTime() {
        var watch = FileWatch()
        func findsChange(_ path: String, now: Int64) -> Bool { watch.findsChange([path], now: now, everySeconds: 5) }
        #expect(!findsChange("/nowhere", now: 0))
        #expect(!findsChange("/proc/self/stat", now: 4999), "it is not time yet")
        #expect(findsChange("/proc/self/stat", now: 5000), "another file")
        #expect(!findsChange("/", now: 9999))
    }
}
