import Settings
import Testing

struct GettingTests {
    @Test func plainNamesAreAnsweredAsSpelled() {
        let found = Settings().get("PORT", "port", "Timeout", "nosuch", "")
        #expect(found.map(\.name) == ["PORT", "Timeout"])
    }

    @Test func patternsMatchNamesAndAliasesOnce() {
        let found = Settings().get("hash-max-*", "HASH-MAX-LISTPACK-ENTRIES", "hash-max-z*").map(\.name)
        #expect(
            found == [
                "hash-max-listpack-entries", "hash-max-ziplist-entries", "hash-max-listpack-value",
                "hash-max-ziplist-value",
            ])
        #expect(Settings().get("MaxMem*").contains { $0.name == "maxmemory" })
    }

    @Test func hiddenDirectivesAreFoundByNameOnly() {
        #expect(Settings().get("*").allSatisfy { $0.name != "rdb-key-save-delay" })
        #expect(Settings().value("rdb-key-save-delay") == "0")
    }
}

struct SettingTests {
    private static func failed(_ name: String, _ reason: String) -> String {
        "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)"
    }

    @Test(arguments: [
        ("maxclients", "0", "argument must be between 1 and 4294967295 inclusive"),
        ("maxclients", "0005", "argument couldn't be parsed into an integer"),
        ("maxclients", "99999999999999999999", "argument couldn't be parsed into an integer"),
        ("protected-mode", "maybe", "argument must be 'yes' or 'no'"),
        ("maxmemory", "1tb", "argument must be a memory value"), ("maxmemory", "-1", "argument must be a memory value"),
        ("maxmemory", "18446744073709551615gb", "argument must be a memory value"),
        ("maxmemory-clients", "101%", "percentage argument must be less or equal to 100"),
        ("maxmemory-clients", "-5%", "argument must be a memory or percent value"),
        ("maxmemory-clients", "%", "argument must be a memory or percent value"),
        ("proto-max-bulk-len", "5", "argument must be between 1048576 and 9223372036854775807 inclusive"),
        (
            "activedefrag", "yes",
            "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution"
        ),
        ("proc-title-template", "{title}", "template format is invalid or contains unknown variables"),
        ("proc-title-template", "{foo}", "template format is invalid or contains unknown variables"),
        ("proc-title-template", " ", "template format is invalid or contains unknown variables"),
        (
            "latency-tracking-info-percentiles", "50 101",
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
        ),
        ("latency-tracking-info-percentiles", "50  99", "Invalid latency-tracking-info-percentiles parameters"),
        ("save", "0 1", "Invalid save parameters"), ("save", "\"\" ", "Invalid save parameters"),
        ("client-output-buffer-limit", "normal 1 2", "Wrong number of arguments in buffer limit configuration."),
        ("client-output-buffer-limit", "master 1 2 3", "Invalid client class specified in buffer limit configuration."),
        (
            "client-output-buffer-limit", "normal 1 2 3kb",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration."
        ),
        ("oom-score-adj-values", "1 2", "wrong number of arguments"),
        ("oom-score-adj-values", "1 2 3000", "Invalid oom-score-adj-values, elements must be between -2000 and 2000."),
        ("notify-keyspace-events", "q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
        ("bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."),
        (
            "shutdown-on-sigint", "",
            "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover"
        ),
        ("cluster-announce-hostname", "a b", "Hostnames may only contain alphanumeric characters, hyphens or dots"),
        ("cluster-announce-client-ipv4", "1.2.3", "Invalid IPv4 address"),
        ("DIR", ".", "can't set protected config"), ("slaveof", "no one", "can't set immutable config"),
    ])
    func refusedValues(name: String, value: String, reason: String) {
        #expect(reply(name, value) == Self.failed(name, reason))
    }

    @Test(arguments: ["nosuch", "include", "rename-command", "user", "lua-replicate-commands", "port port", ""])
    func unknownNames(name: String) {
        #expect(reply(name, "1") == "ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
    }

    @Test(arguments: [
        ("protected-mode", "NO", "no"), ("loglevel", "WARNING", "warning"), ("maxmemory", "1k", "1000"),
        ("maxmemory", "1KB", "1024"), ("maxmemory", "10b", "10"), ("maxmemory", "", "0"),
        ("maxmemory-clients", "5%", "5%"),
        ("maxmemory-clients", "0%", "0"), ("maxmemory-clients", "10mb", "10485760"), ("hz", "1000", "500"),
        ("hz", "0", "1"), ("repl-backlog-size", "1", "16384"),
        ("save", "10 0 10 0", "10 0 10 0"), ("save", "", ""), ("notify-keyspace-events", "KEA", "AKE"),
        ("notify-keyspace-events", "KEx$lg", "g$lxKE"), ("notify-keyspace-events", "KEnmt", "tnKEm"),
        ("notify-keyspace-events", "g$lshzxetd", "A"), ("notify-keyspace-events", "KEAmnd", "AnKEm"),
        (
            "latency-tracking-info-percentiles", "50 99.9 100 0 33.333333333333333 1e1 99.99999",
            "50 99.9 100 0 33.333333 10 99.99999"
        ),
        (
            "client-output-buffer-limit", "replica 1mb 2kb 3 PUBSUB 1 2 3",
            "normal 0 0 0 slave 1048576 2048 3 pubsub 1 2 3"
        ),
        ("client-output-buffer-limit", "", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"),
        ("shutdown-on-sigint", "force now nosave", "nosave now force"), ("shutdown-on-sigint", "default save", "save"),
        ("bind", "127.0.0.1 -::1", "127.0.0.1 -::1"), ("bind", "", ""),
        ("proc-title-template", "{title} }", "{title} }"),
        ("cluster-announce-client-ipv6", "::1", "::1"), ("oom-score-adj-values", "3 2 1", "3 2 1"),
    ])
    func takenValues(name: String, value: String, shown: String) throws {
        var settings = Settings()
        try settings.set(name, value)
        #expect(settings.value(name) == shown)
    }

    @Test func severalAreSetTogetherOrNotAtAll() throws {
        var settings = Settings()
        #expect(throws: SettingsError.self) { try settings.set(all: ["timeout": "5", "maxclients": "abc"]) }
        #expect(settings == Settings())
        #expect(
            try settings.set(all: ["timeout": "5", "port": "6379", "slave-priority": "3"]) == [
                "timeout", "replica-priority",
            ])
        #expect(settings.timeout == 5)
    }

    @Test func theFirstErrorWinsAndValuesComeLast() {
        var settings = Settings()
        #expect(throws: SettingsError.refused(name: "daemonize", reason: "can't set immutable config")) {
            try settings.set(all: ["maxclients": "0", "daemonize": "yes", "nosuch": "1"])
        }
        #expect(throws: SettingsError.refused(name: "TIMEOUT", reason: "duplicate parameter")) {
            try settings.set(all: ["timeout": "5", "TIMEOUT": "6"])
        }
        #expect(throws: Never.self) { try settings.set(all: ["slave-priority": "5", "replica-priority": "6"]) }
        #expect(settings.replicaPriority == 6)
    }

    @Test func guardedDirectivesNeedPermission() throws {
        var settings = try settings("enable-protected-configs local")
        let refused = SettingsError.refused(name: "dbfilename", reason: "can't set protected config")
        #expect(throws: refused) { try settings.set("dbfilename", "x", in: SettingContext(isLocal: false)) }
        #expect(try settings.set("dbfilename", "x") == ["dbfilename"])
        #expect(
            throws: SettingsError.refused(name: "dbfilename", reason: "dbfilename can't be a path, just a filename")
        ) { try settings.set("dbfilename", "a/b") }
    }

    @Test func loadingKeepsSomeDirectives() {
        var settings = Settings()
        #expect(throws: SettingsError.loading) {
            try settings.set("appendonly", "yes", in: SettingContext(isLoading: true))
        }
    }

    @Test func codeAssignsWithoutChecks() {
        var settings = Settings()
        settings.dir = "/var/lib/apus"
        #expect(settings.value("dir") == "/var/lib/apus")
        settings.dir = "./"
        #expect(settings == Settings())
    }
}
