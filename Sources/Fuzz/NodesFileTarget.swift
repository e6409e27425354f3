import Gossip
import Primitives

/// `nodes.conf`: what is read is written and read as the same.
struct NodesFileTarget: FuzzTarget {
    static let name = "nodes"
    private static let names = [
        "be95e2c512b3f8a67bddd9a109a355733d91dc5c", "91c8c780fd29c62293922b807c5e3a5349229bbb",
        "c08e4e62214144137a93f5ecd85f7298dac250c1",
    ]
    private static let addresses = [
        "127.0.0.1:7000@17000", ":0@0", "::1:7000@17000,host-2.example.com",
        "10.0.0.1:1@2,,tls-port=0,shard-id=\(names[2])",
        "h:65535", "1.2.3.4:1@2,h,nodename=left,tcp-port=5,zone=x",
    ]
    private static let flags = [
        "master", "slave", "master,fail?", "slave,fail,nofailover", "handshake", "noaddr", "noflags",
    ]
    private static let slots = [
        "0-5460", "7", "8000-16383", "[5->-\(names[1])]", "[6-<-\(names[2])]", "16384", "9-3", "[5-", "-", "",
    ]

    init(seed: UInt64) {}

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes = NodesFileTarget.file(&random)
        let other = NodesFileTarget.file(&random)
        if !random.isOne(of: 4) { for _ in 0..<random.below(4) { bytes.mutate(&random, splicing: other) } }
        let usesTLS = random.isOne(of: 2)
        do throws(NodesFileError) {
            var file = try NodesFile(bytes, usesTLS: usesTLS)
            file.nodes.removeAll { $0.flags.contains(.handshake) && !$0.flags.contains(.myself) }
            file.currentEpoch = file.nodes.reduce(file.currentEpoch) { max($0, $1.configEpoch) }
            if file.myself?.flags.contains(.handshake) == true { return .taken }
            let again = try NodesFile(file.bytes(usesTLS: usesTLS), usesTLS: usesTLS)
            hold(again == file, "written and read it is another")
            hold(
                file.lines(.reply(usesTLS: usesTLS)).count(where: { $0 == 0x0A }) == file.nodes.count, "a line too many"
            )
            return .taken
        } catch {
            return .refused(error.reason)
        }
    }

    private static func file(_ random: inout RandomSource) -> [UInt8] {
        var text = ""
        for (index, name) in names.prefix(random.below(3) + 1).enumerated() {
            let mine = index == 0 && !random.isOne(of: 8) ? "myself," : ""
            text += "\(name) \(random.pick(addresses)) \(mine)\(random.pick(flags)) "
            text += random.isOne(of: 2) ? "- " : "\(random.pick(names)) "
            text += "0 \(random.next() >> UInt64(random.below(64))) \(random.below(99)) connected"
            for _ in 0..<random.below(4) {
                text += " \(random.pick(Array(slots.dropLast(random.isOne(of: 8) ? 0 : 5))))"
            }
            text += "\n"
        }
        if !random.isOne(of: 4) { text += "vars currentEpoch \(random.below(99)) lastVoteEpoch \(random.below(99))\n" }
        return Array(text.utf8)
    }
}
