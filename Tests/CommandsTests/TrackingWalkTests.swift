import Primitives
import RESP
import Storage
import Testing

@testable import Commands

/// Walks the command table: what reads is noted, what changes is told.
@Suite struct TrackingWalkTests {
    /// The name of a command or subcommand, and as many arguments as it needs, all of them `1`: a key, or how many.
    private func request(_ command: Command, _ name: String) -> [String] {
        var words = name.split(separator: "|").map(String.init)
        for case .keyword(let word, let from) in command.keys.map(\.begin) {
            while words.count < from { words.append("1") }
            words += ["\(word)", "1"]
        }
        while words.count < abs(command.arity) { words.append("1") }
        return words
    }

    @Test func everyCommandThatReadsKeysNotesThem() {
        let node = TestNode()
        let tracker = node.connect()
        tracker.run("CLIENT", "TRACKING", "ON")
        var count = 0
        for (command, name) in zip(node.node.commands.descriptions, node.node.commands.fullNames)
        where command.flags.contains(.readonly) && !command.keys.isEmpty && command.group != .scripting
            && name != "clusterscan"
        {
            tracker.run(request(command, name))
            #expect(node.field("tracking_total_keys") == "1", "\(name) does not note its key")
            node.run("SET", "1", "v")
            #expect(node.field("tracking_total_keys") == "0", "\(name)")
            count += 1
        }
        #expect(count > 60)
    }

    @Test func noCommandThatWritesNotesKeys() {
        let node = TestNode()
        let tracker = node.connect()
        tracker.run("CLIENT", "TRACKING", "ON", "NOLOOP")
        for examples in effectExamples.values {
            for example in examples where node.node.commands.index(named: example.command[0]) != nil {
                tracker.run(example.command)
                if tracker.session.isBlocked { node.node.timeOut(tracker.session) }
                tracker.run("SELECT", "0")
                #expect(node.field("tracking_total_keys") == "0", "\(example)")
            }
        }
    }

    /// Whatever an example of a command that writes changes, the keys that it changes are told of.
    @Test func everyCommandThatWritesTellsOfWhatItChanges() {
        var count = 0
        for examples in effectExamples.values {
            for example in examples {
                let node = TestNode()
                guard node.node.commands.index(named: example.command[0]) != nil else { continue }
                for line in example.setup { node.run(line) }
                check(example, node)
                count += 1
            }
        }
        #expect(count > 300)
    }

    private func check(_ example: EffectExample, _ node: TestNode) {
        let readers = ["", "BCAST"].map { mode in
            let reader = node.connect()
            reader.run("HELLO", "3")
            reader.run(["CLIENT", "TRACKING", "ON"] + (mode.isEmpty ? [] : [mode]))
            return reader
        }
        let before = contents(node)
        // Whatever the command may make is looked for as well.
        readers[0].run(["EXISTS"] + Array(Set(before.keys.map(\.name) + example.command)))
        _ = readers[0].replies()
        node.run(example.command)
        let after = contents(node)
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        node.resume()
        for reader in readers {
            let told = invalidated(reader.replies())
            for key in changed { #expect(told.isEverything || told.keys.contains(key.name), "\(example): \(key.name)") }
        }
    }

    private struct Place: Hashable {
        let name: String
        let database: Int
    }

    private func contents(_ node: TestNode) -> [Place: [UInt8]] {
        var found: [Place: [UInt8]] = [:]
        let keyspace = node.node.keyspace
        for index in 0..<keyspace.databaseCount {
            keyspace.existing(index)?.forEach { entry in
                let expiry = withUnsafeBytes(of: entry.expiry ?? -1) { Array($0) }
                found[Place(name: String(entry.key), database: index)] = DataDigest.digest(of: entry) + expiry
            }
        }
        return found
    }

    private func invalidated(_ replies: [Reply]) -> (keys: Set<String>, isEverything: Bool) {
        var keys: Set<String> = []
        var isEverything = false
        for case .push(let parts) in replies where parts.first == .text("invalidate") {
            if case .array(let names) = parts[1] { keys.formUnion(names.map(text)) } else { isEverything = true }
        }
        return (keys, isEverything)
    }

    private func text(_ reply: Reply) -> String {
        guard case .bulk(let bytes) = reply else { return "" }
        return bytes.withBytes { String($0) }
    }
}
