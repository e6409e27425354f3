import Gossip
import Primitives

/// Messages of the cluster's bus: what is read is written and read as the same, and a stream gives what its messages give.
struct BusTarget: FuzzTarget {
    static let name = "bus"
    /// Where the numbers stand that tell of lengths, counts, types and versions.
    private static let telling = [4, 6, 8, 12, 14, 2214, 2253, 2256, 2258, 2260, 2262, 2264]
    private let known: BusHeader

    init(seed: UInt64) {
        var random = RandomSource(seed: seed)
        known = BusTarget.header(&random)
    }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes = BusTarget.message(&random).bytes
        if !random.isOne(of: 8) {
            let other = BusTarget.message(&random).bytes
            for _ in 0..<random.below(3) + 1 { BusTarget.mutate(&bytes, &random, splicing: other) }
            if !random.isOne(of: 4) { BusTarget.put(UInt32(bytes.count), at: 4, in: &bytes) }
        }
        let outcome = read(bytes)
        stream(bytes, outcome, &random)
        switch outcome {
        case .success: return .taken
        case .failure(let error): return .refused(BusTarget.reason(error))
        }
    }

    private func read(_ bytes: [UInt8]) -> Result<BusMessage, BusCodecError> {
        bytes.withExactCopy { copy in
            do throws(BusCodecError) {
                let message = try BusMessage(Bytes(UnsafeRawBufferPointer(copy)), after: known)
                let again = try message.bytes.withBytes { bytes in
                    do throws(BusCodecError) {
                        return Result<BusMessage, BusCodecError>.success(try BusMessage(bytes, after: known))
                    } catch { return .failure(error) }
                }.get()
                hold(again == message, "written and read it is another")
                return .success(message)
            } catch { return .failure(error) }
        }
    }

    /// The same bytes behind a message that is well, cut anywhere.
    private func stream(
        _ bytes: [UInt8], _ outcome: Result<BusMessage, BusCodecError>, _ random: inout RandomSource
    ) {
        let first = BusMessage(known, .vote)
        let stream = first.bytes + bytes
        var decoder = BusDecoder(longest: 1 << 20)
        var found: [BusMessage] = []
        var start = 0
        while start < stream.count {
            let end = min(stream.count, start + random.below(random.isOne(of: 2) ? 64 : 4096) + 1)
            Array(stream[start..<end]).withExactCopy { decoder.feed(Bytes(UnsafeRawBufferPointer($0))) }
            start = end
            do throws(BusCodecError) {
                while let message = try decoder.next() { found.append(message) }
            } catch { break }
        }
        hold(found.first == first, "the message before it is lost")
        if case .success(let message) = outcome, case .publish = message.body {
            hold(found.count > 1 && found[1] == message, "alone it is a message, and in a stream none")
        }
    }

    private static func reason(_ error: BusCodecError) -> String {
        switch error {
        case .length: "length"
        case .type: "type"
        case .version: "version"
        case .signature, .noHeader, .malformed: error.text
        }
    }

    // MARK: Changing

    private static func mutate(_ bytes: inout [UInt8], _ random: inout RandomSource, splicing other: [UInt8]) {
        switch random.below(4) {
        case 0:
            let place = random.pick(telling)
            let number = random.pick([0, 1, 2, 7, 8, 16, 104, 0x7FFF, 0x8000, 0x8004, 0xFFFF, UInt32.max])
            if random.isOne(of: 2) {
                put(number, at: place, in: &bytes)
            } else {
                put(UInt16(truncatingIfNeeded: number), at: place, in: &bytes)
            }
        case 1 where bytes.count > 2128:
            var tail = Array(bytes[2128...])
            tail.mutate(&random, splicing: other)
            bytes = bytes[..<2128] + tail
        default: bytes.mutate(&random, splicing: other)
        }
    }

    private static func put(_ number: some FixedWidthInteger, at place: Int, in bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { field in
            for (index, byte) in field.enumerated() where place + index < bytes.count { bytes[place + index] = byte }
        }
    }

    // MARK: Making

    private static func message(_ random: inout RandomSource) -> BusMessage {
        var message = BusMessage(header(&random), body(&random))
        if case .publish = message.body { message.isLight = random.isOne(of: 2) }
        return message
    }

    private static func header(_ random: inout RandomSource) -> BusHeader {
        var header = BusHeader(
            sender: NodeName(random: &random), flags: MemberFlags(rawValue: UInt16(truncatingIfNeeded: random.next())))
        (header.port, header.busPort) = (random.below(65_536), random.below(65_536))
        (header.currentEpoch, header.configEpoch) = (random.next() >> 2, random.next() >> 32)
        header.host = random.pick(["", "127.0.0.1", "fe80::1", "a-rather-long-name-of-a-host.example.com"])
        if random.isOne(of: 2) { header.primary = NodeName(random: &random) }
        if random.isOne(of: 2) { header.slots = SlotSet(0..<random.below(hashSlotCount)) }
        return header
    }

    private static func body(_ random: inout RandomSource) -> BusMessage.Body {
        switch random.below(14) {
        case 0, 1, 2: .ping(entries(&random), extensions(&random))
        case 3: .pong(entries(&random), extensions(&random))
        case 4: .meet(entries(&random), extensions(&random))
        case 5: .fail(NodeName(random: &random))
        case 6, 7, 8:
            .publish(channel: text(&random), message: text(&random), isSharded: random.isOne(of: 2))
        case 9: .voteRequest
        case 10: .vote
        case 11:
            .update(
                configEpoch: random.next() >> 2, name: NodeName(random: &random), slots: SlotSet([random.below(99)]))
        case 12: .manualFailover
        default: .module
        }
    }

    private static func entries(_ random: inout RandomSource) -> [GossipEntry] {
        (0..<random.below(5)).map { _ in
            GossipEntry(
                name: NodeName(random: &random), pingSent: 0, pongReceived: .max, host: "10.0.0.\(random.below(256))",
                port: random.below(65_536), otherPort: 0, busPort: random.below(65_536), flags: .primary)
        }
    }

    private static func extensions(_ random: inout RandomSource) -> [PingExtension] {
        (0..<random.below(4)).map { _ in
            switch random.below(7) {
            case 5: Bool.random(using: &random) ? .promiseAsked(term: random.next() >> 2) : .promiseRefused(term: 9)
            case 6:
                .promiseGranted(
                    term: random.next() >> 2, HistoryPlace(term: random.next() >> 2, offset: 7),
                    isWhole: Bool.random(using: &random))
            case 0: .hostname(String(repeating: "h", count: random.below(20)))
            case 1: .humanName("left-\(random.below(100))")
            case 2: .forgotten(NodeName(random: &random), seconds: random.next())
            case 3: .shard(NodeName(random: &random))
            default: .other(UInt16(random.below(9)), [UInt8](repeating: 7, count: random.below(4) * 8))
            }
        }
    }

    private static func text(_ random: inout RandomSource) -> [UInt8] {
        [UInt8](repeating: UInt8(random.below(256)), count: random.below(random.isOne(of: 20) ? 5000 : 20))
    }
}
