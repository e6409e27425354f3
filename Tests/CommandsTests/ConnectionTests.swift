import RESP
import Testing

@testable import Commands

@Suite struct ConnectionTests {
    private let node = TestNode()

    @Test func pingAndEcho() {
        #expect(node.run("PING") == .simple("PONG"))
        #expect(node.run("PING", "hi") == .text("hi"))
        #expect(node.run("PING", "a", "b") == .error("ERR wrong number of arguments for 'ping' command"))
        #expect(node.run("ECHO", "hi") == .text("hi"))
    }

    @Test func databasesAreApart() {
        node.run("SET", "k", "zero")
        #expect(node.run("SELECT", "1") == .simple("OK"))
        #expect(node.run("GET", "k") == .null)
        #expect(node.run("SELECT", "0") == .simple("OK"))
        #expect(node.run("GET", "k") == .text("zero"))
    }

    @Test(arguments: [
        ("16", "ERR DB index is out of range"), ("-1", "ERR DB index is out of range"),
        ("x", "ERR value is not an integer or out of range"),
        ("99999999999", "ERR value is out of range, value must between -2147483648 and 2147483647"),
    ])
    func thereAreSixteen(index: String, error: String) { #expect(node.run("SELECT", index) == .error(error)) }

    @Test func authWithoutAPassword() {
        guard case .error(let text) = node.run("AUTH", "x") else { return #expect(Bool(false)) }
        #expect(text.hasPrefix("ERR AUTH <password> called without any password configured for the default user."))
        #expect(node.run("AUTH", "default", "anything") == .simple("OK"))
        #expect(node.run("AUTH", "a", "b") == .error("WRONGPASS invalid username-password pair or user is disabled."))
        #expect(node.run("AUTH", "a", "b", "c") == .error("ERR syntax error"))
    }

    @Test func resetForgetsWhatWasChosen() {
        node.run("HELLO", "3", "SETNAME", "me")
        node.run("SELECT", "3")
        node.run("CLIENT", "NO-TOUCH", "ON")
        node.run("CLIENT", "SETINFO", "lib-name", "lib")
        node.run("WATCH", "k")
        node.run("MULTI")
        #expect(node.run("RESET") == .simple("RESET"))
        #expect(node.run("EXEC") == .error("ERR EXEC without MULTI"))
        let session = node.client.session
        #expect(session.database == 0 && session.name.isEmpty && !session.leavesAccessClock)
        let version = session.writer.version
        #expect(version == .resp2 && session.watch.keyCount == 0)
        #expect(session.libraryName == Array("lib".utf8))
    }

    @Test func resetEndsMonitoring() {
        let monitor = node.connect()
        monitor.run("MONITOR")
        #expect(monitor.run("GET", "k") == .error("ERR Replica can't interact with the keyspace"))
        #expect(monitor.run("RESET") == .simple("RESET"))
        node.run("PING")
        #expect(monitor.replies().isEmpty)
    }
}

@Suite struct ConnectionHelloTests {
    private let node = TestNode()

    private func greeting(_ version: Int64) -> [(String, Reply)] {
        [
            ("server", .text("redis")), ("version", .text("7.2.4")), ("proto", .integer(version)), ("id", .integer(1)),
            ("mode", .text("standalone")), ("role", .text("master")), ("modules", .array([])),
        ]
    }

    @Test func itTellsAboutTheServer() {
        #expect(node.run("HELLO") == .array(greeting(2).flatMap { [.text($0.0), $0.1] }))
        #expect(node.run("HELLO", "3") == .map(greeting(3).map { .init(.text($0.0), $0.1) }))
        #expect(node.run("HELLO", "2") == .array(greeting(2).flatMap { [.text($0.0), $0.1] }))
    }

    @Test(arguments: [
        (["1"], "NOPROTO unsupported protocol version"), (["4"], "NOPROTO unsupported protocol version"),
        (["259"], "NOPROTO unsupported protocol version"),
        (["x"], "ERR Protocol version is not an integer or out of range"),
        (["3", "FOO"], "ERR Syntax error in HELLO option 'FOO'"),
        (["3", "AUTH", "x"], "ERR Syntax error in HELLO option 'AUTH'"),
        (["3", "SETNAME"], "ERR Syntax error in HELLO option 'SETNAME'"),
        (["3", "SETNAME", "a b"], "ERR Client names cannot contain spaces, newlines or special characters."),
        (["3", "AUTH", "u", "p"], "WRONGPASS invalid username-password pair or user is disabled."),
    ])
    func mistakesChangeNothing(arguments: [String], error: String) {
        #expect(node.run(["HELLO"] + arguments) == .error(error))
        let version = node.client.session.writer.version
        #expect(version == .resp2)
    }

    @Test func itMayNameTheClient() {
        node.run("HELLO", "3", "SETNAME", "me")
        #expect(node.run("CLIENT", "GETNAME") == .text("me"))
    }
}
