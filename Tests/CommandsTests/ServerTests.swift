import RESP
import Storage
import Testing

@testable import Commands

@Suite struct ServerTests {
    @Test func tellsTheTime() {
        let node = TestNode()
        node.advance(milliseconds: 1234)
        #expect(node.run("TIME") == .array([.text("1700000001"), .text("234000")]))
        #expect(node.run("LASTSAVE") == .integer(1_700_000_000))
    }

    @Test func isAPrimary() {
        #expect(TestNode().run("ROLE") == .array([.text("master"), .integer(0), .array([])]))
    }

    @Test func drawsAndTellsItsVersion() {
        let node = TestNode()
        guard case .bulk(let bytes) = node.run("LOLWUT", "VERSION", "5", "1", "2") else { return #expect(Bool(false)) }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("Redis ver. 7.2.4, Apus ver. \(Release.apus)\n"))
        #expect(node.run("LOLWUT", "VERSION", "x") == .error("ERR value is not an integer or out of range"))
        node.client.session.writer.version = .resp3
        guard case .verbatim("txt", text) = node.run("LOLWUT", "FOO") else { return #expect(Bool(false)) }
    }

    @Test func hasNoModules() {
        var settings = TestNode().node.settings
        settings.enableModuleCommand = .yes
        let node = TestNode(settings: settings)
        #expect(node.run("MODULE", "LIST") == .array([]))
        let refusal = Reply.error("ERR Error loading the extension. This server cannot load modules.")
        #expect(node.run("MODULE", "LOAD", "/x.so") == refusal)
        #expect(node.run("MODULE", "LOADEX", "/x.so", "ARGS", "1") == refusal)
    }

    @Test(arguments: [[], ["NOSAVE"], ["save", "now", "force"], ["NOSAVE", "SAFE", "FAILOVER"]])
    func ends(options: [String]) {
        let node = TestNode()
        node.client.send(TestClient.request(["SHUTDOWN"] + options) + TestClient.request(["SET", "k", "v"]))
        #expect(node.client.replies() == [])
        #expect(node.client.session.isClosing)
        let actions = node.node.takeActions()
        #expect(actions.contains { if case .shutdown = $0 { true } else { false } })
        #expect(
            actions.contains {
                if case .log(_, let text) = $0 { text == "User requested shutdown..." } else { false }
            })
        #expect(node.connect().run("GET", "k") == .null)
    }

    @Test(arguments: [["FOO"], ["SAVE", "NOSAVE"], ["ABORT", "NOW"], ["FORCE", "ABORT"], ["NOW", "NOW", "FOO"]])
    func refusesToEnd(options: [String]) {
        let node = TestNode()
        #expect(node.run(["SHUTDOWN"] + options) == .error("ERR syntax error"))
        #expect(node.node.takeActions().isEmpty)
    }

    @Test func hasNoShutdownToAbort() {
        let node = TestNode()
        #expect(node.run("SHUTDOWN", "ABORT") == .error("ERR No shutdown in progress."))
        node.run("MULTI")
        #expect(node.run("SHUTDOWN") == .error("ERR Command not allowed inside a transaction"))
    }

    @Test func containersHelp() {
        let node = TestNode()
        for command in serverCommands where !command.subcommands.isEmpty {
            guard case .array(let lines) = node.run(command.name, "HELP") else { return #expect(Bool(false)) }
            #expect(lines.last == .simple("    Prints this help."))
            for subcommand in command.subcommands {
                let name = subcommand.name.uppercased()
                let isListed = lines.contains {
                    if case .simple(let line) = $0 { line.hasPrefix(name) } else { false }
                }
                #expect(isListed, "\(command.name) \(name)")
            }
        }
    }

    @Test func categoriesAreTheReferences() {
        func categories(_ name: String) -> Set<CommandCategory> {
            Set(serverCommands.first { $0.name == name }!.allCategories)
        }
        #expect(categories("info") == [.dangerous, .slow])
        #expect(categories("lastsave") == [.admin, .dangerous, .fast])
        #expect(categories("role") == [.admin, .dangerous, .fast])
        #expect(categories("lolwut") == [.fast, .read])
        #expect(categories("time") == [.fast])
        #expect(categories("shutdown") == [.admin, .dangerous, .slow])
        #expect(categories("config") == [.slow])
    }
}
