import RESP
import Scripting
import Settings
import Testing

@testable import Commands

/// Scripts and functions in a cluster; see `ClusterPicture`.
@Suite struct RoutingOfScriptsTests {
    private let node = TestNode.clustered(families: allFamilies + scriptingFamilies)

    @Test func namedKeysDecideWhereAScriptRuns() {
        #expect(node.run("EVAL", "return 1", "1", "a") == .error("MOVED 15495 10.0.0.3:7002"))
        #expect(
            node.run("EVAL", "return 1", "2", "b", "f")
                == .error("CROSSSLOT Keys in request don't hash to the same slot"))
        #expect(node.run("EVAL", "return redis.call('set', KEYS[1], '1')", "1", "b") == .simple("OK"))
        #expect(node.run("EVAL", "return 1", "0") == .integer(1))
    }

    @Test func keysOfOtherNodesAreNotReached() {
        let reply = node.run("EVAL", "return redis.call('get', 'a')", "0")
        guard case .error(let text) = reply else { return #expect(Bool(false)) }
        #expect(text.hasPrefix("ERR Script attempted to access a non local key in a cluster node"))
    }

    @Test func onlyWhoSaysSoUsesSeveralSlots() {
        let body = "redis.call('set', 'b', 1) return redis.call('set', 'f', 1)"
        #expect(node.run("EVAL", body, "0") == .simple("OK"))
        guard case .error(let text) = node.run("EVAL", "#!lua\n" + body, "0") else { return #expect(Bool(false)) }
        #expect(text.hasPrefix("ERR Script attempted to access keys that do not hash to the same slot previously"))
        #expect(node.run("EVAL", "#!lua flags=allow-cross-slot-keys\n" + body, "0") == .simple("OK"))
        guard case .error = node.run("EVAL", "#!lua\nreturn redis.call('set', 'f', 1)", "1", "b") else {
            return #expect(Bool(false))
        }
    }

    @Test func someScriptsAreNotForClusters() {
        #expect(
            node.run("EVAL", "#!lua flags=no-cluster\nreturn 1", "0")
                == .error("ERR Can not run script on cluster, 'no-cluster' flag is set."))
    }

    @Test func replicasRunWhatDoesNotWrite() {
        let node = TestNode.clustered(
            ClusterPicture(seat: .replicaOfFirst), families: allFamilies + scriptingFamilies)
        let moved = Reply.error("MOVED 3300 10.0.0.1:7000")
        #expect(node.run("EVAL", "return 1", "1", "b") == moved)
        node.run("READONLY")
        #expect(node.run("EVAL", "return redis.call('exists', KEYS[1])", "1", "b") == .integer(0))
        #expect(node.run("EVAL", "#!lua\nreturn 1", "1", "b") == moved)
        #expect(node.run("EVAL", "#!lua flags=no-writes\nreturn 1", "1", "b") == .integer(1))
    }
}
