import Harness

/// A client that sends steps of the ledger without waiting for replies, and knows which of them were answered.
final class Writer {
    private let connection: Connection
    /// Steps that were sent, and that were answered, counted from the first of all.
    private(set) var (sent, acknowledged): (Int, Int)
    /// When a step was known to be answered: the number of steps up to it, monotonic milliseconds.
    private var times: [(steps: Int, time: Int)] = []
    private var waiting: [Expected] = []
    /// Errors that a step was answered with.
    private(set) var failures: [String] = []

    private enum Expected {
        /// The last reply of a step is the one that counts.
        case step(replies: Int)
        case other((Reply) -> Void)
    }

    /// - Parameter known: steps that the data set holds.
    init(_ connection: Connection, known: Int) {
        self.connection = connection
        (sent, acknowledged) = (known, known)
    }

    /// Sends further steps.
    func write(_ count: Int) throws {
        var bytes = Bytes()
        for step in sent..<sent + count {
            let requests = Ledger.requests(step)
            for request in requests { bytes += encodedRequest(request) }
            waiting.append(.step(replies: requests.count))
        }
        sent += count
        try connection.send(bytes)
    }

    /// Sends something else.
    func ask(_ words: String..., then body: @escaping (Reply) -> Void = { _ in }) throws {
        waiting.append(.other(body))
        try connection.send(encodedRequest(words.map { Bytes($0.utf8) }))
    }

    /// Waits for all replies.
    func settle() throws { while !waiting.isEmpty { try receive() } }

    /// Takes what there is of replies from a server that is no more.
    func drain() {
        do { try settle() } catch { waiting = [] }
    }

    private func receive() throws {
        switch waiting[0] {
        case .step(let replies):
            for _ in 0..<replies { check(try connection.receive()) }
            acknowledged += 1
            times.append((acknowledged, monotonicMilliseconds()))
        case .other(let body): body(try connection.receive())
        }
        waiting.removeFirst()
    }

    private func check(_ reply: Reply) {
        if let text = reply.errorText { failures.append(text) }
    }

    /// How many steps were answered up to a time.
    func acknowledged(at time: Int) -> Int? { times.last { $0.time <= time }?.steps }
}
