import Primitives
import Testing

@testable import Storage

/// The record of changes: what it says, in which blocks it lies, and whose it is.
@Suite struct JournalTests {
    private final class Reader: JournalReader {
        var text = ""
        var control = ""
        var offset: Int64 = 0

        func read(_ bytes: Bytes, endingAt offset: Int64) {
            text += String(bytes)
            self.offset = offset
        }

        func readControl(_ bytes: Bytes, endingAt offset: Int64) {
            control += String(bytes)
            self.offset = offset
        }
    }

    private final class Keeper: JournalKeeper {
        var blocks: [JournalBlock] = []
        var blockSize = 64

        func keep(_ block: JournalBlock) { blocks.append(block) }

        /// All that was written since the last block that begins anew.
        var text: String { blocks.map { String($0.bytes(from: $0.start)) }.joined() }
        var isWithoutGap: Bool { zip(blocks, blocks.dropFirst()).allSatisfy { $0.end == $1.start } }
    }

    private func set(_ journal: inout Journal, _ key: String, database: Int = 0) {
        journal.gather(database: database, argumentCount: 2) { effect in
            effect.append("DEL")
            Bytes.with(key) { effect.append($0) }
        }
    }

    private func effect(_ key: String) -> String { "*2\r\n$3\r\nDEL\r\n$\(key.utf8.count)\r\n\(key)\r\n" }
    private func select(_ database: String) -> String {
        "*2\r\n$6\r\nSELECT\r\n$\(database.utf8.count)\r\n\(database)\r\n"
    }

    @Test func oneEffectStandsAloneAndSeveralBetweenMultiAndExec() {
        var journal = Journal()
        let reader = Reader()
        journal.attach(reader)
        set(&journal, "a")
        journal.commit()
        #expect(reader.text == select("0") + effect("a"))
        reader.text = ""
        set(&journal, "b")
        set(&journal, "c", database: 12)
        journal.commit()
        let transaction = effect("b") + select("12") + effect("c")
        #expect(reader.text == "*1\r\n$5\r\nMULTI\r\n" + transaction + "*1\r\n$4\r\nEXEC\r\n")
        reader.text = ""
        set(&journal, "d")
        journal.commit()
        #expect(reader.text == select("0") + effect("d"))
        #expect(reader.offset == journal.offset)
    }

    @Test func aKeeperFindsAllInBlocksWithoutAGap() {
        var journal = Journal()
        let (reader, keeper) = (Reader(), Keeper())
        journal.attach(keeper: keeper)
        journal.attach(reader)
        for index in 0..<200 {
            set(&journal, String(repeating: "k", count: index % 90))
            if index % 3 == 0 { set(&journal, "second", database: index % 2) }
            journal.commit()
            #expect(keeper.text == reader.text)
        }
        #expect(keeper.isWithoutGap && keeper.blocks.count > 50)
        #expect(keeper.blocks.last?.end == journal.offset)
    }

    @Test func withoutAKeeperABlockIsUsedAgainWhateverTheSize() {
        var journal = Journal()
        let reader = Reader()
        journal.attach(reader)
        for size in [10, 100_000, 3_000_000, 5] {
            reader.text = ""
            let key = String(repeating: "k", count: size)
            set(&journal, key)
            journal.commit()
            #expect(reader.text.hasSuffix(effect(key)))
        }
    }

    @Test func whatCarriesNoDataCountsAndIsToldApart() {
        var journal = Journal()
        let (reader, keeper) = (Reader(), Keeper())
        journal.attach(keeper: keeper)
        journal.attach(reader)
        journal.appendControl(Bytes("PING"))
        #expect(reader.text.isEmpty && reader.control == "PING" && keeper.text == "PING")
        #expect(journal.offset == 4 && reader.offset == 4)
    }

    @Test func whatGoesByUnwrittenEndsTheHistory() {
        var journal = Journal()
        let (reader, keeper) = (Reader(), Keeper())
        let before = journal.historyNumber
        journal.attach(reader)
        journal.attach(keeper: keeper)
        #expect(journal.historyNumber == before + 1)
        journal.detach(reader)
        journal.detachKeeper()
        #expect(!journal.gathersEffects)
        journal.attach(reader)
        #expect(journal.historyNumber == before + 2)
    }

    @Test func whoeverFollowsHasTheBytesOfAnother() {
        var journal = Journal()
        let (reader, keeper) = (Reader(), Keeper())
        journal.attach(reader)
        journal.attach(keeper: keeper)
        journal.follow(1000, database: 3)
        #expect(!journal.gathersEffects && journal.offset == 1000 && keeper.blocks.last?.start == 1000)
        journal.appendFollowed(Bytes("data"), isControl: false, database: 3)
        journal.appendFollowed(Bytes("ping"), isControl: true, database: 4)
        #expect(reader.text == "data" && reader.control == "ping" && journal.offset == 1008)
        #expect(keeper.blocks.last.map { String($0.bytes(from: 1000)) } == "dataping")
        // A reader that joins is told the database, and nobody else is.
        let late = Reader()
        journal.attach(late)
        #expect(late.text == select("4") && reader.text == "data" && journal.offset == 1008)
        journal.stopFollowing()
        set(&journal, "own", database: 4)
        journal.commit()
        #expect(late.text == select("4") + select("4") + effect("own"))
    }

    @Test func effectsAreGatheredOnlyWhereSomebodyReads() {
        let keyspace = Keyspace(seed: 1)
        keyspace.addEffect(database: 0, argumentCount: 1) { $0.append("FLUSHALL") }
        keyspace.commitEffects()
        #expect(keyspace.journal.offset == 0 && !keyspace.journal.isRead)
    }
}
