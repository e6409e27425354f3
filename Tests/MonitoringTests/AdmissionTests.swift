import Commands
import Testing

@testable import Monitoring

/// Who may look at a node over HTTP.
struct AdmissionTests {
    private func who(_ user: String, _ password: String) -> Credentials {
        Credentials(user: Array(user.utf8), password: Array(password.utf8))
    }

    private func admission(_ node: Node, _ credentials: Credentials?) -> String {
        switch node.admit(credentials) {
        case .admitted: "admitted"
        case .unknown: "unknown"
        case .forbidden: "forbidden"
        }
    }

    @Test func everybodyWhereNoRightsAreConfigured() {
        let node = Samples.node()
        #expect(admission(node, nil) == "admitted")
        #expect(admission(node, who("default", "anything")) == "admitted")
        #expect(admission(node, who("nobody", "x")) == "unknown")
    }

    @Test func aPassword() {
        let node = Samples.node { $0.requirepass = Array("secret".utf8) }
        #expect(admission(node, nil) == "unknown")
        #expect(admission(node, who("default", "secret")) == "admitted")
        #expect(admission(node, who("default", "wrong")) == "unknown")
        #expect(admission(node, who("default", "")) == "unknown")
        #expect(node.statistics.deniedLogins == 2)
    }

    @Test func aDefaultUserWhoIsOff() {
        let node = Samples.node([
            ["ACL", "SETUSER", "watcher", "on", ">x", "+info"], ["ACL", "SETUSER", "default", "off"],
        ])
        #expect(admission(node, nil) == "unknown")
        #expect(admission(node, who("watcher", "x")) == "admitted")
    }

    @Test func whoMayNotRunINFO() {
        let node = Samples.node([
            ["ACL", "SETUSER", "writer", "on", ">x", "+@all", "-info"],
            ["ACL", "SETUSER", "gone", "off", ">x", "+@all"],
        ])
        #expect(admission(node, who("writer", "x")) == "forbidden")
        #expect(admission(node, who("gone", "x")) == "unknown")
    }

    @Test func aDefaultUserWhoMayNot() {
        let node = Samples.node([["ACL", "SETUSER", "default", "-info"]])
        // Somebody else may, so it is worth asking who it is.
        #expect(admission(node, nil) == "unknown")
    }

    @Test func detailsAreForThoseWhoMaySeeThem() throws {
        let node = Samples.node([
            ["ACL", "SETUSER", "watcher", "on", ">x", "+info"],
            ["ACL", "SETUSER", "slow", "on", ">x", "+info", "+slowlog"],
        ])
        func details(_ user: String) -> NodeDetails? {
            guard case .admitted(let reader) = node.admit(who(user, "x")) else { return nil }
            return node.details(for: reader)
        }
        let watcher = try #require(details("watcher"))
        #expect(watcher.slowCommands == nil && watcher.clients == nil && watcher.hotKeys == nil)
        let slow = try #require(details("slow"))
        #expect(slow.slowCommands != nil && slow.clients == nil)
        let all = try #require(details("default"))
        #expect(all.slowCommands != nil && all.clients?.count == 1)
    }
}
