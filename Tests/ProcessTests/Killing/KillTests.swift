import Harness
import Testing

extension ProcessTests {
    /// Servers are killed at random moments of writing, rewriting and saving, two hundred times in all; what was promised is there
    /// when the next one starts.
    @Suite(.serialized) struct KillTests {
        private let seed = History.seed()

        /// Some steps, and something in the background now and then, up to a moment in the middle of it.
        private func write(_ history: History, _ writer: Writer, background: (Writer) throws -> Void) throws {
            for _ in 0..<history.random.below(5) + 1 {
                if history.random.chance(40) { try background(writer) }
                try writer.write(history.random.below(60))
                if history.random.chance(40) { try writer.settle() }
            }
            history.pauseShortly()
        }

        @Test func withAlwaysNothingThatWasAnsweredIsMissing() throws {
            let history = try History(
                seed, isLogged: true, ["appendfsync always", "auto-aof-rewrite-min-size 200kb"])
            for _ in 0..<History.lives(80) {
                try history.live({ writer, _ in
                    try write(history, writer) { try $0.ask("BGREWRITEAOF") }
                }) { found, writer in writer.acknowledged <= found && found <= writer.sent }
            }
            try history.end()
        }

        @Test func withEverysecNothingOlderThanTwoSecondsIsMissing() throws {
            let history = try History(
                seed, isLogged: true, ["appendfsync everysec", "auto-aof-rewrite-min-size 200kb"])
            for life in 0..<History.lives(30) {
                let before = history.known
                var death = 0
                try history.live({ writer, _ in
                    try write(history, writer) { try $0.ask("BGREWRITEAOF") }
                    if life % 10 == 9 { try writeOn(writer) }
                    death = monotonicMilliseconds()
                }) { found, writer in
                    max(before, writer.acknowledged(at: death - 2000) ?? 0) <= found && found <= writer.sent
                }
            }
            try history.end()
        }

        /// Writes for long enough that something has to be on the disk.
        private func writeOn(_ writer: Writer) throws {
            for _ in 0..<28 {
                try writer.write(5)
                try writer.settle()
                pause(milliseconds: 90)
            }
        }

        @Test func aSnapshotIsAWholeOldOrNewOne() throws {
            let history = try History(seed, isLogged: false, [])
            for _ in 0..<History.lives(60) {
                var cuts: Set<Int> = [history.known]
                try history.live({ writer, _ in
                    try write(history, writer) { try save($0, history.random.chance(20), &cuts) }
                }) { found, _ in cuts.contains(found) }
            }
            try history.end()
        }

        /// Saves, in the background or at once: then there is nothing older any more.
        private func save(_ writer: Writer, _ isAtOnce: Bool, _ cuts: inout Set<Int>) throws {
            cuts.insert(writer.sent)
            guard isAtOnce else { return try writer.ask("BGSAVE") }
            var reply = Reply.null
            try writer.ask("SAVE") { reply = $0 }
            try writer.settle()
            if reply == .ok { cuts = [writer.sent] }
        }

        @Test func theLogIsTurnedOnAndOffBetweenDeaths() throws {
            let history = try History(seed, isLogged: false, ["appendfsync always"])
            for _ in 0..<History.lives(30) {
                let before = history.known
                var isLogged = history.isLogged
                try history.live({ writer, other in
                    try switchLog(writer, other, to: !isLogged, waits: history.random.chance(70)) {
                        isLogged = !isLogged
                    }
                    try write(history, writer) { try $0.ask("BGREWRITEAOF") }
                    history.isLogged = isLogged
                }) { found, writer in
                    isLogged ? writer.acknowledged <= found && found <= writer.sent : found == before
                }
            }
            try history.end()
        }

        /// Turns the log on or off. What is to be found without it is saved before.
        private func switchLog(
            _ writer: Writer, _ other: Connection, to isOn: Bool, waits: Bool, done: () -> Void
        ) throws {
            expect(try other.run("SAVE"), is: .ok)
            try writer.ask("CONFIG", "SET", "appendonly", isOn ? "yes" : "no")
            // Before its base is there, the log is not what a start should read.
            guard waits || !isOn else { return }
            try writer.settle()
            let isDone = try eventually {
                let information = try other.run("INFO", "persistence").text ?? ""
                return information.contains("aof_rewrite_in_progress:0")
                    && information.contains("aof_rewrite_scheduled:0")
            }
            #expect(isDone)
            done()
        }
    }
}
