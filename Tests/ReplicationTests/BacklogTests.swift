import Primitives
import Storage
import Testing

@testable import Replication

/// What is kept of the journal.
@Suite struct BacklogTests {
    private let keyspace = Keyspace(seed: 1)

    private func write(_ count: Int, size: Int = 1000) {
        let value = [UInt8](repeating: 0x61, count: size)
        for _ in 0..<count {
            value.withBytes { value in keyspace.addEffect(database: 0, argumentCount: 1) { $0.append(value) } }
            keyspace.commitEffects()
        }
    }

    @Test func asMuchAsWantedIsKeptAndNotMuchMore() {
        let backlog = Backlog(size: 100_000)
        keyspace.journal.attach(keeper: backlog)
        write(1000)
        #expect(backlog.end == keyspace.journal.offset)
        let length = Int(backlog.end - backlog.start)
        #expect(length >= 100_000 && length < 100_000 + 2 * backlog.blockSize && backlog.memory < 200_000)
        #expect(backlog.holds(backlog.end) && !backlog.holds(backlog.end + 1) && !backlog.holds(backlog.start - 1))
    }

    @Test func whatSomebodyNeedsIsKept() {
        let backlog = Backlog(size: 20_000)
        keyspace.journal.attach(keeper: backlog)
        var needed: Int64? = 0
        backlog.oldestNeeded = { needed }
        write(300)
        #expect(backlog.start == 0)
        needed = 150_000
        write(20)
        #expect(backlog.start > 130_000 && backlog.start <= 150_000)
        needed = nil
        write(20)
        #expect(backlog.end - backlog.start < 60_000)
    }

    @Test func runsFromAnyPlaceGiveAllBytes() {
        let backlog = Backlog(size: 1 << 20)
        keyspace.journal.attach(keeper: backlog)
        write(100, size: 777)
        var all: [UInt8] = []
        var offset = backlog.start
        while offset < backlog.end {
            let run = backlog.bytes(from: offset)
            #expect(run.count > 0)
            let part = run.buffer.prefix(500)
            all += part
            offset += Int64(part.count)
        }
        #expect(Int64(all.count) == keyspace.journal.offset && backlog.bytes(from: offset).isEmpty)
        #expect(all.count { $0 == 0x61 } == 77_700)
    }

    @Test func anotherHistoryEndsWhatWasKept() {
        let backlog = Backlog(size: 1 << 20)
        keyspace.journal.attach(keeper: backlog)
        write(10)
        keyspace.journal.follow(1_000_000, database: 0)
        #expect(backlog.start == 1_000_000 && backlog.end == 1_000_000)
    }
}
