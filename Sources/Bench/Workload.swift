import Primitives

/// The commands that are measured.
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
}

/// One kind of load: a command, the size of its values, and how many commands a client sends before it reads.
struct Workload: Sendable {
    let operation: Operation
    let valueBytes: Int
    let pipeline: Int
    /// Keys are drawn from so many.
    let keyCount: Int

    /// For `--only`: such as `get-16-p64` or `ping-p1`.
    var name: String {
        let size = operation.carriesValues ? "-\(valueBytes)" : ""
        return "\(operation.rawValue.lowercased())\(size)-p\(pipeline)"
    }

    /// How many keys to draw from: a million, but no more than 512 MiB of values.
    static func keyCount(valueBytes: Int) -> Int { min(1_000_000, (512 << 20) / valueBytes) }

    /// The arguments of one command.
    private var arguments: [Argument] {
        switch operation {
        case .ping: [.text("PING")]
        case .get: [.text("GET"), .key("key:")]
        case .set: [.text("SET"), .key("key:"), .value(valueBytes)]
        case .increment: [.text("INCR"), .key("cnt:")]
        case .getMany: [.text("MGET")] + (0..<Operation.manyKeys).map { _ in .key("key:") }
        case .setMany: [.text("MSET")] + (0..<Operation.manyKeys).flatMap { _ in [.key("key:"), .value(valueBytes)] }
        case .setExpiring: [.text("SET"), .key("key:"), .value(valueBytes), .text("EX"), .text("86400")]
        }
    }

    /// The requests of one pipeline.
    var template: RequestTemplate { RequestTemplate(command: arguments, repeated: pipeline) }

    /// What each command is answered with. Its length is known beforehand: counters start at a million and do not reach
    /// ten millions in a run.
    var reply: ReplyShape {
        let value = "$\(valueBytes)\r\n".utf8.count + valueBytes + 2
        return switch operation {
        case .ping: ReplyShape(length: "+PONG\r\n".utf8.count, firstByte: UInt8(ascii: "+"))
        case .set, .setMany, .setExpiring: ReplyShape(length: "+OK\r\n".utf8.count, firstByte: UInt8(ascii: "+"))
        case .get: ReplyShape(length: value, firstByte: UInt8(ascii: "$"))
        case .increment: ReplyShape(length: ":1000000\r\n".utf8.count, firstByte: UInt8(ascii: ":"))
        case .getMany:
            ReplyShape(length: "*10\r\n".utf8.count + Operation.manyKeys * value, firstByte: UInt8(ascii: "*"))
        }
    }

    /// What counters start at.
    static let counterStart = "1000000"

    /// The loads that make every key of the others exist: values of a size, and counters.
    static func preloads(valueBytes: Int, keyCount: Int) -> [(load: Workload, template: RequestTemplate)] {
        let pipeline = valueBytes > 1024 ? 8 : 64
        let values = Workload(operation: .set, valueBytes: valueBytes, pipeline: pipeline, keyCount: keyCount)
        let counters = Workload(operation: .set, valueBytes: valueBytes, pipeline: 64, keyCount: keyCount)
        let counter: [Argument] = [.text("SET"), .key("cnt:"), .text(counterStart)]
        return [(values, values.template), (counters, RequestTemplate(command: counter, repeated: 64))]
    }
}

/// An argument of a command to be generated.
enum Argument: Sendable {
    case text(String)
    /// A key of 16 bytes: four fixed ones and twelve digits, of which the last six vary.
    case key(String)
    /// A value of so many bytes.
    case value(Int)
}

/// Requests ready to be sent, and where the digits stand that make each key another one.
struct RequestTemplate: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Offsets of the six varying digits.
    private(set) var digits: [Int] = []

    init(command: [Argument], repeated: Int) {
        for _ in 0..<repeated {
            bytes.append(text: "*\(command.count)\r\n")
            for argument in command { append(argument) }
        }
    }

    private mutating func append(_ argument: Argument) {
        switch argument {
        case .text(let text):
            bytes.append(text: "$\(text.utf8.count)\r\n\(text)\r\n")
        case .key(let prefix):
            bytes.append(text: "$16\r\n\(prefix)000000")
            digits.append(bytes.count)
            bytes.append(text: "000000\r\n")
        case .value(let count):
            bytes.append(text: "$\(count)\r\n")
            for index in 0..<count { bytes.append(UInt8(ascii: "a") + UInt8(index % 26)) }
            bytes.append(text: "\r\n")
        }
    }
}

/// Draws keys and writes their digits into requests, at a few nanoseconds a key, so that requests need not be kept in
/// memory by the million, where they would drive the server's data out of the shared cache.
struct KeyWriter: ~Copyable {
    enum Order: Sendable { case random, sequential }

    private let order: Order
    private let keyCount: UInt64
    private var state: UInt64
    private var next: UInt64 = 0
    /// For each number below 1000 its digits and a carriage return, which follows the last digit of a key anyway.
    private let triples = UnsafeMutablePointer<UInt32>.allocate(capacity: 1000)

    init(keyCount: Int, order: Order, seed: UInt64) {
        self.order = order
        self.keyCount = UInt64(keyCount)
        state = seed | 1
        for number in 0..<1000 {
            let digits = [number / 100, number / 10 % 10, number % 10].map { UInt32($0 + 0x30) }
            triples[number] = (digits[0] | digits[1] << 8 | digits[2] << 16 | 0x0D << 24).littleEndian
        }
    }

    deinit { triples.deallocate() }

    /// Gives every key of the requests in `buffer` new digits.
    @inline(__always)
    mutating func rewrite(_ buffer: UnsafeMutableRawPointer, at digits: UnsafeBufferPointer<Int>) {
        for offset in digits {
            let key = Int(truncatingIfNeeded: nextKey())
            let thousands = key / 1000
            buffer.storeBytes(of: triples[thousands], toByteOffset: offset, as: UInt32.self)
            buffer.storeBytes(of: triples[key &- thousands &* 1000], toByteOffset: offset &+ 3, as: UInt32.self)
        }
    }

    @inline(__always)
    private mutating func nextKey() -> UInt64 {
        switch order {
        case .random:
            // Knuth's MMIX generator; its upper half, scaled to the number of keys.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return ((state >> 32) &* keyCount) >> 32
        case .sequential:
            let key = next
            next = next &+ 1 == keyCount ? 0 : next &+ 1
            return key
        }
    }
}
