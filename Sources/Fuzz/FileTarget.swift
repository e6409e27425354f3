import Payloads
import Persistence
import Primitives
import Storage
import Structures

/// The loader of whole RDB files, a random stretch at a time.
struct FileTarget: FuzzTarget {
    static let name = "file"
    private let receivers: [FileReceiver]

    init(seed: UInt64) { receivers = CollectionLimits.fuzzed(seed).map(FileReceiver.init) }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        let bytes = FileTarget.file(&random)
        let receiver = random.pick(receivers)
        return bytes.withExactCopy { load(Bytes(UnsafeRawBufferPointer($0)), receiver, &random) }
    }

    private func load(_ bytes: Bytes, _ receiver: FileReceiver, _ random: inout RandomSource) -> FuzzOutcome {
        var loader = SnapshotLoader(
            bytes, databases: 16, checksSum: !random.isOne(of: 4), takesNewer: random.isOne(of: 4))
        do throws(RDBError) {
            while try !loader.run(into: receiver, most: random.below(200) + 1) {}
            hold(loader.position <= bytes.count)
            return .taken
        } catch {
            hold(error.offset >= 0 && error.offset <= bytes.count, "an error outside of the file")
            return .refused(FileTarget.kind(of: error.reason))
        }
    }

    /// A reason without what it quotes.
    private static func kind(of reason: String) -> String { String(reason.filter { !$0.isNumber }.prefix(40)) }
}

// MARK: Files

extension FileTarget {
    /// A file, as it is or changed in some places; its checksum is often right all the same.
    private static func file(_ random: inout RandomSource) -> [UInt8] {
        let isValkey = random.isOne(of: 4)
        let version = random.below(14) + 1
        var bytes = Array((isValkey ? "VALKEY080" : "REDIS00" + (version < 10 ? "0" : "") + "\(version)").utf8)
        for _ in 0..<random.below(8) { bytes += part(isValkey, &random) }
        bytes.append(RDBOpcode.end.rawValue)
        let isChanged = !random.isOne(of: 4)
        if isChanged { for _ in 0..<random.below(4) { bytes.mutate(&random, splicing: part(isValkey, &random)) } }
        let sum = bytes.withBytes { CRC64.checksum($0) }
        bytes += Payload.little(random.isOne(of: 8) ? 0 : sum)
        if isChanged, random.isOne(of: 2) { bytes.mutate(&random, splicing: []) }
        return bytes
    }

    private static func part(_ isValkey: Bool, _ random: inout RandomSource) -> [UInt8] {
        func small() -> [UInt8] { Payload.length(random.next() >> UInt64(random.below(64))) }
        switch random.below(12) {
        case 0: return [0xFA] + Payload.string("redis-ver") + Payload.string("7.0.15")
        case 1: return [0xFE] + Payload.length(random.below(18))
        case 2: return [0xFB] + small() + small()
        case 3: return [0xFC] + Payload.little(random.next())
        case 4: return [0xFD] + Payload.little(UInt32(truncatingIfNeeded: random.next()))
        case 5: return [0xF8] + small() + [0xF9, UInt8(random.below(256))]
        case 6: return [0xF5] + Payload.string("#!lua name=l\nreturn")
        case 7: return moduleData(&random)
        case 8: return isValkey ? [0xF4] + small() + small() + small() : [0xF4]
        default: return key(isValkey, &random)
        }
    }

    private static func moduleData(_ random: inout RandomSource) -> [UInt8] {
        let parts: [[UInt8]] = [
            [1] + Payload.length(random.next()), [2, 7], [3, 0, 0, 0, 0], [4] + Payload.double(1),
            [5] + Payload.string("x"),
        ]
        let data = (0..<random.below(4)).flatMap { _ in random.pick(parts) }
        return [0xF7] + Payload.length(random.next()) + [2, UInt8(random.below(3))] + data + [0]
    }

    private static func key(_ isValkey: Bool, _ random: inout RandomSource) -> [UInt8] {
        let samples = Sample.all.filter { $0.isValkey == isValkey || $0.type < 22 }
        let sample = random.pick(samples)
        return [sample.type] + Payload.string("k\(random.below(10))") + sample.bytes
    }
}

/// Counts what it is given, and keeps nothing.
private final class FileReceiver: SnapshotReceiver {
    let limits: CollectionLimits

    init(_ limits: CollectionLimits) { self.limits = limits }

    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) {
        hold((0..<16).contains(facts.database))
        value.checkCounts()
        value.free()
    }

    func takeLibrary(_ code: Bytes) throws(RDBReason) { if code.isEmpty { throw RDBReason("no code") } }
    func takeFact(_ name: Bytes, _ value: Bytes) {}
}
