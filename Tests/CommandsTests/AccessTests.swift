import RESP
import Settings
import Testing

@testable import Commands

/// Users that change while clients are connected, and what clients see of it.
@Suite struct AccessTests {
    private let node = TestNode()
    private let bob: TestClient
    private let keyDenial = Reply.error("NOPERM No permissions to access a key")
    private let wrongPassword = Reply.error("WRONGPASS invalid username-password pair or user is disabled.")

    init() {
        bob = node.connect()
        set("on", "nopass", "~*", "&*", "+@all")
        bob.run("AUTH", "bob", "x")
    }

    private func set(_ rules: String...) {
        #expect(node.run(["ACL", "SETUSER", "bob"] + rules) == .simple("OK"))
    }

    private func commandDenial(_ name: String) -> Reply {
        .error("NOPERM User bob has no permissions to run the '\(name)' command")
    }

    @Test func rightsChangeWhileConnected() {
        #expect(bob.run("SET", "k", "v") == .simple("OK"))
        set("-set")
        #expect(bob.run("SET", "k", "v") == commandDenial("set"))
        #expect(bob.run("GET", "k") == .text("v"))
        set("resetkeys", "~a*")
        #expect(bob.run("GET", "k") == keyDenial)
        set("resetchannels")
        set("+@all", "~*", "&*")
        #expect(bob.run("SET", "k", "v") == .simple("OK"))
        let isLimited = bob.session.attention.contains(.limited)
        #expect(!isLimited)
    }

    @Test func aPlainUserCostsNothing() {
        let attention = bob.session.attention
        #expect(attention.isEmpty)
        set("-debug")
        let isLimited = bob.session.attention == .limited
        #expect(isLimited)
    }

    @Test func transactionsAreCheckedTwice() {
        bob.run("MULTI")
        set("-set")
        #expect(bob.run("SET", "k", "v") == commandDenial("set"))
        #expect(bob.run("EXEC") == .error("EXECABORT Transaction discarded because of previous errors."))
        set("+set")
        bob.run("MULTI")
        #expect(bob.run("SET", "k", "v") == .simple("QUEUED"))
        #expect(bob.run("GET", "k") == .simple("QUEUED"))
        set("-set")
        let denial = Reply.error(
            """
            NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. \
            This command is no longer allowed for the following reason: no permission to execute the command or subcommand
            """)
        #expect(bob.run("EXEC") == .array([denial, .null]))
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func aTransactionMayTakeItsOwnRightsAway() {
        bob.run("MULTI")
        for command in [["SET", "a", "1"], ["ACL", "SETUSER", "bob", "resetkeys"], ["SET", "b", "1"], ["PING"]] {
            #expect(bob.run(command) == .simple("QUEUED"))
        }
        guard case .array(let replies) = bob.run("EXEC"), replies.count == 4 else { return #expect(Bool(false)) }
        #expect(replies[0] == .simple("OK") && replies[3] == .simple("PONG"))
        guard case .error(let text) = replies[2] else { return #expect(Bool(false)) }
        #expect(text.hasSuffix("no permission to touch the specified keys"))
        #expect(node.run("DBSIZE") == .integer(1))
    }

    @Test func execItselfMayBeForbidden() {
        bob.run("MULTI")
        set("-exec")
        #expect(
            bob.run("EXEC")
                == .error(
                    "EXECABORT Transaction discarded because of: NOPERM User bob has no permissions to run the 'exec' command"
                ))
        #expect(bob.run("PING") == .simple("PONG"))
    }

    @Test func whoWaitsIsCheckedWhenServed() {
        bob.send(TestClient.request(["BLPOP", "list", "0"]))
        set("resetkeys")
        node.run("RPUSH", "list", "a")
        #expect(bob.replies() == [keyDenial])
        #expect(node.run("LLEN", "list") == .integer(1))
        #expect(bob.run("PING") == .simple("PONG"))
        set("~*")
        bob.send(TestClient.request(["BLPOP", "other", "0"]))
        node.run("RPUSH", "other", "b")
        #expect(bob.replies() == [.array([.text("other"), .text("b")])])
    }

    @Test func removedUsersAreDisconnected() {
        let other = node.connect()
        #expect(node.run("ACL", "DELUSER", "bob", "nobody") == .integer(1))
        #expect(bob.session.isClosed)
        #expect(!other.session.isClosing)
        #expect(other.run("AUTH", "bob", "x") == wrongPassword)
    }

    @Test func whoRemovesItselfStillHearsOfIt() {
        #expect(bob.run("ACL", "DELUSER", "bob") == .integer(1))
        #expect(bob.session.isClosing && !bob.session.isClosed)
    }

    @Test func theDefaultUserStays() {
        #expect(node.run("ACL", "DELUSER", "bob", "default") == .error("ERR The 'default' user cannot be removed"))
        #expect(node.run("ACL", "USERS") == .array([.text("default")]))
    }

    @Test func aUserThatIsTurnedOffKeepsItsConnections() {
        set("off")
        #expect(bob.run("PING") == .simple("PONG"))
        #expect(bob.run("AUTH", "bob", "x") == wrongPassword)
        #expect(bob.run("ACL", "WHOAMI") == .text("bob"))
    }

    @Test func theDefaultUserCanBeTakenAway() {
        let before = node.connect()
        node.run("ACL", "SETUSER", "default", "off")
        let after = node.connect()
        #expect(before.run("PING") == .simple("PONG"))
        #expect(after.run("PING") == .error("NOAUTH Authentication required."))
        let isRestricted = after.session.parser.isRestricted
        #expect(isRestricted)
        #expect(after.run("AUTH", "bob", "x") == .simple("OK"))
        let isStillRestricted = after.session.parser.isRestricted
        #expect(!isStillRestricted)
        #expect(after.run("RESET") == .simple("RESET"))
        #expect(after.run("PING") == .error("NOAUTH Authentication required."))
        node.run("ACL", "SETUSER", "default", "on")
        #expect(after.run("PING") == .simple("PONG"))
        node.run("ACL", "SETUSER", "default", ">p")
        #expect(after.run("PING") == .error("NOAUTH Authentication required."))
        #expect(after.run("AUTH", "p") == .simple("OK"))
        #expect(after.run("ACL", "WHOAMI") == .text("default"))
    }

    @Test func aRequiredPasswordIsThatOfTheDefaultUser() {
        node.run("ACL", "SETUSER", "default", ">old")
        node.run("CONFIG", "SET", "requirepass", "new", "maxmemory", "1")
        #expect(node.connect().run("AUTH", "old") == wrongPassword)
        #expect(node.connect().run("AUTH", "default", "new") == .simple("OK"))
        node.run("ACL", "SETUSER", "default", ">old")
        // Other directives leave the user alone.
        node.run("CONFIG", "SET", "maxmemory", "0")
        #expect(node.connect().run("AUTH", "old") == .simple("OK"))
        node.run("CONFIG", "SET", "requirepass", "")
        #expect(node.connect().run("PING") == .simple("PONG"))
    }

    @Test func namesAreBytes() {
        node.run("ACL", "SETUSER", "e\u{301}", "on", ">1")
        node.run("ACL", "SETUSER", "\u{E9}", "on", ">2")
        #expect(node.connect().run("AUTH", "\u{E9}", "1") == wrongPassword)
        #expect(node.connect().run("AUTH", "e\u{301}", "1") == .simple("OK"))
        #expect(node.run("ACL", "DELUSER", "e\u{301}") == .integer(1))
        #expect(node.connect().run("AUTH", "\u{E9}", "2") == .simple("OK"))
    }

    @Test func sortReadsOtherKeysOnlyForWhoMayReadAll() {
        node.run("RPUSH", "list", "1")
        set("resetkeys", "%R~list", "%W~*")
        let denial = { (option: String) in
            Reply.error("ERR \(option) option of SORT denied due to insufficient ACL permissions.")
        }
        #expect(bob.run("SORT", "list", "BY", "w_*") == denial("BY"))
        #expect(bob.run("SORT", "list", "GET", "w_*") == denial("GET"))
        #expect(bob.run("SORT", "list", "BY", "nosort") == .array([.text("1")]))
        set("%R~*")
        #expect(bob.run("SORT", "list", "BY", "w_*", "GET", "#") == .array([.text("1")]))
    }

    /// Wherever a request hides a key, it is found.
    @Test(arguments: [
        "SORT allowed STORE x", "SORT allowed BY nosort STORE allowed STORE x",
        "GEORADIUS allowed 0 0 1 m STORE allowed STORE x", "GEORADIUS allowed 0 0 1 m STOREDIST x STORE allowed",
        "GEORADIUSBYMEMBER allowed store 1 m STORE x", "XREADGROUP COUNT 1 GROUP streams c STREAMS x >",
        "XREADGROUP GROUP allowed streams STREAMS allowed x > >", "XREAD COUNT 1 STREAMS allowed x 0 0",
        "ZUNIONSTORE x 1 allowed", "ZUNIONSTORE allowed 1 x", "LMPOP 2 allowed x LEFT", "BITOP AND allowed x",
        "MSET allowed 1 x 1", "COPY allowed x", "LMOVE allowed x LEFT LEFT", "SET x v GET", "BITFIELD x",
    ])
    func hiddenKeysAreFound(request: String) {
        set("resetkeys", "~allowed")
        #expect(bob.run(request.split(separator: " ").map(String.init)) == keyDenial)
    }

    @Test func whoListensToWhatItMayNotHearAnyMoreIsDisconnected() {
        let (quiet, patterns) = (node.connect(), node.connect())
        for client in [quiet, patterns] { client.run("AUTH", "bob", "x") }
        bob.session.subscriptions[.channel][Array("news.x".utf8)] = 1
        patterns.session.subscriptions[.pattern][Array("news.*".utf8)] = 2
        set("resetchannels", "&news.*")
        #expect(!bob.session.isClosing && !patterns.session.isClosing)
        // The name is allowed still, the pattern is not.
        set("resetchannels", "&news.?")
        #expect(!bob.session.isClosing && patterns.session.isClosed)
        set("resetchannels", "&other")
        #expect(bob.session.isClosed && !quiet.session.isClosing)
    }

    @Test func clientsAreChosenByUser() {
        let id = bob.session.id
        #expect(node.run("CLIENT", "KILL", "USER", "nobody") == .error("ERR No such user 'nobody'"))
        guard case .bulk(let line) = node.run("CLIENT", "LIST", "USER", "bob") else { return #expect(Bool(false)) }
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.hasPrefix("id=\(id) ") && text.contains(" user=bob ") && !text.contains("user=default"))
        #expect(node.run("CLIENT", "KILL", "USER", "bob") == .integer(1))
        #expect(bob.session.isClosed)
    }
}

@Suite struct AccessLogCommandTests {
    private let node = TestNode()

    /// The fields of each entry by name.
    private func entries() -> [[String: Reply]] {
        guard case .array(let entries) = node.run("ACL", "LOG") else { return [] }
        return entries.map { entry in
            guard case .array(let fields) = entry else { return [:] }
            var named: [String: Reply] = [:]
            for index in stride(from: 0, to: fields.count, by: 2) {
                if case .bulk(let name) = fields[index] {
                    named[String(decoding: name, as: UTF8.self)] = fields[index + 1]
                }
            }
            return named
        }
    }

    @Test func refusalsAreKept() {
        node.run("ACL", "SETUSER", "bob", "on", ">p", "~k", "+get", "+multi", "+exec")
        let bob = node.connect()
        bob.run("AUTH", "bob", "wrong")
        bob.run("AUTH", "bob", "p")
        bob.run("SET", "k", "v")
        bob.run("GET", "x")
        bob.run("GET", "x")
        bob.run("MULTI")
        bob.run("CONFIG", "GET", "x")
        node.advance(milliseconds: 1500)
        let all = entries()
        let objects = all.map { $0["object"] }
        #expect(objects == [.text("config|get"), .text("x"), .text("set"), .text("AUTH")])
        #expect(all.map { $0["reason"] } == ["command", "key", "command", "auth"].map(Reply.text))
        #expect(all.map { $0["context"] } == ["multi", "toplevel", "toplevel", "toplevel"].map(Reply.text))
        #expect(all.map { $0["count"] } == [1, 2, 1, 1].map(Reply.integer))
        #expect(all.map { $0["entry-id"] } == [3, 2, 1, 0].map(Reply.integer))
        #expect(all.allSatisfy { $0["username"] == .text("bob") && $0["age-seconds"] == .text("1.5") })
        #expect(node.run("ACL", "LOG", "0") == .array([]))
        #expect(node.run("ACL", "LOG", "RESET") == .simple("OK"))
        #expect(node.run("ACL", "LOG") == .array([]))
        for (field, count) in [("auth", 1), ("cmd", 2), ("key", 2), ("channel", 0)] {
            guard case .bulk(let text) = node.run("INFO", "stats") else { return #expect(Bool(false)) }
            #expect(String(decoding: text, as: UTF8.self).contains("acl_access_denied_\(field):\(count)\r\n"))
        }
    }

    @Test func theLogIsBounded() {
        node.run("CONFIG", "SET", "acllog-max-len", "3")
        for number in 0..<10 { node.run("AUTH", "user\(number)", "x") }
        #expect(entries().count == 3)
        node.run("CONFIG", "SET", "acllog-max-len", "0")
        #expect(entries().isEmpty)
    }
}

@Suite struct AccessFileTests {
    private let node: TestNode
    private let file = "users.acl"

    init() {
        var settings = Settings()
        settings.aclfile = file
        node = TestNode(settings: settings)
    }

    private var text: String {
        get { String(decoding: node.environment.files[file] ?? [], as: UTF8.self) }
        nonmutating set { node.environment.files[file] = Array(newValue.utf8) }
    }

    @Test func whatIsSavedLoadsAgain() {
        node.run("ACL", "SETUSER", "bob", "on", ">p", "~a*", "%R~b", "&c", "+@all", "-set", "(+set ~x)")
        let before = node.run("ACL", "LIST")
        #expect(node.run("ACL", "SAVE") == .simple("OK"))
        #expect(text.hasSuffix("user default on nopass sanitize-payload ~* &* +@all\n"))
        node.run("ACL", "DELUSER", "bob")
        node.run("ACL", "SETUSER", "carl")
        #expect(node.run("ACL", "LOAD") == .simple("OK"))
        #expect(node.run("ACL", "LIST") == before)
    }

    @Test func clientsOfUsersWhoStayStay() {
        text = "user bob on nopass ~* &* +@all\nuser carl on nopass ~* &* +@all\n"
        node.run("ACL", "LOAD")
        let (bob, carl, other) = (node.connect(), node.connect(), node.connect())
        bob.run("AUTH", "bob", "x")
        carl.run("AUTH", "carl", "x")
        text = "user carl on nopass ~k &* +@all\nuser default on >p ~* &* +@all"
        #expect(node.run("ACL", "LOAD") == .simple("OK"))
        #expect(bob.session.isClosed && !carl.session.isClosing && !other.session.isClosing)
        #expect(carl.run("GET", "x") == .error("NOPERM No permissions to access a key"))
        #expect(other.run("PING") == .simple("PONG"))
        #expect(node.connect().run("PING") == .error("NOAUTH Authentication required."))
        // Where the file does not name it, the default user may do everything.
        text = ""
        #expect(node.run("ACL", "LOAD") == .simple("OK"))
        #expect(node.connect().run("PING") == .simple("PONG"))
    }

    @Test func aDamagedFileChangesNothing() {
        node.run("ACL", "SETUSER", "bob", "on", "+get")
        let before = node.run("ACL", "LIST")
        text = "user default off\nuser carl +nosuch\nuser dora (+get\n"
        let error = """
            ERR users.acl:2: Error in applying operation '+nosuch': Unknown command or category name in ACL. \
            users.acl:3: Unmatched parenthesis in selector definition.\
            WARNING: ACL errors detected, no change to the previously active ACL rules was performed
            """
        #expect(node.run("ACL", "LOAD") == .error(error))
        #expect(node.run("ACL", "LIST") == before)
        node.environment.files = [:]
        #expect(
            node.run("ACL", "LOAD")
                == .error("ERR Error loading ACLs, opening file 'users.acl': No such file or directory"))
        #expect(node.run("ACL", "LIST") == before)
    }

    @Test func aFileThatCannotBeWrittenStays() {
        text = "user default on nopass ~* &* +@all\n"
        node.environment.isDiskFull = true
        #expect(
            node.run("ACL", "SAVE")
                == .error(
                    "ERR There was an error trying to save the ACLs. Please check the server logs for more information")
        )
        #expect(text == "user default on nopass ~* &* +@all\n")
    }

    @Test func withoutAFileThereIsNothingToLoad() {
        let node = TestNode()
        for command in ["LOAD", "SAVE"] {
            guard case .error(let text) = node.run("ACL", command) else { return #expect(Bool(false)) }
            #expect(text.hasPrefix("ERR This Redis instance is not configured to use an ACL file."))
        }
    }
}

@Suite struct AccessConfigurationTests {
    private func settings(_ text: String) throws -> Settings {
        var settings = Settings()
        try settings.read(text: text, named: "f")
        return settings
    }

    @Test func usersStandInTheConfiguration() throws {
        let settings = try settings(
            "user bob on >p ~a* +get (+set ~b)\nrequirepass x\nuser default on nopass ~* +@all\n")
        try Node.checkUsers(settings)
        let node = TestNode(settings: settings)
        #expect(node.run("AUTH", "bob", "p") == .simple("OK"))
        #expect(node.run("SET", "a", "1") == .error("NOPERM No permissions to access a key"))
        #expect(node.run("SET", "b", "1") == .simple("OK"))
        #expect(node.connect().run("PING") == .simple("PONG"))
    }

    @Test(arguments: [
        ("user bob foo", "Error in user declaration 'bob': Syntax error"),
        ("user bob +nosuch", "Error in user declaration 'bob': Unknown command or category name in ACL"),
        (
            "user bob\nuser bob",
            """
            Error in user declaration 'bob': Duplicate user found. A user can only be defined once in config files
            """
        ),
        ("user bob (+get", "Error in user declaration 'bob': Unmatched parenthesis in selector definition"),
        ("user \"a b\" on", "Error in user declaration 'a b': Spaces not allowed in ACL usernames"),
    ])
    func mistakesEndTheStart(text: String, reason: String) throws {
        let settings = try settings(text)
        let error = #expect(throws: SettingsError.self) { try Node.checkUsers(settings) }
        #expect(error?.reason == reason)
    }

    @Test func usersAreEitherInAFileOrInTheConfiguration() throws {
        let settings = try settings("user bob on\naclfile users.acl\n")
        #expect(throws: SettingsError.self) { try Node.checkUsers(settings) }
    }

    @Test func rewritingKeepsUsers() throws {
        let node = TestNode(settings: try settings("user bob on +get\n"))
        node.environment.configuration = ("f", "port 1\nuser bob on +get\n")
        node.run("ACL", "SETUSER", "bob", "~a\"b", "%R~\u{1}", "(+set ~x)")
        node.run("ACL", "SETUSER", "carl", ">p")
        #expect(node.run("CONFIG", "REWRITE") == .simple("OK"))
        let text = node.environment.configuration?.text ?? ""
        #expect(text.contains("\nuser bob on sanitize-payload \"~a\\\"b\" \"%R~\\x01\" resetchannels -@all +get ("))
        #expect(!text.contains("user default"))
        let again = TestNode(settings: try settings(text))
        #expect(again.run("ACL", "LIST") == node.run("ACL", "LIST"))
        // A default user that is more than requirepass says has a line too.
        node.run("ACL", "SETUSER", "default", "-debug")
        node.run("CONFIG", "REWRITE")
        #expect(node.environment.configuration?.text.contains("user default on nopass") == true)
        node.run("ACL", "DELUSER", "bob", "carl")
        node.run("CONFIG", "REWRITE")
        #expect(node.environment.configuration?.text.contains("user bob") == false)
    }

    @Test func channelsByDefault() {
        let node = TestNode()
        node.run("ACL", "SETUSER", "a")
        node.run("CONFIG", "SET", "acl-pubsub-default", "allchannels")
        node.run("ACL", "SETUSER", "b")
        node.run("ACL", "SETUSER", "a", "reset")
        #expect(
            node.run("ACL", "LIST")
                == .array([
                    .text("user a off sanitize-payload &* -@all"), .text("user b off sanitize-payload &* -@all"),
                    .text("user default on nopass sanitize-payload ~* &* +@all"),
                ]))
    }
}
