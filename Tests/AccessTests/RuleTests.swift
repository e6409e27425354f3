import Testing

@testable import Access

@Suite struct RuleTests {
    /// Rules, and those by which the user is shown.
    static let shown: [(String, String)] = [
        ("", "off sanitize-payload resetchannels -@all"),
        ("on", "on sanitize-payload resetchannels -@all"),
        ("on off ON", "on sanitize-payload resetchannels -@all"),
        ("nopass", "off nopass sanitize-payload resetchannels -@all"),
        ("nopass resetpass", "off sanitize-payload resetchannels -@all"),
        ("skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all"),
        ("~a ~b* ~a", "off sanitize-payload ~a ~b* resetchannels -@all"),
        ("%R~a %W~a", "off sanitize-payload ~a resetchannels -@all"),
        ("%R~a %w~b %wR~c", "off sanitize-payload %R~a %W~b ~c resetchannels -@all"),
        ("~a allkeys", "off sanitize-payload ~* resetchannels -@all"),
        ("~a ~*", "off sanitize-payload ~* resetchannels -@all"),
        ("~* resetkeys ~b", "off sanitize-payload ~b resetchannels -@all"),
        ("&a &b &a", "off sanitize-payload resetchannels &a &b -@all"),
        ("&a allchannels", "off sanitize-payload &* -@all"),
        ("&* resetchannels", "off sanitize-payload resetchannels -@all"),
        ("+get", "off sanitize-payload resetchannels -@all +get"),
        ("+GET -Set", "off sanitize-payload resetchannels -@all +get -set"),
        ("+get +set +get", "off sanitize-payload resetchannels -@all +set +get"),
        ("+get -get", "off sanitize-payload resetchannels -@all -get"),
        ("+@all -set", "off sanitize-payload resetchannels +@all -set"),
        ("-set allcommands", "off sanitize-payload resetchannels +@all"),
        ("+get nocommands", "off sanitize-payload resetchannels -@all"),
        ("+@read -@WRITE", "off sanitize-payload resetchannels -@all +@read -@write"),
        ("+config|get +config", "off sanitize-payload resetchannels -@all +config"),
        ("+config +config|get", "off sanitize-payload resetchannels -@all +config +config|get"),
        ("-config|set +config|SET", "off sanitize-payload resetchannels -@all +config|set"),
        ("+select|0 +select|1", "off sanitize-payload resetchannels -@all +select|0 +select|1"),
        ("+select|0 +select", "off sanitize-payload resetchannels -@all +select"),
        ("(+get ~a)", "off sanitize-payload resetchannels -@all (~a resetchannels -@all +get)"),
        (
            "(%R~a &c +@all) ()",
            "off sanitize-payload resetchannels -@all (%R~a resetchannels &c +@all) (resetchannels -@all)"
        ),
        ("(+get) clearselectors", "off sanitize-payload resetchannels -@all"),
        ("on nopass +get ~a &b (+set) skip-sanitize-payload reset", "off sanitize-payload resetchannels -@all"),
    ]

    @Test(arguments: shown) func usersAreShownAsRules(rules: String, expected: String) throws {
        #expect(try User.with(rules).text == expected)
    }

    @Test(arguments: shown) func whatIsShownMakesTheSameUser(rules: String, expected: String) throws {
        #expect(try User.with(rules) == User.with(expected))
    }

    static let mistakes: [(String, RuleError)] = [
        ("foo", .syntax), ("+foo", .unknownCommand), ("-foo", .unknownCommand), ("+@foo", .unknownCommand),
        ("-@foo", .unknownCommand), ("+", .unknownCommand), ("+config|foo", .unknownCommand), ("+config|", .syntax),
        ("-config|foo", .unknownCommand), ("-get|x", .unknownCommand), ("+get|", .syntax),
        ("+config|get|x", .firstArgumentOfSubcommand), ("+get|x|y", .unknownCommand), ("~* ~a", .allKeysAlready),
        ("allkeys %R~a", .allKeysAlready), ("&* &a", .allChannelsAlready), ("%~a", .syntax), ("%RR~a", .syntax),
        ("%X~a", .syntax), ("%R", .syntax), ("%", .syntax), ("%RW", .syntax), ("#abc", .badHash), ("!abc", .badHash),
        ("#\(String(repeating: "A", count: 64))", .badHash), ("#\(String(repeating: "a", count: 65))", .badHash),
        ("<x", .noSuchPassword), ("!\(String(repeating: "a", count: 64))", .noSuchPassword), ("(foo)", .syntax),
        ("(+foo)", .unknownCommand), ("(on)", .syntax), ("(nopass)", .syntax), ("((+get))", .syntax), ("@all", .syntax),
    ]

    @Test(arguments: mistakes) func mistakesChangeNothing(rules: String, error: RuleError) throws {
        var user = try User.with("on +get ~a")
        let before = user
        if rules.hasPrefix("~*") || rules.hasPrefix("allkeys") { user = try User.with("on +get") }
        let unchanged = user
        let words = rules.split(separator: " ").map { bytes(String($0)) }
        let failure = #expect(throws: RuleFailure.self) { try user.apply([bytes("+set")] + words, context) }
        #expect(failure?.error == error)
        #expect(user == unchanged)
        #expect(before.text == "on sanitize-payload ~a resetchannels -@all +get")
    }

    @Test func patternsHaveNoBlanks() throws {
        var user = try User.with("")
        for rule in ["~a b", "&a\tb", "%R~a\0", "~\n"] {
            let failure = #expect(throws: RuleFailure.self) { try user.apply([bytes(rule)], context) }
            #expect(failure?.error == .syntax)
        }
        try user.apply([bytes("")], context)
    }

    @Test func selectorsMayComeInSeveralWords() {
        func merged(_ words: String...) -> [String]? {
            let (rules, unclosed) = RuleWords.merged(words.map(bytes))
            return unclosed == nil ? rules.map(text) : nil
        }
        #expect(merged("on", "(+get", "~a", "+set)", "off") == ["on", "(+get ~a +set)", "off"])
        #expect(merged("(+get)", "(", ")") == ["(+get)", "( )"])
        #expect(merged("+get)", "off") == ["+get)", "off"])
        #expect(merged("on", "(+get") == nil)
        #expect(RuleWords.merged([bytes("a"), bytes("(b"), bytes("c")]).unclosed == 1)
    }

    @Test func channelsMayBeAllowedByDefault() throws {
        let open = RuleContext(catalogue: catalogue, allowsAllChannels: true)
        var user = User(name: bytes("u"), open)
        #expect(user.text == "off sanitize-payload &* -@all")
        try user.apply([bytes("resetchannels"), bytes("reset"), bytes("(+get)")], open)
        #expect(user.text == "off sanitize-payload &* -@all (&* -@all +get)")
    }

    @Test func passwords() throws {
        let hash = "#ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
        var user = try User.with("on >a >b >a")
        #expect(user.passwords.count == 2 && user.text.contains(hash))
        bytes("a").withBytes { #expect(user.admits($0)) }
        bytes("b").withBytes { #expect(user.admits($0)) }
        bytes("c").withBytes { #expect(!user.admits($0)) }
        try user.apply([bytes("<a"), bytes("<b"), bytes(hash)], context)
        bytes("a").withBytes { #expect(user.admits($0)) }
        try user.apply([bytes("off")], context)
        bytes("a").withBytes { #expect(!user.admits($0)) }
        try user.apply([bytes("on"), bytes("!" + hash.dropFirst())], context)
        #expect(user.passwords.isEmpty && !user.acceptsAnyPassword)
        bytes("").withBytes { #expect(!user.admits($0)) }
        try user.apply([bytes(">x"), bytes("nopass")], context)
        bytes("").withBytes { #expect(user.admits($0)) }
        #expect(user.passwords.isEmpty && user.admitsEverybody)
        try user.apply([bytes(">")], context)
        bytes("").withBytes { #expect(user.admits($0)) }
        bytes("x").withBytes { #expect(!user.admits($0)) }
    }
}
