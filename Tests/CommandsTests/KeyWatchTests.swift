import Primitives
import RESP
import Testing

@testable import Commands

/// Hot and big keys for whoever looks at the page.
@Suite struct KeyWatchTests {
    private let node = TestNode()

    private func look() throws -> NodeDetails {
        guard case .admitted(let reader) = node.node.admit(nil) else { throw Missing() }
        return node.node.details(for: reader)
    }

    private struct Missing: Error {}

    private func text(_ key: [UInt8]?) -> String? { key.map { String(decoding: $0, as: UTF8.self) } }

    @Test func theBiggestKeysAreFound() throws {
        node.run("SELECT", "3")
        node.run("SET", "big", String(repeating: "x", count: 100_000))
        node.run("SELECT", "0")
        for number in 0..<20 { node.run("SET", "small:\(number)", "1") }
        node.run("RPUSH", "list", String(repeating: "x", count: 5000))
        for _ in 0..<10 { _ = try look() }
        let keys = try #require(try look().bigKeys)
        #expect(keys.count == 10 && keys.map(\.bytes) == keys.map(\.bytes).sorted(by: >))
        #expect(text(keys[0].key) == "big" && keys[0].database == 3 && keys[0].type == "string")
        #expect(text(keys[1].key) == "list" && keys[1].type == "list" && keys[1].bytes > 5000)
        node.run("FLUSHALL")
        #expect(try look().bigKeys?.isEmpty == true)
    }

    @Test func hotKeysAreThoseOfTheLastSeconds() throws {
        _ = try look()
        for _ in 0..<2000 { node.run("GET", "hot") }
        for _ in 0..<100 { node.run("GET", "cold") }
        #expect(text(try look().hotKeys?.byTraffic.first?.key) == "hot")
        for _ in 0..<12 {
            node.advance(milliseconds: 1000)
            _ = try look()
        }
        for _ in 0..<2000 { node.run("GET", "hotter") }
        // What was counted last is over, and is shown until the next is.
        #expect(text(try look().hotKeys?.byTraffic.first?.key) == "hot")
        for _ in 0..<10 {
            node.advance(milliseconds: 1000)
            _ = try look()
        }
        #expect(text(try look().hotKeys?.byTraffic.first?.key) == "hotter")
    }

    @Test func costsNothingWhenNobodyLooks() throws {
        _ = try look()
        #expect(node.node.attention == [.hotKeys])
        node.advance(milliseconds: 4000)
        #expect(node.node.attention == [.hotKeys])
        node.advance(milliseconds: 2000)
        #expect(node.node.attention.isEmpty)
        node.run("HOTKEYS", "START", "METRICS", "1", "CPU")
        _ = try look()
        node.advance(milliseconds: 6000)
        #expect(node.node.attention == [.hotKeys])
    }
}
