/// What applications lean on beyond single commands: scripts, transactions, messages.
extension Workload {
    /// The rows, which share their data.
    static let sessions = [evaluation, transaction, publication]

    private static let million = 1_000_000

    private static var evaluation: Workload {
        let value = 16
        let key = Argument.key("key:")
        let script = "return redis.call('GET',KEYS[1])"
        var row = Workload(
            name: "eval-p16", label: "EVAL of one GET", pipeline: 16, keyCount: million,
            [.text("EVAL"), .text(script), .text("1"), key],
            reply: ReplyShape(["$\(value)\r\n", String(repeating: "v", count: value), "\r\n"]))
        row.bar = 0.9
        row.preloads = Workload.preloads(valueBytes: value, keyCount: million)
        return row
    }

    private static var transaction: Workload {
        let increments = 10
        let commands = (0..<increments).flatMap { _ in [Argument.next, .text("INCR"), .key("cnt:")] }
        let queued = [String](repeating: "+QUEUED\r\n", count: increments)
        let results = [String](repeating: ":\(Workload.counterStart)\r\n", count: increments)
        var row = Workload(
            name: "multi-p1", label: "MULTI, 10 INCR, EXEC", pipeline: 1, keyCount: million,
            [.text("MULTI")] + commands + [.next, .text("EXEC")],
            reply: ReplyShape(["+OK\r\n"] + queued + ["*\(increments)\r\n"] + results))
        row.bar = 0.6
        row.preloads = Workload.preloads(valueBytes: 16, keyCount: million)
        return row
    }

    private static var publication: Workload {
        let subscribers = 100
        var row = Workload(
            name: "publish-p1", label: "PUBLISH to \(subscribers) subscribers", pipeline: 1, keyCount: 1,
            [.text("PUBLISH"), .text(Workload.channel), .value(16)], reply: ReplyShape([":\(subscribers)\r\n"]))
        row.bar = 0.8
        row.subscriberCount = subscribers
        return row
    }
}
