import Persistence
import Primitives

/// Files of the append-only log: reading, checking, cutting off what cannot be read, and replaying.
struct LogTarget: FuzzTarget {
    static let name = "log"
    private let node: FuzzNode
    private var count = 0

    init(seed: UInt64) { node = FuzzNode(seed: seed) }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes = LogTarget.file(&random)
        if !random.isOne(of: 4) {
            for _ in 0..<random.below(3) + 1 { bytes.mutate(&random, splicing: LogTarget.file(&random)) }
        }
        count += 1
        if count % 256 == 0 { node.run("FLUSHALL") }
        let replays = random.isOne(of: 4)
        return bytes.withExactCopy { check(Bytes(UnsafeRawBufferPointer($0)), replays: replays) }
    }

    private func check(_ bytes: Bytes, replays: Bool) -> FuzzOutcome {
        let check = AOFCheck(bytes)
        hold((0...bytes.count).contains(check.validSize))
        if replays { replay(bytes) }
        switch check.verdict {
        case .empty, .valid, .tooNew: return .taken
        case .invalid(let error):
            hold((0...bytes.count).contains(error.offset) && error.validSize == check.validSize)
            switch AOFCheck(bytes[0..<check.validSize]).verdict {
            case .empty, .valid: break
            case .invalid, .tooNew: preconditionFailure("what was cut off is not in order")
            }
            return .refused(String(error.reason.filter { !$0.isNumber }.prefix(30)))
        }
    }

    private func replay(_ bytes: Bytes) {
        var replay = AOFReplay(node.node)
        replay.begin(bytes)
        while case .goesOn = replay.advance(until: { true }) {}
        node.run("PING")
    }

    // MARK: Files

    private static let commands = [
        "SELECT 1", "SET a 1", "SET b 2 PXAT 1800000000000", "DEL a", "RPUSH list x y z", "LPOP list", "SADD set a b",
        "ZADD sorted 1.5 a", "HSET hash f v", "XADD stream 5-* f v", "MULTI", "EXEC", "INCR a", "MULTI", "EXEC",
        "PEXPIREAT list 1800000000000", "FLUSHDB", "UNKNOWN x", "SELECT 99", "COPY list other",
        "XGROUP CREATE stream g 0",
    ]

    private static func file(_ random: inout RandomSource) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(12) {
            if random.isOne(of: 12) { bytes += Array("#TS:\(random.below(2_000_000_000))\r\n".utf8) }
            let words = random.pick(commands).split(separator: " ")
            bytes += Array("*\(words.count)\r\n".utf8)
            for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        }
        return bytes
    }
}
