import RESP
import Testing

@testable import Commands

@Suite struct ClientTests {
    private let node = TestNode()

    /// The fields of a line of CLIENT LIST, by name.
    private func fields(_ line: Substring) -> [String: String] {
        var found: [String: String] = [:]
        for field in line.split(separator: " ") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            found[String(parts[0])] = String(parts[1])
        }
        return found
    }

    private func list(_ arguments: String...) -> [[String: String]] {
        guard case .bulk(let bytes) = node.run(["CLIENT", "LIST"] + arguments) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(fields)
    }

    private func ids(_ arguments: String...) -> [String] {
        guard case .bulk(let bytes) = node.run(["CLIENT", "LIST"] + arguments) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { fields($0)["id"] ?? "" }
    }

    @Test func namesAreChecked() {
        #expect(node.run("CLIENT", "GETNAME") == .null)
        #expect(node.run("CLIENT", "SETNAME", "me") == .simple("OK"))
        #expect(node.run("CLIENT", "GETNAME") == .text("me"))
        let refusal = Reply.error("ERR Client names cannot contain spaces, newlines or special characters.")
        for name in ["a b", "a\n", "ä"] { #expect(node.run("CLIENT", "SETNAME", name) == refusal) }
        #expect(node.run("CLIENT", "SETNAME", "") == .simple("OK"))
        #expect(node.run("CLIENT", "GETNAME") == .null)
    }

    @Test func librariesAreNamed() {
        #expect(node.run("CLIENT", "SETINFO", "LIB-NAME", "lib") == .simple("OK"))
        #expect(node.run("CLIENT", "SETINFO", "lib-ver", "1.2") == .simple("OK"))
        #expect(node.run("CLIENT", "SETINFO", "x", "y") == .error("ERR Unrecognized option 'x'"))
        #expect(
            node.run("CLIENT", "SETINFO", "lib-ver", "a b")
                == .error("ERR lib-ver cannot contain spaces, newlines or special characters."))
        let line = list()[0]
        #expect(line["lib-name"] == "lib" && line["lib-ver"] == "1.2")
    }

    @Test func theLineHasItsFieldsInOrder() {
        guard case .bulk(let bytes) = node.run("CLIENT", "INFO") else { return #expect(Bool(false)) }
        let line = String(decoding: bytes, as: UTF8.self)
        let names = line.split(separator: " ").map { String($0.prefix { $0 != "=" }) }
        let expected = """
            id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem rbs rbp \
            obl oll omem tot-mem events cmd user redir resp lib-name lib-ver io-thread tot-net-in tot-net-out \
            tot-cmds read-events parse-batch-cmd-sum parse-batch-cnt capa
            """
        #expect(names.joined(separator: " ") == expected)
        #expect(line.hasSuffix("\n"))
    }

    @Test func theLineTellsWhatTheClientDoes() {
        let other = node.connect()
        other.run("HELLO", "3", "SETNAME", "other")
        other.run("SELECT", "2")
        other.run("WATCH", "k")
        other.run("MULTI")
        other.run("SET", "k", "v")
        node.advance(milliseconds: 5000)
        let line = list("NAME", "other")[0]
        #expect(line["age"] == "5" && line["idle"] == "5" && line["db"] == "2" && line["resp"] == "3")
        #expect(line["watch"] == "1" && line["tot-cmds"] == "4" && line["tot-net-in"] != "0")
        #expect(line["multi"] == "1" && line["flags"] == "x" && line["cmd"] == "set" && line["multi-mem"] != "0")
        let own = list("ID", "\(node.client.session.id)")[0]
        #expect(own["cmd"] == "client|list" && own["flags"] == "N" && own["multi"] == "-1" && own["events"] == "r")
    }

    @Test func listsMayBeFiltered() {
        let first = node.connect()
        let second = node.connect()
        first.run("CLIENT", "SETNAME", "first")
        second.run("SELECT", "4")
        let own = "\(node.client.session.id)"
        #expect(ids().count == 3)
        #expect(ids("SKIPME", "YES").count == 2)
        #expect(ids("NAME", "first") == ["\(first.session.id)"])
        #expect(ids("NOT-NAME", "first", "NOT-ID", own) == ["\(second.session.id)"])
        #expect(ids("DB", "4") == ["\(second.session.id)"])
        #expect(ids("ID", own, "99", "DB", "0") == [own])
        #expect(ids("TYPE", "pubsub").isEmpty)
        #expect(ids("TYPE", "normal", "IP", "127.0.0.1", "USER", "default", "FLAGS", "N").count == 3)
    }

    /// Every filter of Valkey 9 and its opposite, with what only the client in question meets.
    @Test(arguments: [
        "ID 2", "USER default", "ADDR 127.0.0.1:50000", "LADDR 127.0.0.1:6379", "NAME special", "FLAGS x",
        "LIB-NAME lib",
        "LIB-VER 7", "DB 3", "CAPA r", "CAPA redirect", "IP 127.0.0.1", "TYPE normal", "TYPE NORMAL",
    ])
    func everyFilterHasAnOpposite(_ filter: String) {
        node.run("PING")
        let special = node.connect()
        for line in [
            ["CLIENT", "SETNAME", "special"], ["SELECT", "3"], ["CLIENT", "SETINFO", "LIB-NAME", "lib"],
            ["CLIENT", "SETINFO", "LIB-VER", "7"], ["CLIENT", "CAPA", "redirect"], ["MULTI"],
        ] {
            special.run(line)
        }
        let words = filter.split(separator: " ").map(String.init)
        let both = Set(ids())
        func found(_ words: [String]) -> Set<String> {
            guard case .bulk(let bytes) = node.run(["CLIENT", "LIST"] + words) else { return [] }
            return Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { fields($0)["id"] ?? "" })
        }
        let matching = found(words)
        #expect(matching.contains("\(special.session.id)") && both.count == 2)
        #expect(found(["NOT-\(words[0])"] + words.dropFirst()) == both.subtracting(matching))
    }

    @Test func silentAndOldClientsAreFound() {
        let other = node.connect()
        node.advance(milliseconds: 20_000)
        node.run("PING")
        #expect(ids("IDLE", "20") == ["\(other.session.id)"] && ids("IDLE", "21").isEmpty)
        #expect(ids("MAXAGE", "20").contains("\(other.session.id)") && ids("MAXAGE", "21").isEmpty)
    }

    @Test(arguments: [
        (["LIST", "TYPE", "x"], "ERR Unknown client type 'x'"), (["LIST", "ID"], "ERR syntax error"),
        (["LIST", "ID", "x"], "ERR Invalid client ID"), (["LIST", "FOO", "x"], "ERR syntax error"),
        (["KILL", "1.2.3.4:5"], "ERR No such client"), (["KILL", "ID", "x"], "ERR client-id should be greater than 0"),
        (["KILL", "ID", "0"], "ERR client-id should be greater than 0"),
        (["KILL", "ID", "1", "ID"], "ERR syntax error"),
        (["KILL", "USER", "x"], "ERR No such user 'x'"), (["KILL", "SKIPME", "x"], "ERR syntax error"),
        (["KILL", "MAXAGE", "0"], "ERR maxage should be greater than 0"), (["REPLY", "x"], "ERR syntax error"),
        (["NO-EVICT", "x"], "ERR syntax error"), (["NO-TOUCH", "x"], "ERR syntax error"),
        (["PAUSE", "x"], "ERR timeout is not an integer or out of range"),
        (["PAUSE", "-1"], "ERR timeout is negative"),
        (["PAUSE", "x", "y"], "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        (["UNBLOCK", "x"], "ERR value is not an integer or out of range"),
        (["UNBLOCK", "1", "x"], "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
        (["FOO"], "ERR unknown subcommand 'FOO'. Try CLIENT HELP."), (["TRACKING", "x"], "ERR syntax error"),
        (["SETNAME"], "ERR wrong number of arguments for 'client|setname' command"),
    ])
    func mistakes(arguments: [String], error: String) { #expect(node.run(["CLIENT"] + arguments) == .error(error)) }

    @Test func whoIsKilledIsClosed() {
        let victim = node.connect()
        let bystander = node.connect()
        bystander.run("CLIENT", "SETNAME", "bystander")
        #expect(node.run("CLIENT", "KILL", "ID", "\(victim.session.id)", "\(node.client.session.id)") == .integer(1))
        #expect(victim.session.isClosed && !bystander.session.isClosing && !node.client.session.isClosing)
        #expect(node.run("CLIENT", "KILL", "ID", "\(victim.session.id)") == .integer(0))
        #expect(node.run("CLIENT", "KILL", "MAXAGE", "10") == .integer(0))
        node.advance(milliseconds: 10_000)
        #expect(node.run("CLIENT", "KILL", "MAXAGE", "10", "NOT-NAME", "bystander") == .integer(0))
        #expect(node.run("CLIENT", "KILL", "MAXAGE", "10") == .integer(1))
        #expect(bystander.session.isClosed)
    }

    @Test func whoKillsItselfIsAnswered() {
        #expect(node.connect().run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no") == .integer(1))
        let client = node.connect()
        #expect(client.run("CLIENT", "KILL", "127.0.0.1:50000") == .simple("OK"))
    }

    @Test func pausesHoldBack() {
        node.run("CLIENT", "PAUSE", "9223372036854775807")
        let client = node.connect()
        client.send("PING\r\n")
        #expect(client.replies().isEmpty)
        let unpausing = node.connect()
        #expect(unpausing.run("CLIENT", "UNPAUSE") == .simple("OK"))
        node.advance(milliseconds: 0)
        #expect(client.replies() == [.simple("PONG")])
    }

    @Test func whoWaitsCanBeUnblocked() {
        for (reason, reply) in [
            ("TIMEOUT", Reply.integer(0)), ("ERROR", .error("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
        ] {
            let waiting = node.connect()
            waiting.send("WAIT 1 0\r\n")
            #expect(node.run("CLIENT", "UNBLOCK", "\(waiting.session.id)", reason) == .integer(1))
            #expect(waiting.replies() == [reply])
            #expect(node.run("CLIENT", "UNBLOCK", "\(waiting.session.id)", reason) == .integer(0))
        }
    }

    @Test func nobodyTracksYet() {
        #expect(node.run("CLIENT", "TRACKING", "OFF") == .simple("OK"))
        #expect(node.run("CLIENT", "GETREDIR") == .integer(-1))
        #expect(
            node.run("CLIENT", "TRACKINGINFO")
                == .array([
                    .text("flags"), .array([.text("off")]), .text("redirect"), .integer(-1), .text("prefixes"),
                    .array([]),
                ]))
        guard case .error(let text) = node.run("CLIENT", "CACHING", "YES") else { return #expect(Bool(false)) }
        #expect(text.hasPrefix("ERR CLIENT CACHING can be called only when"))
    }

    @Test func capabilitiesAreRemembered() {
        #expect(node.run("CLIENT", "CAPA", "redirect", "unheard-of") == .simple("OK"))
        #expect(ids("CAPA", "redirect").count == 1)
        #expect(node.run("CLIENT", "IMPORT-SOURCE", "ON") == .simple("OK"))
    }

    @Test func helpListsTheSubcommands() {
        guard case .array(let lines) = node.run("CLIENT", "HELP") else { return #expect(Bool(false)) }
        #expect(lines.first == .simple("CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"))
        #expect(lines.contains(.simple("PAUSE timeout [WRITE|ALL]")))
        #expect(lines.suffix(2) == [.simple("HELP"), .simple("    Prints this help.")])
    }

    @Test func monitorsSeeWhatOthersDo() {
        let monitor = node.connect()
        #expect(monitor.run("MONITOR") == .simple("OK"))
        monitor.send("MONITOR\r\n")
        node.run("SET", "k", "a\"b")
        node.run("AUTH", "default", "secret")
        let lines = monitor.replies()
        #expect(lines.count == 2)
        guard case .simple(let set)? = lines.first, case .simple(let auth)? = lines.last else {
            return #expect(Bool(false))
        }
        #expect(set.hasSuffix(#"[0 127.0.0.1:50000] "SET" "k" "a\"b""#))
        #expect(!auth.contains("secret"))
        #expect(list("FLAGS", "O").count == 1)
    }
}
