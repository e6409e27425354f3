import Commands
import Primitives
import RESP
import Storage
import Testing

/// Keeps what the journal says, as a replica would receive it.
final class RecordingReader: JournalReader {
    var bytes: [UInt8] = []

    func read(_ bytes: Bytes, endingAt offset: Int64) { self.bytes.append(bytes) }

    /// What has been written since it was last asked.
    func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

/// Commands to begin with, and one that writes.
struct EffectExample: CustomStringConvertible {
    let setup: [[String]]
    let command: [String]

    init(_ command: String, after setup: String...) {
        self.setup = setup.map(EffectExample.words)
        self.command = EffectExample.words(command)
    }

    /// The words of a line; `''` stands for an empty one.
    private static func words(_ line: String) -> [String] {
        line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    }

    var description: String { command.joined(separator: " ") }
}

/// A primary and a copy that hears nothing but the primary's journal, some seconds later.
struct EffectPair {
    let primary = TestNode(seed: 1)
    let copy = TestNode(seed: 2)
    let reader = RecordingReader()
    static let delay: Int64 = 5000

    init() {
        primary.node.keyspace.journal.attach(reader)
        copy.advance(milliseconds: EffectPair.delay)
    }

    /// Runs an example at the primary and lets the copy follow. Returns the reply and what the journal said of the command.
    func run(_ example: EffectExample) -> (reply: Reply, journal: [UInt8]) {
        for line in example.setup { primary.run(line) }
        follow(reader.take())
        let reply = primary.run(example.command)
        let journal = reader.take()
        follow(journal)
        return (reply, journal)
    }

    private func follow(_ journal: [UInt8]) {
        if journal.isEmpty { return }
        copy.client.send(journal)
        for case .error(let text) in copy.client.replies() { Issue.record("the copy was told nonsense: \(text)") }
    }

    var isAlike: Bool {
        DataDigest.digest(of: primary.node.keyspace) == DataDigest.digest(of: copy.node.keyspace)
            && expiries(primary) == expiries(copy)
    }

    private func expiries(_ node: TestNode) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for index in 0..<node.node.keyspace.databaseCount {
            node.node.keyspace.existing(index)?.forEach { found["\(index) \(String($0.key))"] = $0.expiry }
        }
        return found
    }
}

@Suite struct EffectTests {
    /// The commands of the table that write, by full name.
    private static func writers(_ node: TestNode) -> [String] {
        zip(node.node.commands.descriptions, node.node.commands.fullNames).compactMap { command, name in
            command.flags.contains(.write) && command.subcommands.isEmpty ? name : nil
        }
    }

    /// Walks the command table: what a command that writes leaves in the journal gives the same data set elsewhere.
    @Test func effectsGiveTheSameDataSet() {
        for name in EffectTests.writers(TestNode()) {
            guard let examples = effectExamples[name], !examples.isEmpty else {
                Issue.record("no example of \(name), which writes: add one to EffectExamples.swift")
                continue
            }
            let journals = examples.map { replay($0) }
            #expect(journals.contains { !$0.isEmpty }, "no example of \(name) changes anything")
        }
    }

    private func replay(_ example: EffectExample) -> [UInt8] {
        let pair = EffectPair()
        let (reply, journal) = pair.run(example)
        if case .error(let text) = reply { Issue.record("\(example): \(text)") }
        #expect(pair.isAlike, "\(example) has other effects: \(String(decoding: journal, as: UTF8.self))")
        return journal
    }

    @Test func theTableOfExamplesNamesCommandsThatWrite() {
        let node = TestNode()
        for name in effectExamples.keys where node.node.commands.index(named: name) != nil {
            #expect(EffectTests.writers(node).contains(name), "\(name) does not write")
        }
    }

    @Test func whatChangesNothingIsNotWrittenDown() {
        let known = TestNode().node.commands
        for example in idleExamples + idleSetExamples + idleSortExamples
        where known.index(named: example.command[0]) != nil {
            let pair = EffectPair()
            let changes = { pair.primary.node.keyspace.changes }
            for line in example.setup { pair.primary.run(line) }
            _ = pair.reader.take()
            let before = changes()
            pair.primary.run(example.command)
            #expect(pair.reader.take() == [], "\(example)")
            #expect(changes() == before, "\(example) counts as a change")
        }
    }

    @Test func nothingIsWrittenByReaders() {
        let node = TestNode()
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        node.run("SET", "k", "v")
        _ = reader.take()
        for line in [
            "GET k", "EXISTS k", "TTL k", "TYPE k", "SCAN 0", "KEYS *", "OBJECT ENCODING k", "DBSIZE", "TOUCH k",
        ] {
            node.run(line.split(separator: " ").map(String.init))
        }
        #expect(reader.take() == [])
    }

    // MARK: In words

    private func journal(_ lines: String..., milliseconds: Int64 = 0) -> [String] {
        let pair = EffectPair()
        for line in lines.dropLast() { pair.primary.run(line.split(separator: " ").map(String.init)) }
        pair.primary.advance(milliseconds: milliseconds)
        _ = pair.reader.take()
        pair.primary.run(lines.last!.split(separator: " ").map(String.init))
        var parser = ReplyParser()
        Array(pair.reader.take()).withBytes { parser.append($0) }
        var found: [String] = []
        while case .array(let words)? = try? parser.next() {
            found.append(
                words.map { if case .bulk(let word) = $0 { String(decoding: word, as: UTF8.self) } else { "?" } }
                    .joined(separator: " "))
        }
        return found
    }

    @Test func relativeTimesBecomeAbsolute() {
        let later = 1_700_000_100_000
        #expect(journal("SET k v", "EXPIRE k 100") == ["PEXPIREAT k \(later)"])
        #expect(journal("SET k v", "PEXPIRE k 100000 NX") == ["PEXPIREAT k \(later)"])
        #expect(journal("SET k v", "EXPIREAT k 1700000100") == ["PEXPIREAT k \(later)"])
        #expect(journal("SET k v", "EXPIRE k -1") == ["DEL k"])
        #expect(journal("SET k v", "PEXPIREAT k 1") == ["DEL k"])
    }

    @Test func othersAreWrittenAsTheyCame() {
        #expect(journal("SET a 1", "del a b") == ["DEL a b"])
        #expect(journal("SET a 1", "UNLINK a") == ["UNLINK a"])
        #expect(journal("SET a 1", "rename a b") == ["RENAME a b"])
        #expect(journal("SET a 1", "COPY a b DB 2 REPLACE") == ["COPY a b DB 2 REPLACE"])
        #expect(journal("SET a 1", "EXPIRE a 10", "PERSIST a") == ["PERSIST a"])
        #expect(journal("SET a 1", "MOVE a 3") == ["MOVE a 3"])
        #expect(journal("FLUSHALL ASYNC") == ["SELECT 0", "FLUSHALL ASYNC"])
    }

    @Test func aKeyThatExpiresIsRemovedElsewhereToo() {
        let node = TestNode()
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        node.run("SET", "k", "v")
        node.run("PEXPIRE", "k", "10")
        _ = reader.take()
        node.hands.advance(milliseconds: 20)
        node.run("GET", "k")
        #expect(reader.take() == TestClient.request(["DEL", "k"]))
    }

    @Test func aCommandThatMeetsAnExpiredKeyAddsNothingOfItsOwn() {
        for command in ["RENAME k x", "RENAMENX k x", "EXPIRE k 10", "DEL k", "MOVE k 3", "PERSIST k", "COPY k x"] {
            let node = TestNode()
            let reader = RecordingReader()
            node.node.keyspace.journal.attach(reader)
            node.run("SET", "k", "v")
            node.run("PEXPIRE", "k", "10")
            _ = reader.take()
            node.hands.advance(milliseconds: 20)
            node.run(command.split(separator: " ").map(String.init))
            #expect(reader.take() == TestClient.request(["DEL", "k"]), "\(command)")
        }
    }
}
