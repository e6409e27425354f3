import RESP
import Testing

@testable import Commands

@Suite struct MonitorTests {
    private let node = TestNode()

    /// What a monitor has been shown: the database and the words.
    private func shown(_ monitor: TestClient) -> [String] {
        monitor.replies().compactMap { reply in
            guard case .simple(let line) = reply else { return nil }
            let parts = line.split(separator: " ", maxSplits: 3)
            return parts.count == 4 ? "\(parts[1]) \(parts[3])" : nil
        }
    }

    private func monitor() -> TestClient {
        let monitor = node.connect()
        #expect(monitor.run("MONITOR") == .simple("OK"))
        return monitor
    }

    @Test func showsATransactionInTheOrderInWhichItRan() {
        let monitor = monitor()
        for line in [["MULTI"], ["SET", "a", "1"], ["EXEC"]] { node.run(line) }
        #expect(shown(monitor) == [#"[0 "MULTI""#, #"[0 "SET" "a" "1""#, #"[0 "EXEC""#])
    }

    @Test func showsEverybodysCommandsToEveryMonitor() {
        let first = monitor()
        let second = monitor()
        first.send("PING\r\n")
        #expect(first.replies().first == .simple("PONG"))
        #expect(shown(second) == [#"[0 "PING""#])
        node.run("SELECT", "3")
        #expect(shown(first) == [#"[3 "SELECT" "3""#])
    }

    @Test func showsNeitherWhatWasRefusedNorWhatAdministers() {
        let monitor = monitor()
        for line in [["GET"], ["NOSUCH"], ["CONFIG", "GET", "port"], ["CLIENT", "LIST"], ["SLOWLOG", "LEN"]] {
            node.run(line)
        }
        #expect(shown(monitor).isEmpty)
    }

    @Test func hidesSecrets() {
        let monitor = monitor()
        node.run("AUTH", "x")
        node.run("HELLO", "3", "SETNAME", "n", "AUTH", "nobody", "secret")
        #expect(
            shown(monitor) == [
                #"[0 "AUTH" "(redacted)""#, #"[0 "HELLO" "3" "SETNAME" "n" "AUTH" "(redacted)" "(redacted)""#,
            ])
    }

    @Test func whoDoesNotReadIsCut() {
        node.run("CONFIG", "SET", "client-output-buffer-limit", "normal 20000 0 0")
        let monitor = monitor()
        for _ in 0..<1000 { node.run("ECHO", "0123456789") }
        #expect(monitor.session.isClosed)
    }

    @Test func theSlowLogHidesSecrets() {
        node.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        node.run("AUTH", "x")
        node.run("CONFIG", "SET", "timeout", "1", "masterauth", "secret", "primaryauth2", "x")
        node.run("CONFIG", "SET", "timeout", "1", "MASTERAUTH", "secret")
        let kept = node.node.slowLog.latest(2).map { $0.arguments.map { String(decoding: $0, as: UTF8.self) } }
        #expect(kept[0] == ["CONFIG", "SET", "timeout", "1", "MASTERAUTH", "(redacted)"])
        #expect(kept[1].contains("(redacted)") && !kept[1].contains("secret"))
        node.run("CONFIG", "SET", "commandlog-request-larger-than", "1")
        node.run("AUTH", "a password")
        let large = node.node.largeRequestLog.latest(1).first?.arguments ?? []
        #expect(large == [Array("AUTH".utf8), Array("(redacted)".utf8)])
    }

    @Test func theSlowLogKeepsTheLatest() {
        node.run("CONFIG", "SET", "slowlog-max-len", "10", "slowlog-log-slower-than", "0")
        for number in 0..<1000 { node.run("ECHO", "\(number)") }
        let latest = node.node.slowLog.latest(.max)
        #expect(latest.count == 10 && node.node.slowLog.count == 10)
        #expect(
            latest.map { String(decoding: $0.arguments[1], as: UTF8.self) } == (990..<1000).reversed().map(String.init))
        #expect(zip(latest, latest.dropFirst()).allSatisfy { $0.id == $1.id + 1 })
    }

    @Test func whoIsServedLateIsALatencyEventOfItsOwn() {
        node.run("CONFIG", "SET", "latency-monitor-threshold", "1")
        let waiting = node.connect()
        waiting.send("BLPOP q 0\r\n")
        node.node.slowTicks = 0
        waiting.session.waiter?.ticks = UInt64(5_000_000 / node.node.tick)
        node.run("RPUSH", "q", "x")
        #expect(node.node.latency.events["command-unblocking"]?.worst == 5)
    }
}
