import Payloads
import Persistence
import Primitives

/// RESTORE on a live node: what is refused changes nothing, and what is taken is dumped and restored as the same.
struct RestoreTarget: FuzzTarget {
    static let name = "restore"
    private let node: FuzzNode
    private let digest: [UInt8]

    init(seed: UInt64) {
        node = FuzzNode(seed: seed)
        node.run("CONFIG", "SET", "rdb-version-check", "relaxed")
        for command in ["SET old value", "RPUSH list a b c", "HSET hash f v", "XADD stream 1-1 f v"] {
            _ = node.run(command.split(separator: " ").map { Array($0.utf8) })
        }
        digest = node.run("DEBUG", "DIGEST")
    }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        let key = random.pick(["old", "new"])
        let arguments = [Array("RESTORE".utf8), Array(key.utf8)] + RestoreTarget.arguments(&random)
        let reply = node.run(arguments)
        let isTaken = reply.starts(with: Array("+OK".utf8))
        if isTaken {
            checkCopy(of: key)
            node.run("DEL", "new", "copy")
            node.run("SET", "old", "value")
        }
        hold(node.run("DEBUG", "DIGEST") == digest, "something else has changed")
        return isTaken ? .taken : .refused(String(decoding: reply.prefix(60), as: UTF8.self))
    }

    private static func arguments(_ random: inout RandomSource) -> [[UInt8]] {
        let input = FuzzInput.make(&random)
        let version: UInt16 = input.isValkey ? 80 : random.pick([9, 10, 11, 12, 13, 14])
        var payload = [input.type] + input.bytes
        if random.isOne(of: 32) { payload.append(0) }
        payload += Payload.little(version)
        let sum = payload.withBytes { CRC64.checksum($0) }
        payload += Payload.little(random.isOne(of: 16) ? random.next() : sum)
        let ttl = random.pick(["0", "1", "1000", "-1", "9223372036854775807"])
        let options = random.pick([
            ["REPLACE"], ["REPLACE", "ABSTTL"], ["REPLACE", "IDLETIME", "5"], ["REPLACE", "FREQ", "7"], [],
        ])
        return [Array((random.isOne(of: 4) ? ttl : "0").utf8), payload] + options.map { Array($0.utf8) }
    }

    /// Dumps a key, if it is there, and restores it under another name.
    private func checkCopy(of key: String) {
        // A digest tells whether there is an expiry.
        node.run("PERSIST", key)
        let dumped = node.run("DUMP", key)
        guard let start = dumped.firstIndex(of: 10), dumped.count > start + 1 else { return }
        let payload = Array(dumped[(start + 1)...].dropLast(2))
        let reply = node.run([Array("RESTORE".utf8), Array("copy".utf8), [0x30], payload])
        hold(reply.starts(with: Array("+OK".utf8)), "what was dumped is refused")
        let digests = [key, "copy"].map { node.run("DEBUG", "DIGEST-VALUE", $0) }
        hold(digests[0] == digests[1], "a copy is another value")
    }
}
