import Testing

@testable import Commands

/// Events that name the fields of hashes that they concern: the classes `STIV`.
@Suite struct FieldNotificationTests {
    private let node = TestNode()
    private let client: TestClient

    init() {
        client = node.connect()
        client.run("PSUBSCRIBE", "__*")
        choose("STIVh")
    }

    private func choose(_ classes: String) {
        #expect(node.run("CONFIG", "SET", "notify-keyspace-events", classes) == .simple("OK"))
    }

    /// Channels and messages that a command, written in one line, causes.
    private func heard(_ line: String) -> [String] {
        node.run(line.split(separator: " ").map(String.init))
        return heard()
    }

    private func heard() -> [String] {
        words(client.replies()).map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") }
    }

    @Test func fourChannels() {
        #expect(
            heard("HSET h one 1 three 3") == [
                "__subkeyspace@0__:h hset|3:one,5:three", "__subkeyevent@0__:hset 1:h|3:one,5:three",
                "__subkeyspaceitem@0__:h\none hset", "__subkeyspaceitem@0__:h\nthree hset",
                "__subkeyspaceevent@0__:hset|h 3:one,5:three",
            ])
    }

    @Test func eachIsChosenByItself() {
        for (letter, expected) in [
            ("S", "__subkeyspace@0__:h hset|1:f"), ("T", "__subkeyevent@0__:hset 1:h|1:f"),
            ("I", "__subkeyspaceitem@0__:h\nf hset"), ("V", "__subkeyspaceevent@0__:hset|h 1:f"),
        ] {
            choose(letter + "h")
            #expect(heard("HSET h f v") == [expected])
            choose(letter + "$")
            #expect(heard("HSET h f v") == [])
        }
        choose("KEh")
        #expect(heard("HSET h f v") == ["__keyspace@0__:h hset", "__keyevent@0__:hset h"])
        choose("KSA")
        #expect(heard("HSET h f v") == ["__keyspace@0__:h hset", "__subkeyspace@0__:h hset|1:f"])
    }

    @Test func onlyFieldsThatChangeAreNamed() {
        choose("Sh")
        node.run("HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5")
        _ = heard()
        for (line, events) in [
            ("HSETNX h a 2", []), ("HSETNX h f 2", ["hset|1:f"]), ("HMSET h a 1 b 2", ["hset|1:a,1:b"]),
            ("HINCRBY h a 1", ["hincrby|1:a"]), ("HINCRBYFLOAT h b 0.5", ["hincrbyfloat|1:b"]),
            ("HDEL h a x f", ["hdel|1:a,1:f"]), ("HDEL h x", []),
            ("HEXPIRE h 100 FIELDS 2 b x", ["hexpire|1:b"]), ("HPERSIST h FIELDS 2 b c", ["hpersist|1:b"]),
            ("HGETEX h PX 100000 FIELDS 1 c", ["hexpire|1:c"]), ("HGETEX h PERSIST FIELDS 1 c", ["hpersist|1:c"]),
            ("HGETDEL h FIELDS 2 x c", ["hdel|1:c"]), ("HEXPIREAT h 1 FIELDS 1 b", ["hdel|1:b"]),
            ("HSETEX h EX 100 FIELDS 2 d 1 g 2", ["hset|1:d,1:g", "hexpire|1:d,1:g"]),
            ("HSETEX h FIELDS 1 d 1", ["hset|1:d"]), ("HSETEX h PXAT 1 FIELDS 1 d 1", ["hset|1:d", "hdel|1:d"]),
            ("HSETEX n PXAT 1 FIELDS 1 d 1", ["hset|1:d", "hdel|1:d"]),
            ("HGETALL h", []), ("DEL h", []),
        ] {
            let told = heard(line).map { String($0.drop { $0 != " " }.dropFirst()) }
            #expect(told == events, "\(line)")
        }
    }

    @Test func expiredFieldsAreNamed() {
        node.run("HSETEX", "h", "PX", "50", "FIELDS", "1", "gone", "1")
        node.run("HSET", "h", "stays", "1")
        choose("Sh")
        _ = heard()
        node.advance(milliseconds: 60)
        #expect(heard("HGETALL h") == ["__subkeyspace@0__:h hexpired|4:gone"])
    }

    @Test func aKeyWithANewLineHasNoChannelsOfFields() {
        choose("ISh")
        node.run("HSET", "a\nb", "f", "v")
        #expect(heard() == ["__subkeyspace@0__:a\nb hset|1:f"])
    }
}
