import Clustering
import Commands
import Foundation
import Gossip
import Primitives
import Settings
import Testing

@testable import Monitoring

/// What the page shows, and its parts.
struct PageTests {
    private func read(_ observation: Observation) throws -> [String: Any] {
        let body = Data(observation.statusResponse.body)
        return try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    @Test func whatANodeHasDone() throws {
        let node = Samples.node(
            [["CONFIG", "SET", "slowlog-log-slower-than", "0"], ["SET", "a", "\u{1}\"<b>\\"], ["GET", "a"]])
        var observation = Samples.observation(of: [node], silentPorts: [7001])
        guard case .admitted(let reader) = node.admit(nil) else { throw Missing() }
        observation.nodes[0].details = node.details(for: reader)
        let status = try read(observation)
        let shown = try #require((status["nodes"] as? [[String: Any]])?.first)
        #expect(shown["port"] as? Int == 6379 && shown["role"] as? String == "primary")
        #expect(shown["hits"] as? Int == 1 && shown["commandsProcessed"] as? Int == 3)
        #expect(status["silent"] as? [Int] == [7001] && status["cluster"] is NSNull)
        let slow = try #require(
            (shown["slowLog"] as? [[String: Any]])?.first { ($0["arguments"] as? [String])?.first == "SET" })
        #expect(slow["arguments"] as? [String] == ["SET", "a", "\u{1}\"<b>\\"])
        #expect((shown["clientList"] as? [[String: Any]])?.count == 1)
        let latency = try #require(shown["latency"] as? [String: Any])
        #expect(latency["total"] as? Int == 3)
        #expect((latency["upTo"] as? [Int])?.count == (status["latencyBoundsMicroseconds"] as? [Int])?.count)
    }

    private struct Missing: Error {}

    @Test func aCluster() throws {
        let node = Samples.node { $0.clusterEnabled = true }
        var bus = ClusterBus(BusConfiguration(), seed: 1)
        try bus.perform(.addSlots(SlotSet(0...99)), now: 1000)
        var observation = Samples.observation(of: [node])
        observation.nodes[0].cluster = SharedBus(bus).picture
        let cluster = try #require(try read(observation)["cluster"] as? [String: Any])
        let member = try #require((cluster["members"] as? [[String: Any]])?.first)
        #expect(cluster["me"] as? String == bus.name.text && cluster["slotsAssigned"] as? Int == 100)
        #expect(member["slots"] as? [[Int]] == [[0, 99]] && member["state"] as? String == "ok")
    }

    @Test func textOfAnyBytes() {
        let text = JSON.array([.bytes([0xFF, 0x00, 0x22]), .number(.infinity), .null, .boolean(true)]).encoded
        #expect(text == "[\"\u{FFFD}\\u0000\\\"\",null,null,true]")
    }

    @Test func thePartsFitTogether() throws {
        let page = try #require(PageResource.all.first { $0.path == "/" }?.response)
        let text = String(decoding: page.body, as: UTF8.self)
        // Nothing comes from elsewhere.
        for address in text.matches(of: /(?:src|href)="([^"]*)"/).map({ String($0.1) })
        where !address.hasPrefix("data:") {
            #expect(Route(path: address) != nil, "\(address)")
        }
        for part in PageResource.all {
            let body = String(decoding: part.response.body, as: UTF8.self)
            let outside = body.matches(of: /https?:\/\/[a-z0-9.]*/).map { String($0.0) }
            #expect(Set(outside).isSubset(of: ["http://www.w3.org"]), "\(outside)")
            #expect(part.response.headers.contains { $0.name == "Content-Security-Policy" })
        }
    }

    @Test func everyElementThatTheScriptWantsIsThere() throws {
        let parts = PageResource.all.map { String(decoding: $0.response.body, as: UTF8.self) }
        let there = Set(parts[0].matches(of: /id="([a-z-]*)"/).map { String($0.1) })
        let wanted = parts[2].matches(of: /(?:\$|table)\("([a-z-]*)"/).map { String($0.1) }
        #expect(wanted.count > 20 && Set(wanted).isSubset(of: there), "\(Set(wanted).subtracting(there))")
    }

    @Test func events() {
        var ring = EventRing(capacity: 3)
        #expect(ring.events.isEmpty)
        for number in 1...5 { ring.append("event \(number)", isWarning: number == 4, node: nil, time: Int64(number)) }
        #expect(ring.events.map(\.text) == ["event 5", "event 4", "event 3"])
        #expect(ring.events.map(\.id) == [5, 4, 3] && ring.events.map(\.isWarning) == [false, true, false])
        ring.append(String(repeating: "a", count: 10_000), isWarning: false, node: 1, time: 6)
        #expect(ring.events[0].text.count == 512)
    }
}
