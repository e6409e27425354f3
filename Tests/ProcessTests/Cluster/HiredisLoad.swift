import Glibc
import Harness
import Testing

/// What became of the writes of a client.
struct LoadResult: CustomStringConvertible {
    /// Writes that were answered, writes that were not, and those of the first that are not there at the end.
    var (acknowledged, uncertain, lost) = (0, 0, 0)
    /// The longest time between two acknowledged writes of a key, in milliseconds.
    var pause = 0

    var description: String {
        "\(acknowledged) writes acknowledged, \(lost) of them lost, \(uncertain) not answered, \(pause) ms without one"
    }
}

/// A cluster client on hiredis that writes: it remembers which node has answered for a key, goes where it is sent, and asks
/// another node when one does not answer.
final class HiredisLoad {
    /// What is known of a key.
    private struct Key {
        let name: String
        var node: String
        var written: [Int] = []
        var writtenAt: Int?
    }

    private let nodes: [String]
    private var keys: [Key]
    private var connections: [String: Hiredis] = [:]
    private var number = 0
    private var result = LoadResult()

    private static let patience = timeval(tv_sec: 0, tv_usec: 300_000)

    /// A client that knows these nodes, each `host:port`.
    init(_ nodes: [String], keys count: Int = 24, prefix: String = "hiredis") {
        self.nodes = nodes
        keys = (0..<count).map { Key(name: "\(prefix):\($0)", node: nodes[0]) }
    }

    /// Writes every key once. Returns whether all writes were answered.
    @discardableResult
    func writeAll() -> Bool {
        number += 1
        var isComplete = true
        for index in keys.indices {
            if write(index) {
                take(index)
            } else {
                result.uncertain += 1
                isComplete = false
            }
        }
        return isComplete
    }

    /// Writes for some time.
    func run(forMilliseconds time: Int) {
        let end = monotonicMilliseconds() + time
        while monotonicMilliseconds() < end { writeAll() }
    }

    /// Writes until every key has been written again.
    func runUntilComplete(withinMilliseconds bound: Int) -> Bool {
        eventually(withinMilliseconds: bound) { writeAll() }
    }

    /// What became of the writes.
    func finish() throws -> LoadResult {
        for key in keys {
            var kept: Int?
            let isRead = eventually {
                var node = key.node
                guard case .string(let bytes)? = ask(["GET", key.name], &node) else { return false }
                kept = Int(String(decoding: bytes, as: UTF8.self))
                return kept != nil
            }
            guard isRead, let kept else { throw HarnessError.timedOut("reading \(key.name)") }
            result.lost += key.written.count { $0 > kept }
        }
        return result
    }

    private func take(_ index: Int) {
        let now = monotonicMilliseconds()
        result.acknowledged += 1
        result.pause = max(result.pause, now - (keys[index].writtenAt ?? now))
        keys[index].written.append(number)
        keys[index].writtenAt = now
    }

    // MARK: Asking

    private func write(_ index: Int) -> Bool {
        ask(["SET", keys[index].name, "\(number)"], &keys[index].node) == .status("OK")
    }

    /// The reply of whoever is responsible; nil where nobody is just now, and then somebody else is asked the next time.
    private func ask(_ words: [String], _ node: inout String) -> HiredisReply? {
        for _ in 0..<5 {
            guard let reply = send(words, node) else { break }
            guard case .error(let text) = reply else { return reply }
            guard let next = HiredisLoad.target(text) else { break }
            node = next
        }
        node = nodes[((nodes.firstIndex(of: node) ?? 0) + 1) % nodes.count]
        return nil
    }

    private func send(_ words: [String], _ node: String) -> HiredisReply? {
        do {
            let connection = try connections[node] ?? HiredisLoad.connect(node)
            connections[node] = connection
            return try connection.run(words.map { Bytes($0.utf8) })
        } catch {
            connections[node] = nil
            return nil
        }
    }

    private static func connect(_ node: String) throws -> Hiredis {
        let (host, port) = try hostAndPort(node)
        return try Hiredis(host: host, port: port, patience: patience)
    }

    /// Where a redirection leads.
    private static func target(_ error: String) -> String? {
        let words = error.split(separator: " ")
        guard words.count == 3, words[0] == "MOVED" else { return nil }
        return String(words[2])
    }
}
