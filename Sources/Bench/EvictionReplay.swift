import Glibc

/// One server under one policy, and what a trace has come to there.
final class EvictionSubject {
    let name: String
    let policy: String
    let isReference: Bool
    /// Whether it has a limit of memory, instead of one of keys.
    let hasLimit: Bool
    let server: ServerProcess
    let control: ControlConnection
    private let socket: Int32
    private var requests: [UInt8] = []
    /// Keys of the batch under way, and those of the last that were missing.
    private var missing: [UInt32] = []
    private var input: [UInt8] = [UInt8](repeating: 0, count: 64 << 10)
    private(set) var hits = 0
    private(set) var misses = 0
    private var memoryLimit = 0
    /// Bytes for each key, as measured.
    private var bytesPerKey = 0.0

    static let valueBytes = 64
    private static let keyDigits = 8

    init(
        _ program: ServerProgram, name: String, policy: String, hasLimit: Bool = false
    ) throws(BenchmarkFailure) {
        (self.name, self.policy, isReference) = (name, policy, program.isReference)
        self.hasLimit = hasLimit
        server = try ServerProcess(program)
        control = try ControlConnection(port: server.port)
        socket = try Loopback.connect(port: server.port)
    }

    deinit {
        close(socket)
        server.stop()
    }

    /// Sets the limit under which a new server holds `keys` keys, which is what it uses with as many, and fills it.
    func prepare(keys: Int, filling count: Int) throws(BenchmarkFailure) {
        let before = try usedMemory()
        try fill(keys)
        let used = try usedMemory()
        bytesPerKey = Double(used - before) / Double(keys)
        try control.call("FLUSHALL")
        try prepare(bytes: used, filling: count)
    }

    /// Sets the limit of a new server, and fills it with keys that nobody asks for, so that it is full from the beginning on.
    func prepare(bytes: Int, filling count: Int) throws(BenchmarkFailure) {
        try control.call("CONFIG", "SET", "maxmemory-policy", policy)
        try limit(bytes: bytes)
        try fill(count)
    }

    private func fill(_ count: Int) throws(BenchmarkFailure) {
        let first: UInt32 = 90_000_000
        var next = first
        while next < first + UInt32(count) {
            let end = min(next + 256, first + UInt32(count))
            for key in next..<end { append(set: key) }
            try transmit()
            try skipReplies(Int(end - next))
            next = end
        }
    }

    /// Corrects the limit by the number of keys that are held under it.
    func adjust(keys: Int) throws(BenchmarkFailure) {
        try limit(bytes: memoryLimit + Int(Double(keys - (try keyCount())) * bytesPerKey))
    }

    private func limit(bytes: Int) throws(BenchmarkFailure) {
        memoryLimit = bytes
        try control.call("CONFIG", "SET", "maxmemory", "\(bytes)")
    }

    func keyCount() throws(BenchmarkFailure) -> Int { Int(try control.call("DBSIZE")) ?? 0 }

    /// Forgets what was counted.
    func beginCounting() { (hits, misses) = (0, 0) }

    /// Stores what the last batch missed, and asks for the keys of the next.
    func ask(_ keys: ArraySlice<UInt32>) throws(BenchmarkFailure) {
        for key in missing { append(set: key) }
        for key in keys { append(get: key) }
        try transmit()
    }

    /// Reads the answers to `ask`.
    func hear(_ keys: ArraySlice<UInt32>) throws(BenchmarkFailure) {
        var lines = ReplyLines(expected: missing.count + keys.count)
        let stored = missing.count
        missing.removeAll(keepingCapacity: true)
        while !lines.isComplete { try lines.take(try receive()) }
        for (index, key) in keys.enumerated() where !lines.found[stored + index] { missing.append(key) }
        misses += missing.count
        hits += keys.count - missing.count
    }

    private func usedMemory() throws(BenchmarkFailure) -> Int {
        let text = try control.call("INFO", "memory")
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        guard let bytes = line.flatMap({ Int($0.dropFirst("used_memory:".count)) }) else {
            throw BenchmarkFailure("\(name) does not tell its used_memory")
        }
        return bytes
    }

    // MARK: Bytes

    private static let getHead = Array("*2\r\n$3\r\nGET\r\n$12\r\nkey:".utf8)
    private static let setHead = Array("*3\r\n$3\r\nSET\r\n$12\r\nkey:".utf8)
    private static let setTail = Array("\r\n$\(valueBytes)\r\n\(String(repeating: "v", count: valueBytes))\r\n".utf8)

    private func append(get key: UInt32) {
        requests += EvictionSubject.getHead
        append(digits: key)
        requests += [13, 10]
    }

    private func append(set key: UInt32) {
        requests += EvictionSubject.setHead
        append(digits: key)
        requests += EvictionSubject.setTail
    }

    private func append(digits key: UInt32) {
        var divisor: UInt32 = 10_000_000
        for _ in 0..<EvictionSubject.keyDigits {
            requests.append(48 + UInt8(key / divisor % 10))
            divisor /= 10
        }
    }

    private func transmit() throws(BenchmarkFailure) {
        var sent = 0
        while sent < requests.count {
            let count = requests.withUnsafeBytes {
                send(socket, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .system("send") }
            sent += count
        }
        requests.removeAll(keepingCapacity: true)
    }

    private func receive() throws(BenchmarkFailure) -> ArraySlice<UInt8> {
        let count = recv(socket, &input, input.count, 0)
        guard count > 0 else { throw count == 0 ? BenchmarkFailure("\(name) closed a connection") : .system("recv") }
        return input[..<count]
    }

    private func skipReplies(_ count: Int) throws(BenchmarkFailure) {
        var lines = ReplyLines(expected: count)
        while !lines.isComplete { try lines.take(try receive()) }
    }
}

/// The replies to GET and SET in a stream, and which of them found something.
struct ReplyLines {
    private let expected: Int
    private(set) var found: [Bool] = []
    private var line: [UInt8] = []
    /// Bytes of a value that are still to come.
    private var skipped = 0

    init(expected: Int) { self.expected = expected }

    var isComplete: Bool { found.count == expected && skipped == 0 }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws(BenchmarkFailure) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if skipped > 0 {
                let step = min(skipped, bytes.endIndex - index)
                skipped -= step
                index += step
                continue
            }
            line.append(bytes[index])
            index += 1
            if line.last == 10 { try endLine() }
        }
    }

    private mutating func endLine() throws(BenchmarkFailure) {
        let text = String(decoding: line.dropLast(2), as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        switch text.first {
        case "+": found.append(true)
        case "$":
            let length = Int(text.dropFirst()) ?? -1
            found.append(length >= 0)
            if length >= 0 { skipped = length + 2 }
        case _: throw BenchmarkFailure("unexpected reply: \(text)")
        }
    }
}
