import Primitives
import Settings
import Testing

struct ReadingTests {
    @Test func linesSetDirectives() throws {
        let settings = try settings(
            """
            # A comment
               port 7000
            TIMEOUT 5\t\r
            "maxmemory" '2gb'

            timeout 6
            """)
        #expect(settings.port == 7000)
        #expect(settings.timeout == 6)
        #expect(settings.maxmemory == 2 << 30)
    }

    @Test(arguments: [
        (#"requirepass "a\x41\n\tb\q""#, "aA\n\tbq"), (#"requirepass 'a\'b\n'"#, #"a'b\n"#),
        (#"requirepass a"b""#, "ab"), (#"requirepass """#, ""), ("requirepass a#b", "a#b"),
        (#"requirepass "\x4""#, "x4"),
    ])
    func quotes(line: String, password: String) throws {
        #expect(try settings(line).requirepass == Array(password.utf8))
    }

    @Test func blanksOfAllKindsAreNothing() throws {
        #expect(try settings("\u{0B}\u{0C}\nport 7000\n\u{0B}").port == 7000)
    }

    @Test func passwordsAreBytesAndPathsAreText() throws {
        #expect(try settings(#"requirepass "\xff\x00""#).requirepass == [0xFF, 0])
        #expect(refusal(#"pidfile "\xff""#) == "argument must be text in UTF-8")
        #expect(refusal(#"pidfile "a\x00b""#) == "argument must be text in UTF-8")
    }

    @Test(arguments: [
        ("prot 1", "Bad directive or wrong number of arguments"), ("port", "wrong number of arguments"),
        ("port 1 2", "wrong number of arguments"), ("port \"1", "Unbalanced quotes in configuration line"),
        ("timeout \"5\"x", "Unbalanced quotes in configuration line"),
        ("timeout 3 # comment", "wrong number of arguments"),
        ("timeout abc", "argument couldn't be parsed into an integer"),
        ("port 99999", "argument must be between 0 and 65535 inclusive"), ("save 1", "Invalid save parameters"),
        ("save 60 1 \"\"", "Invalid save parameters"), ("include", "Bad directive or wrong number of arguments"),
        ("user", "Bad directive or wrong number of arguments"),
        ("\"\" 1", "Bad directive or wrong number of arguments"),
        ("list-max-ziplist-value 5 6", "Bad directive or wrong number of arguments"),
        ("sentinel monitor x 1 2", "sentinel directive while not in sentinel mode"),
        ("unixsocketperm 999", "argument couldn't be parsed as an octal number"),
        ("unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
        ("replicaof a", "wrong number of arguments"), ("replicaof a 70000", "Invalid master port"),
        ("appendfilename \"\"", "appendfilename can't be empty"),
        ("appenddirname a/b", "appenddirname can't be a path, just a dirname"),
        ("daemonize maybe", "argument must be 'yes' or 'no'"),
        ("shutdown-on-sigint save nosave", "shutdown options SAVE and NOSAVE can't be used simultaneously"),
    ])
    func refusedLines(line: String, reason: String) {
        #expect(refusal(line) == reason)
    }

    @Test func errorsSayWhere() throws {
        do {
            _ = try settings("port 1\n\n  prot 2 \n")
            Issue.record("read")
        } catch let error as SettingsError {
            let source = SourceLine(file: "test.conf", number: 3, text: "prot 2")
            #expect(error == .line(source, reason: "Bad directive or wrong number of arguments"))
            #expect(
                error.fatalReport(version: "1.0") == """
                    *** FATAL CONFIG FILE ERROR (Apus 1.0) *** test.conf:3: Bad directive or wrong number of arguments
                    Reading the configuration file, at line 3
                    >>> 'prot 2'
                    Bad directive or wrong number of arguments

                    """)
        }
    }

    @Test func anErrorChangesNothing() throws {
        var settings = Settings()
        #expect(throws: SettingsError.self) { try settings.read(text: "port 1\nuser a on\nprot 2", named: "x") }
        #expect(settings == Settings())
    }

    @Test(arguments: [
        ("save 60 1\nsave 70 2", "60 1 70 2"), ("save 60 1\nsave \"\"", ""), ("save 60 1\nsave \"\"\nsave 5 5", "5 5"),
        ("save \"60 1\"", "60 1"), ("save 60 1 5 5", "60 1 5 5"), ("save", ""),
    ])
    func savePointsAccumulate(text: String, shown: String) throws {
        #expect(try settings(text).value("save") == shown)
    }

    @Test func classesOfClientsAccumulate() throws {
        let limits = try settings(
            """
            client-output-buffer-limit normal 1 2 3
            client-output-buffer-limit slave 1gb 2 3
            client-output-buffer-limit normal 4 5 6 pubsub 1 2 3
            """
        ).clientOutputBufferLimit
        #expect(limits.normal == OutputBufferLimit(hard: 4, soft: 5, softSeconds: 6))
        #expect(limits.replica == OutputBufferLimit(hard: 1 << 30, soft: 2, softSeconds: 3))
        #expect(limits.subscriber.hard == 1)
    }

    @Test func listsMayStandInQuotes() throws {
        #expect(try settings("bind \"127.0.0.1 -::1\"").bind == ["127.0.0.1", "-::1"])
        #expect(try settings("bind \"\"").bind == [])
        #expect(try settings("bind").bind == [])
        #expect(try settings("shutdown-on-sigterm \"save now\"").shutdownOnSigterm == [.save, .now])
        #expect(try settings("replicaof \"a 1\"").replicaof == PrimaryAddress(host: "a", port: 1))
        #expect(try settings("replicaof a 1\nslaveof no one").replicaof == nil)
        #expect(try settings("latency-tracking-info-percentiles \"\"").latencyTrackingInfoPercentiles == [])
    }

    @Test func linesForOthersAreKept() throws {
        let settings = try settings(
            """
            rename-command CONFIG ""
            rename-command debug "x y"
            user bob on >secret ~*
            loadmodule /a.so 1 2
            foo.bar 1
            list-max-ziplist-value 5
            """)
        #expect(settings.renamedCommands.map(\.texts) == [["CONFIG", ""], ["debug", "x y"]])
        #expect(settings.users.map(\.texts) == [["bob", "on", ">secret", "~*"]])
        #expect(settings.modules.map(\.texts) == [["/a.so", "1", "2"]])
        #expect(settings.moduleDirectives.map(\.texts) == [["foo.bar", "1"]])
        #expect(settings.users[0].source.number == 3)
    }

    @Test func aClusterHasNoPrimary() throws {
        let settings = try settings("cluster-enabled yes\nreplicaof a 1")
        #expect(throws: SettingsError.contradiction("replicaof directive not allowed in cluster mode")) {
            try settings.checkTogether()
        }
    }

    @Test(arguments: [1, 7, 300])
    func hostileBytesAreRefusedOrRead(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let pieces = [
            "port ", "save", "\"", "'", "\\", "\\x", " ", "\n", "1", "bind", "\0", "%", "client-output-buffer-limit",
        ]
        for _ in 0..<2000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) { text += pieces.randomElement(using: &random)!.utf8 }
            text += (0..<3).map { _ in UInt8.random(in: 0...255, using: &random) }
            var settings = Settings()
            guard (try? settings.read(text: text, named: "x")) != nil else { continue }
            var again = Settings()
            #expect((try? again.read(text: settings.rewritten(text), named: "x")) != nil)
            #expect(again == settings)
        }
    }
}
