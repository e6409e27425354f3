import RESP
import Testing

import struct Harness.Sample

@testable import Persistence
@testable import Storage

/// Values of all types and sizes, written whole, in pieces, and from a copy that is held still.
@Suite struct ValueWriterTests {
    private let node = TestNode.withDumps()

    private func fill(_ sample: Sample) throws -> Entry {
        for command in sample.commands {
            if case .error(let text) = node.run(command) { Issue.record("\(sample): \(text)") }
        }
        return try #require(node.entry(sample.key))
    }

    /// What is written in pieces of about `most` bytes.
    private func written(_ writer: ValueWriter, most: Int, compresses: Bool) -> (bytes: [UInt8], pieces: [Int]) {
        var writer = writer
        var output = RDBWriter(compresses ? .now : .none)
        var pieces: [Int] = []
        var isWhole = false
        while !isWhole {
            let before = output.count
            isWhole = writer.write(to: &output, most: most)
            pieces.append(output.count - before)
        }
        return (Array(output.bytes), pieces)
    }

    @Test(arguments: Sample.all)
    func piecesMakeTheWhole(_ sample: Sample) throws {
        let entry = try fill(sample)
        let whole = written(ValueWriter(entry), most: .max, compresses: false)
        #expect(whole.pieces.count == 1)
        for most in [1, 100, 4096, 65536] {
            let (bytes, pieces) = written(ValueWriter(entry), most: most, compresses: false)
            #expect(bytes == whole.bytes, "\(sample) in pieces of \(most)")
            // No piece is much longer than the longest element; only the last may find that all is written already.
            #expect(pieces.allSatisfy { $0 <= most + 110_000 }, "\(sample) in pieces of \(most)")
            #expect(pieces.dropLast().allSatisfy { $0 > 0 }, "\(sample) in pieces of \(most)")
        }
    }

    @Test(arguments: Sample.all)
    func whatWasSharedIsWrittenAsItWas(_ sample: Sample) throws {
        let entry = try fill(sample)
        guard entry.encoding == .tree else { return }
        let before = written(ValueWriter(entry), most: .max, compresses: true).bytes
        let shared = ValueWriter(entry.type, sharedRoot: entry.type.share(root: entry.root))
        for command in sample.commands.reversed() { node.run(command) }
        node.run("DEL", sample.key)
        #expect(written(shared, most: 1000, compresses: true).bytes == before)
    }

    @Test(arguments: Sample.all)
    func whatIsDumpedComesBack(_ sample: Sample) throws {
        _ = try fill(sample)
        let payload = node.dump(sample.key)
        #expect(node.restore("copy", 0, payload) == .simple("OK"))
        #expect(node.digest("copy") == node.digest(sample.key))
        #expect(node.run("OBJECT", "ENCODING", "copy") == node.run("OBJECT", "ENCODING", sample.key))
        // Entries that were deleted do not come back to the blocks where they were.
        if sample.key != "stream", sample.key != "longStream", sample.key != "groups" {
            #expect(node.dump("copy") == payload)
        }
    }

    @Test func groupsComeBack() throws {
        _ = try fill(#require(Sample.all.first { $0.key == "groups" }))
        #expect(node.restore("copy", 0, node.dump("groups")) == .simple("OK"))
        for question in [
            ["XINFO", "GROUPS", "%"], ["XPENDING", "%", "first"], ["XPENDING", "%", "second", "-", "+", "5000"],
            ["XPENDING", "%", "first", "-", "+", "5000", "alice"], ["XPENDING", "%", "first", "-", "+", "5000", "bob"],
        ] {
            let told = ["groups", "copy"].map { key in node.run(question.map { $0 == "%" ? key : $0 }) }
            #expect(told[0] == told[1])
        }
    }

    @Test(arguments: Sample.all)
    func everyTruncationIsRefused(_ sample: Sample) throws {
        _ = try fill(sample)
        let whole = contents(node.dump(sample.key))
        for count in stride(from: 0, to: whole.count, by: max(1, whole.count / 25)) {
            #expect(node.restore("copy", 0, payload(Array(whole.prefix(count)))) == .error("ERR Bad data format"))
        }
    }

    @Test func fieldsThatExpireComeBack() throws {
        node.run(["HSET", "k"] + (0..<1000).flatMap { ["f\($0)", "v"] })
        for index in 0..<300 {
            node.run("HPEXPIREAT", "k", "\(1_900_000_000_000 + index)", "FIELDS", "1", "f\(index)")
        }
        let payload = node.dump("k")
        #expect(payload[0] == RDBType.hashMetadata.rawValue)
        #expect(node.restore("copy", 0, payload) == .simple("OK"))
        #expect(node.digest("copy") == node.digest("k"))
        let fields = ["FIELDS", "1000"] + (0..<1000).map { "f\($0)" }
        #expect(node.run(["HPEXPIRETIME", "copy"] + fields) == node.run(["HPEXPIRETIME", "k"] + fields))
    }
}
