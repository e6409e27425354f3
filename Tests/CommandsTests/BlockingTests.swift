import Primitives
import RESP
import Storage
import Testing

@testable import Commands

/// Clients that wait for keys; the waiting commands are those of `BlockingCommands.swift`.
@Suite struct BlockingTests {
    private let node = TestNode(families: allFamilies + [blockingCommands])

    /// A client that has sent commands, written with blanks between the words.
    private func client(_ lines: String...) -> TestClient {
        let client = node.connect()
        for line in lines { client.send(line + "\r\n") }
        return client
    }

    private func taken(_ key: String, _ value: String) -> Reply { .array([.text(key), .text(value)]) }

    // MARK: Order

    @Test func whoCameFirstIsServedFirst() {
        let first = client("BTAKE k 0")
        let second = client("BTAKE k 0")
        node.run("SET", "k", "1")
        #expect(first.replies() == [taken("k", "1")])
        #expect(second.replies() == [])
        node.run("SET", "k", "2")
        #expect(second.replies() == [taken("k", "2")])
        #expect(node.run("EXISTS", "k") == .integer(0))
    }

    @Test func theCommandDecidesWhichKeyIsTaken() {
        let waiting = client("BTAKE a b 0")
        node.run("MSET", "b", "2", "a", "1")
        #expect(waiting.replies() == [taken("a", "1")])
        #expect(node.run("GET", "b") == .text("2"))
    }

    @Test func touchedKeysAreServedInOrder() {
        let both = client("BTAKE a b 0")
        let onlyB = client("BTAKE b 0")
        node.run("MSET", "b", "2", "c", "3")
        #expect(both.replies() == [taken("b", "2")])
        #expect(onlyB.replies() == [])
        node.run("MSET", "a", "1", "b", "4")
        #expect(onlyB.replies() == [taken("b", "4")])
        #expect(node.run("GET", "a") == .text("1"))
    }

    @Test func whoIsNotServedStaysAndLaterOnesAreTried() {
        let reader = client("BREAD k 1 0")
        let taker = client("BTAKE k 0")
        node.run("SET", "k", "1")
        #expect(reader.replies() == [])
        #expect(taker.replies() == [taken("k", "1")])
        let later = client("BTAKE k 0")
        node.run("SET", "k", "2")
        #expect(reader.replies() == [.text("2")])
        #expect(later.replies() == [taken("k", "2")])
    }

    @Test func aKeyNamedTwiceIsWaitedForOnce() {
        let waiting = client("BTAKE k k 0")
        #expect(node.field("total_blocking_keys") == "1")
        node.run("SET", "k", "1")
        #expect(waiting.replies() == [taken("k", "1")])
        #expect(node.field("total_blocking_keys") == "0")
        #expect(node.field("blocked_clients") == "0")
    }

    @Test func chainsEnd() {
        let last = client("BTAKE c 0")
        let second = client("BMOVE b c 0")
        let first = client("BMOVE a b 0")
        node.run("SET", "a", "v")
        #expect(first.replies() == [.simple("OK")])
        #expect(second.replies() == [.simple("OK")])
        #expect(last.replies() == [taken("c", "v")])
        #expect(node.run("DBSIZE") == .integer(0))
    }

    @Test func circlesGoRoundAsOftenAsThereAreClients() {
        let there = client("BMOVE a b 0")
        let back = client("BMOVE b a 0")
        let again = client("BMOVE a b 0")
        node.run("SET", "a", "v")
        for client in [there, back, again] { #expect(client.replies() == [.simple("OK")]) }
        #expect(node.run("GET", "b") == .text("v"))
    }

    @Test func anErrorEndsTheWaiting() {
        node.run("SET", "b", "taken")
        let waiting = client("BMOVE a b 0", "PING")
        let next = client("BTAKE a 0")
        node.run("SET", "a", "v")
        node.resume()
        #expect(waiting.replies() == [.error("BUSYKEY taken"), .simple("PONG")])
        #expect(next.replies() == [taken("a", "v")])
        #expect(node.field("cmdstat_bmove") == "calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1")
    }

    // MARK: Transactions

    @Test func nobodyWaitsInATransaction() {
        node.run("MULTI")
        node.run("BTAKE", "k", "0")
        node.run("PING")
        #expect(node.run("EXEC") == .array([.null, .simple("PONG")]))
        #expect(node.field("blocked_clients") == "0")
    }

    @Test func aTransactionServesAtItsEnd() {
        let waiting = client("BTAKE k 0")
        node.run("MULTI")
        node.run("SET", "k", "1")
        node.run("APPEND", "k", "2")
        #expect(waiting.replies() == [])
        node.run("EXEC")
        #expect(waiting.replies() == [taken("k", "12")])
    }

    @Test func whatIsGoneAtTheEndOfATransactionServesNobody() {
        let waiting = client("BTAKE k 0")
        node.run("MULTI")
        node.run("SET", "k", "1")
        node.run("DEL", "k")
        node.run("EXEC")
        #expect(waiting.replies() == [])
        #expect(node.field("blocked_clients") == "1")
    }

    @Test func theJournalHasThePushBeforeTheTake() {
        let reader = RecordingReader()
        node.node.keyspace.journal.attach(reader)
        let waiting = client("BTAKE k 0")
        let moving = client("BMOVE k l 0")
        #expect(reader.take().isEmpty)
        node.run("SET", "k", "1")
        #expect(effects(reader.take()) == ["SELECT 0", "SET k 1", "DEL k"])
        node.run("MULTI")
        node.run("SET", "k", "2")
        node.run("INCR", "k")
        node.run("EXEC")
        let ofTransaction = ["MULTI", "SET k 2", "INCR k", "EXEC", "MULTI", "SET l 3", "DEL k", "EXEC"]
        #expect(effects(reader.take()) == ofTransaction)
        #expect([waiting.replies().count, moving.replies().count] == [1, 1])
    }

    private func effects(_ journal: [UInt8]) -> [String] {
        var parser = ReplyParser()
        journal.withBytes { parser.append($0) }
        var found: [String] = []
        while case .array(let words)? = try? parser.next() {
            found.append(
                words.map { if case .bulk(let word) = $0 { String(decoding: word, as: UTF8.self) } else { "?" } }
                    .joined(separator: " "))
        }
        return found
    }

    // MARK: Time

    @Test func timeoutsAreExact() {
        let waiting = client("BTAKE k 1.5", "PING")
        let half = client("BTAKE k 0.0005")
        #expect(node.field("clients_in_timeout_table") == "2")
        node.advance(milliseconds: 1)
        #expect(half.replies() == [.null])
        node.advance(milliseconds: 1498)
        #expect(waiting.replies() == [])
        #expect(node.node.nextDeadline == node.node.monotonic + 1)
        node.advance(milliseconds: 1)
        #expect(waiting.replies() == [.null, .simple("PONG")])
        #expect(node.node.nextDeadline == nil)
        #expect(node.field("cmdstat_btake") == "calls=2,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0")
    }

    @Test func anotherRunDoesNotMoveTheDeadline() {
        let waiting = client("BREAD k v 100")
        node.advance(milliseconds: 60)
        node.run("SET", "k", "v")
        node.advance(milliseconds: 39)
        #expect(waiting.replies() == [])
        node.advance(milliseconds: 1)
        #expect(waiting.replies() == [.null])
    }

    @Test func whoseTimeEndsEarlierGoesEarlier() {
        let timeouts = (0..<50).map { ($0 * 37) % 50 + 1 }
        let waiting = timeouts.map { client("BREAD k v \($0)") }
        for index in stride(from: 0, to: 50, by: 3) { node.node.remove(waiting[index].session) }
        for time in 1...50 {
            node.advance(milliseconds: 1)
            for (index, timeout) in timeouts.enumerated() where timeout == time {
                #expect(waiting[index].replies() == (index % 3 == 0 ? [] : [.null]))
            }
        }
        #expect(node.field("clients_in_timeout_table") == "0")
    }

    @Test(arguments: [
        ("x", "ERR timeout is not a float or out of range"), ("", "ERR timeout is not a float or out of range"),
        ("nan", "ERR timeout is not a float or out of range"), ("-1", "ERR timeout is negative"),
        ("-inf", "ERR timeout is negative"), ("inf", "ERR timeout is out of range"),
        ("1e30", "ERR timeout is out of range"), ("9223372036854775", "ERR timeout is out of range"),
    ])
    func badSecondsAreRefused(timeout: String, error: String) {
        #expect(node.run("BTAKE", "k", timeout) == .error(error))
    }

    @Test(arguments: [
        ("1.5", "ERR timeout is not an integer or out of range"), ("-1", "ERR timeout is negative"),
        ("9223372036854775807", "ERR timeout is out of range"),
    ])
    func badMillisecondsAreRefused(timeout: String, error: String) {
        #expect(node.run("BREAD", "k", "v", timeout) == .error(error))
    }

    // MARK: Whoever leaves

    @Test(arguments: [
        ("TIMEOUT", Reply.null), ("ERROR", .error("UNBLOCKED client unblocked via CLIENT UNBLOCK")),
    ])
    func whoIsUnblockedGoesOn(reason: String, reply: Reply) {
        let waiting = client("BTAKE k 10", "PING")
        #expect(node.run("CLIENT", "UNBLOCK", "\(waiting.session.id)", reason) == .integer(1))
        node.resume()
        #expect(waiting.replies() == [reply, .simple("PONG")])
        node.run("SET", "k", "v")
        #expect(node.run("GET", "k") == .text("v"))
        #expect(node.field("clients_in_timeout_table") == "0")
    }

    @Test func whoLeavesTakesNothing() {
        let gone = client("BTAKE k 0")
        let killed = client("BTAKE k 5")
        let waiting = client("BTAKE k 0")
        node.node.remove(gone.session)
        #expect(node.run("CLIENT", "KILL", "ID", "\(killed.session.id)") == .integer(1))
        node.run("SET", "k", "v")
        #expect(waiting.replies() == [taken("k", "v")])
        #expect(gone.replies() + killed.replies() == [])
        #expect(node.field("blocked_clients") == "0")
    }

    @Test func pipelinedCommandsGoOnAfterTheReply() {
        let waiting = client("BTAKE k 0", "SET after 1", "BTAKE k 0", "PING")
        #expect(node.run("EXISTS", "after") == .integer(0))
        node.run("SET", "k", "1")
        node.resume()
        #expect(waiting.replies() == [taken("k", "1"), .simple("OK")])
        node.run("SET", "k", "2")
        node.resume()
        #expect(waiting.replies() == [taken("k", "2"), .simple("PONG")])
    }

    @Test func aSkippedReplyIsSkippedWhenItComes() {
        let waiting = client("CLIENT REPLY SKIP", "BTAKE k 0", "PING")
        node.run("SET", "k", "1")
        node.resume()
        #expect(waiting.replies() == [.simple("PONG")])
    }

    @Test func blockedClientsAreShown() {
        let waiting = client("BTAKE k 0")
        let line = node.run("CLIENT", "LIST", "ID", "\(waiting.session.id)")
        guard case .bulk(let text) = line else { return #expect(Bool(false)) }
        #expect(String(decoding: text, as: UTF8.self).contains(" flags=b "))
        #expect(String(decoding: text, as: UTF8.self).contains(" cmd=btake "))
    }

    // MARK: How keys appear and go

    @Test func keysAppearByOtherWays() {
        node.run("SET", "other", "v")
        let renamed = client("BTAKE k 0")
        node.run("RENAME", "other", "k")
        #expect(renamed.replies() == [taken("k", "v")])
        node.run("SET", "other", "v")
        let copied = client("BTAKE k 0")
        node.run("COPY", "other", "k")
        #expect(copied.replies() == [taken("k", "v")])
        let moved = client("SELECT 3", "BTAKE other 0")
        node.run("MOVE", "other", "3")
        #expect(moved.replies() == [.simple("OK"), taken("other", "v")])
    }

    @Test func exchangedDatabasesServe() {
        let second = client("BTAKE b a 0")
        let first = client("BTAKE a 0")
        let elsewhere = client("SELECT 1", "BTAKE x 0")
        let other = client("SELECT 1", "MSET a 1 b 2")
        node.run("SET", "x", "3")
        #expect(first.replies() == [])
        node.run("SWAPDB", "0", "1")
        #expect(second.replies() == [taken("b", "2")])
        #expect(first.replies() == [taken("a", "1")])
        #expect(elsewhere.replies() == [.simple("OK"), taken("x", "3")])
        #expect(other.run("DBSIZE") == .integer(0))
    }

    @Test func anotherDatabaseIsNotMeant() {
        let waiting = client("BTAKE k 0")
        client("SELECT 1").run("SET", "k", "v")
        #expect(waiting.replies() == [])
    }

    @Test func removalWakesThoseWhoAskedForIt() {
        node.run("MSET", "deleted", "1", "flushed", "2")
        node.run("SET", "expired", "3", "PX", "10")
        let waiting = ["deleted", "expired", "flushed"].map { client("BGONE \($0) 0") }
        let taking = client("BTAKE none 0")
        #expect(node.field("total_blocking_keys") == "4")
        #expect(node.field("total_blocking_keys_on_nokey") == "3")
        node.run("DEL", "deleted")
        #expect(waiting[0].replies() == [.error("NOKEY gone")])
        node.advance(milliseconds: 10)
        #expect(waiting[1].replies() == [.error("NOKEY gone")])
        node.run("FLUSHALL")
        #expect(waiting[2].replies() == [.error("NOKEY gone")])
        #expect(taking.replies() == [])
    }

    @Test func onlyTheWantedTypeWakes() {
        let waiting = client("BLIST k 0")
        node.run("SET", "k", "v")
        #expect(waiting.replies() == [])
        #expect(node.field("blocked_clients") == "1")
    }

    @Test func aKeyThatHasExpiredServesNobody() {
        let waiting = client("BTAKE k 0")
        node.run("MULTI")
        node.run("SET", "k", "v")
        node.run("PEXPIREAT", "k", "1")
        node.run("EXEC")
        #expect(waiting.replies() == [])
    }

    @Test func whatAWordStoodForStaysFixed() {
        node.run("SET", "k", "old")
        let waiting = client("BREAD k $ 0")
        node.run("SET", "k", "old")
        #expect(waiting.replies() == [])
        node.run("SET", "k", "new")
        #expect(waiting.replies() == [.text("new")])
    }

    @Test func whoWaitsHearsOfTheChangeBeforeTheReply() {
        let waiting = node.connect()
        waiting.run("HELLO", "3")
        waiting.run("CLIENT", "TRACKING", "ON")
        waiting.run("GET", "a")
        waiting.send("BREAD a $ 0\r\n")
        node.run("SET", "a", "v")
        #expect(waiting.replies() == [.push([.text("invalidate"), .array([.text("a")])]), .text("v")])
    }

    // MARK: Pauses

    @Test func aPauseHoldsTakersBack() {
        let taking = client("BTAKE k 0")
        node.run("MULTI")
        node.run("CLIENT", "PAUSE", "100", "WRITE")
        node.run("SET", "k", "v")
        node.run("EXEC")
        #expect(taking.replies() == [])
        let reading = client("BREAD k $ 0", "PING")
        node.advance(milliseconds: 100)
        #expect(taking.replies() == [taken("k", "v")])
        #expect(reading.replies() == [])
    }

    // MARK: Many

    /// Clients that do anything in any order: nobody is forgotten, and nobody waits for what is there.
    @Test(arguments: 0..<8) func nobodyWaitsForWhatIsThere(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let clients = (0..<12).map { _ in node.connect() }
        let keys = ["a", "b", "c", "d"]
        for _ in 0..<1000 {
            let (one, other) = (keys.randomElement(using: &random)!, keys.randomElement(using: &random)!)
            let lines = [
                "BTAKE \(one) \(other) 0", "BTAKE \(one) 0.02", "BMOVE \(one) \(other) 0.05", "SET \(one) v",
                "MSET \(one) v \(other) w", "DEL \(one)", "RENAME \(one) \(other)", "SWAPDB 0 1",
                "MULTI\r\nSET \(one) v\r\nBTAKE \(other) 0\r\nEXEC", "SET \(one) v PX 5",
                "CLIENT UNBLOCK \(Int.random(in: 1...12, using: &random))",
            ]
            clients.randomElement(using: &random)!.send(lines.randomElement(using: &random)! + "\r\n")
            if Int.random(in: 0..<8, using: &random) == 0 { node.advance(milliseconds: 3) }
            node.resume()
            checkWaiters()
        }
    }

    private func checkWaiters() {
        let (waiters, sessions) = (node.node.waiters, node.node.sessions.values)
        #expect(waiters.count == sessions.count { $0.isBlocked })
        #expect(waiters.deadlines.count == sessions.count { $0.waiter?.deadline != nil })
        #expect(waiters.deadlines.earliest == sessions.compactMap { $0.waiter?.deadline }.min() ?? .max)
        #expect(waiters.touches.isEmpty && node.node.keyspace.touched.isEmpty)
        #expect(node.node.keyspace.observers.isEmpty == (waiters.keyCount == 0))
        let awaited = Set(sessions.flatMap { $0.waiter?.condition.keys ?? [] })
        #expect(waiters.keyCount == awaited.count)
        for key in awaited {
            let entry = key.bytes.withBytes { node.node.keyspace.live(node.node.keyspace.key($0), key.database) }
            #expect(entry == nil)
        }
    }

    @Test func thousandsWait() {
        let waiting = (0..<10_000).map { _ in client("BTAKE k 100") }
        #expect(node.field("clients_in_timeout_table") == "10000")
        for client in waiting[5000..<6000] { node.node.remove(client.session) }
        let runs = node.node.statistics.commandsProcessed
        node.run("SET", "k", "first")
        #expect(node.node.statistics.commandsProcessed == runs + 2)
        #expect(waiting[0].replies() == [taken("k", "first")])
        for client in waiting[1..<5000] {
            node.run("SET", "k", "v")
            #expect(client.replies() == [taken("k", "v")])
        }
        node.run("SET", "k", "v")
        #expect(waiting[6000].replies() == [taken("k", "v")])
        node.advance(milliseconds: 100_000)
        #expect(waiting[6001...].allSatisfy { $0.replies() == [.null] })
        #expect(node.field("blocked_clients") == "0")
    }
}
