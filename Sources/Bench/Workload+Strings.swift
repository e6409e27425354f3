/// The commands on strings that are measured, and PING.
enum Operation: String, CaseIterable, Sendable {
    case ping = "PING"
    case get = "GET"
    case set = "SET"
    case increment = "INCR"
    case getMany = "MGET"
    case setMany = "MSET"
    /// SET with an expiry; only for loading.
    case setExpiring = "SET EX"

    /// The keys of MGET and MSET.
    static let manyKeys = 10

    var carriesValues: Bool {
        switch self {
        case .ping, .increment: false
        case .get, .set, .getMany, .setMany, .setExpiring: true
        }
    }

    func arguments(valueBytes: Int) -> [Argument] {
        switch self {
        case .ping: [.text("PING")]
        case .get: [.text("GET"), .key("key:")]
        case .set: [.text("SET"), .key("key:"), .value(valueBytes)]
        case .increment: [.text("INCR"), .key("cnt:")]
        case .getMany: [.text("MGET")] + (0..<Operation.manyKeys).map { _ in .key("key:") }
        case .setMany: [.text("MSET")] + (0..<Operation.manyKeys).flatMap { _ in [.key("key:"), .value(valueBytes)] }
        case .setExpiring: [.text("SET"), .key("key:"), .value(valueBytes), .text("EX"), .text("86400")]
        }
    }

    /// The length of each reply is known beforehand: counters start at a million and do not reach ten millions in a run.
    func reply(valueBytes: Int) -> ReplyShape {
        let value = "$\(valueBytes)\r\n".utf8.count + valueBytes + 2
        return switch self {
        case .ping: ReplyShape(length: "+PONG\r\n".utf8.count, firstByte: UInt8(ascii: "+"))
        case .set, .setMany, .setExpiring: .ok
        case .get: ReplyShape(length: value, firstByte: UInt8(ascii: "$"))
        case .increment: ReplyShape(length: ":1000000\r\n".utf8.count, firstByte: UInt8(ascii: ":"))
        case .getMany:
            ReplyShape(length: "*10\r\n".utf8.count + Operation.manyKeys * value, firstByte: UInt8(ascii: "*"))
        }
    }
}

extension Workload {
    init(operation: Operation, valueBytes: Int, pipeline: Int, keyCount: Int) {
        let size = operation.carriesValues ? "-\(valueBytes)" : ""
        self.init(
            name: "\(operation.rawValue.lowercased())\(size)-p\(pipeline)", label: operation.rawValue,
            valueBytes: operation.carriesValues ? valueBytes : nil, pipeline: pipeline, keyCount: keyCount,
            operation.arguments(valueBytes: valueBytes), reply: operation.reply(valueBytes: valueBytes))
    }

    /// How many keys to draw from: a million, but no more than 512 MiB of values.
    static func keyCount(valueBytes: Int) -> Int { min(1_000_000, (512 << 20) / valueBytes) }

    /// What counters start at.
    static let counterStart = "1000000"

    /// The loads that make every key of the others exist: values of a size, and counters.
    static func preloads(valueBytes: Int, keyCount: Int) -> [Workload] {
        let pipeline = valueBytes > 1024 ? 8 : 64
        let counter: [Argument] = [.text("SET"), .key("cnt:"), .text(counterStart)]
        return [
            Workload(operation: .set, valueBytes: valueBytes, pipeline: pipeline, keyCount: keyCount),
            Workload(name: "counters", label: "SET", pipeline: 64, keyCount: keyCount, counter, reply: .ok),
        ]
    }
}
