import Primitives

/// A client of a simulated cluster: follows redirections, and remembers what was acknowledged.
struct ClusterClient {
    /// A write that was sent.
    private struct Write {
        let key: String
        let value: String
        let node: Int
        let process: Int32
        let sentAt: Int64
        let call: SimulatedCall
    }

    private var now: Int64 = 0
    private var waiting: [Write] = []
    /// How many writes were sent.
    private(set) var sent = 0
    /// For each key what was acknowledged, and the story of each write.
    private var acknowledged: [String: [String: String]] = [:]
    /// How many writes were acknowledged, refused, and redirected.
    private(set) var (kept, refused, redirected) = (0, 0, 0)

    private static let keyCount = 200
    private static let mostRedirections = 5

    /// Writes something that no other write removes, and something else.
    mutating func write(_ random: inout RandomSource, _ processes: [WholeProcess], now: Int64) {
        self.now = now
        guard let first = processes.randomElement(using: &random) else { return }
        sent += 1
        let key = "kept:\(Int.random(in: 0..<ClusterClient.keyCount, using: &random))"
        send(["SADD", key, "\(sent)"], to: first, processes) { [sent] process, call in
            Write(
                key: key, value: "\(sent)", node: process.number, process: process.incarnation, sentAt: now, call: call)
        }
        var command = RandomCommands.next(&random)
        while ["FLUSHDB", "SWAPDB", "SELECT", "MOVE"].contains(command[0]) { command = RandomCommands.next(&random) }
        send(command, to: first, processes) { _, _ in nil }
    }

    private mutating func send(
        _ command: [String], to first: WholeProcess, _ processes: [WholeProcess],
        remember: (WholeProcess, SimulatedCall) -> Write?
    ) {
        var (process, asks) = (first, false)
        for _ in 0..<ClusterClient.mostRedirections {
            let call = process.node.call(asks ? [["ASKING"], command] : [command])
            guard let target = ClusterClient.redirection(call.reply) else {
                if let write = remember(process, call) { note(write) }
                return
            }
            redirected += 1
            asks = call.reply.hasPrefix("-ASK ")
            guard let next = processes.first(where: { $0.number == target }) else { return }
            process = next
        }
    }

    /// Which node a reply sends the client to; nil where it is no redirection.
    private static func redirection(_ reply: String) -> Int? {
        guard reply.hasPrefix("-MOVED ") || reply.hasPrefix("-ASK "),
            // Both bytes at the end of a line are one character.
            let port = reply.dropLast().split(separator: ":").last.flatMap({ Int($0) })
        else { return nil }
        return SimulatedNetwork.number(ofPort: port)
    }

    private mutating func note(_ write: Write) {
        if write.call.reply.isEmpty { return waiting.append(write) }
        guard write.call.reply.hasSuffix(":1\r\n") else { return refused += 1 }
        kept += 1
        acknowledged[write.key, default: [:]][write.value] =
            "\(write.value), sent to node \(write.node) at \(write.sentAt), acknowledged at \(now)"
    }

    /// Looks for replies that have come. Whoever waited for a process that is no more never learns what has become of it.
    mutating func look(_ processes: [WholeProcess], now: Int64) {
        self.now = now
        let before = waiting
        waiting = []
        for write in before {
            guard let process = processes.first(where: { $0.number == write.node && $0.incarnation == write.process })
            else { continue }
            process.node.look(at: write.call)
            note(write)
        }
    }

    /// Looks for all acknowledged writes.
    /// - Parameters:
    ///   - wait: lets a while pass, since a reply may wait for copies.
    /// - Returns: How many are not there any more, and the first key of these with what was said of it.
    func losses(_ processes: [WholeProcess], wait: () -> Void) -> (count: Int, first: String?) {
        var (count, first): (Int, String?) = (0, nil)
        for (key, values) in acknowledged.sorted(by: { $0.key < $1.key }) {
            let reply = ClusterClient.read(key, processes, wait)
            let present = Set(reply.split(separator: "\r\n").map(String.init))
            let lost = values.filter { !present.contains($0.key) }.map(\.value)
            if lost.isEmpty { continue }
            count += lost.count
            first = first ?? "\(lost.sorted()) of \(key), which is \(reply.split(separator: "\r\n"))"
        }
        return (count, first)
    }

    private static let (mostReads, mostWaits) = (10, 500)

    /// The members of a key, as the node tells that has it; or what all say that is no redirection. A failover that was asked
    /// for before the last fault may end just then.
    private static func read(_ key: String, _ processes: [WholeProcess], _ wait: () -> Void) -> String {
        var reply = ""
        for _ in 0..<mostReads {
            reply = readOnce(key, processes, wait)
            if reply.hasPrefix("*") { break }
            wait()
        }
        return reply
    }

    private static func readOnce(_ key: String, _ processes: [WholeProcess], _ wait: () -> Void) -> String {
        var others = ""
        for process in processes {
            let call = process.node.call([["SMEMBERS", key]])
            for _ in 0..<mostWaits where call.reply.isEmpty {
                wait()
                process.node.look(at: call)
            }
            if call.reply.hasPrefix("*") { return call.reply }
            if !call.reply.hasPrefix("-MOVED") { others += "node \(process.number): \(call.reply)\r\n" }
        }
        return others
    }
}
