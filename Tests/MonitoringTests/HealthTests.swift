import Commands
import Testing

@testable import Monitoring

struct HealthTests {
    private func answer(_ change: (inout NodeHealth) -> Void) -> HTTPResponse {
        var health = NodeHealth()
        health.port = 7000
        change(&health)
        return Health.ready([health], silentPorts: [], isComplete: true)
    }

    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func ready() {
        #expect(answer { _ in }.status == 200)
        #expect(answer { $0.isReplica = true }.status == 200, "old data is served by default")
        #expect(answer { ($0.isReplica, $0.isLinkUp, $0.servesStaleData) = (true, true, false) }.status == 200)
        #expect(answer { ($0.isLoading, $0.isLoadingBeside) = (true, true) }.status == 200)
        #expect(answer { $0.isClusterUp = true }.status == 200)
    }

    @Test func notReady() {
        #expect(answer { $0.isLoading = true }.status == 503)
        #expect(answer { ($0.isReplica, $0.servesStaleData) = (true, false) }.status == 503)
        #expect(answer { $0.isClusterUp = false }.status == 503)
        let ending = answer { $0.isEnding = true }
        #expect(ending.status == 503)
        #expect(text(ending) == #"{"status":"not ready","reasons":[{"node":7000,"reason":"ending"}]}"# + "\n")
    }

    @Test func nodesThatAreMissing() {
        #expect(Health.ready([NodeHealth()], silentPorts: [7001], isComplete: true).status == 503)
        #expect(Health.ready([NodeHealth()], silentPorts: [], isComplete: false).status == 503)
        #expect(Health.ready([], silentPorts: [], isComplete: false).status == 503)
    }

    @Test func live() {
        #expect(Health.live([]).status == 200)
        #expect(Health.live([(7000, 0), (7001, Health.longestStandstill - 1)]).status == 200)
        #expect(Health.live([(7000, 0), (7001, Health.longestStandstill)]).status == 503)
    }
}
