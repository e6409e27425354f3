import Gossip
import Primitives
import Testing

private let sender = NodeName("1f7b3e1d3944698873f7ac205efe4dd7c266c397")!
private let other = NodeName("8af19fb2a68c8b58821c0a9155dd08986903742a")!

private func header() -> BusHeader {
    var header = BusHeader(sender: sender, flags: [.myself, .replica, .noFailover])
    (header.port, header.otherPort, header.busPort) = (7001, 7000, 17001)
    (header.host, header.primary) = ("fe80::1%eth0", other)
    (header.currentEpoch, header.configEpoch, header.offset) = (1 << 40, 1 << 62 - 1, 1 << 50)
    header.slots = SlotSet([0, 1, 64, 16383])
    (header.isClusterUp, header.isPaused, header.isForced) = (false, true, true)
    return header
}

private let entries = (0..<3).map { number in
    GossipEntry(
        name: other, pingSent: UInt32(number), pongReceived: .max, host: "10.0.0.\(number)", port: 65_535,
        otherPort: number, busPort: 16_379, flags: [.replica, .suspected])
}

private let extensions: [PingExtension] = [
    .hostname("host-1.example.com"), .hostname("1234567"), .humanName("links/unten-3"), .forgotten(other, seconds: 60),
    .shard(other), .other(9, [1, 2, 3, 4, 5, 6, 7, 8]), .other(4, []), .promiseAsked(term: 3), .promiseRefused(term: 4),
    .promiseGranted(term: 5, HistoryPlace(term: 4, offset: -1), isWhole: true),
    .promiseGranted(term: 5, HistoryPlace(term: 4, offset: 70), isWhole: false),
    .clientIPv4("203.0.113.7"), .clientIPv6("2001:db8::7"), .clientPort(16_379), .clientTLSPort(65_535),
]

private let bodies: [BusMessage.Body] = [
    .ping(entries, extensions), .pong([], []), .meet(entries, []), .fail(other),
    .publish(channel: Array("news".utf8), message: Array("it rains".utf8), isSharded: false),
    .publish(channel: [], message: [0, 255], isSharded: true), .voteRequest, .vote,
    .update(configEpoch: 7, name: other, slots: SlotSet(100...200)), .manualFailover, .module,
]

/// One of each kind, the light ones too.
private let messages: [BusMessage] =
    bodies.map { BusMessage(header(), $0) }
    + bodies.compactMap { body in
        guard case .publish = body else { return nil }
        var message = BusMessage(header(), body)
        message.isLight = true
        return message
    }

private func decoded(_ bytes: [UInt8]) throws(BusCodecError) -> BusMessage {
    let outcome = bytes.withBytes { bytes in
        do throws(BusCodecError) {
            return Result<BusMessage, BusCodecError>.success(try BusMessage(bytes, after: header()))
        } catch { return .failure(error) }
    }
    return try outcome.get()
}

private func refusal(_ bytes: [UInt8]) -> BusCodecError? {
    do throws(BusCodecError) {
        _ = try decoded(bytes)
        return nil
    } catch { return error }
}

extension [UInt8] {
    fileprivate mutating func put(_ number: some FixedWidthInteger, at place: Int) {
        Swift.withUnsafeBytes(of: number.bigEndian) { replaceSubrange(place..<place + $0.count, with: $0) }
    }
}

@Suite struct BusCodecTests {
    @Test(arguments: messages) func whatIsSentIsReceived(_ message: BusMessage) throws {
        #expect(message.bytes.count == message.encodedLength)
        #expect(try decoded(message.bytes) == message)
    }

    @Test func messagesOfTheReferenceAreUnderstoodAndWrittenAsTheyWere() throws {
        for bytes in Captured.all { #expect(try decoded(bytes).bytes == bytes) }
        let ping = try decoded(Captured.ping)
        #expect(ping.header.sender == sender && ping.header.flags == [.primary, .myself])
        #expect(ping.header.slots.ranges == [5001...10000] && ping.header.port == 22002 && ping.header.busPort == 33002)
        guard case .ping(let entries, let extensions) = ping.body else { return #expect(Bool(false)) }
        #expect(extensions == [.hostname("host-2.example.com")])
        #expect(entries.allSatisfy { $0.host == "127.0.0.1" && $0.busPort == $0.port + 11_000 } && entries.count >= 2)
        #expect(try decoded(Captured.fail).body == .fail(other))
        #expect(try decoded(Captured.voteRequest).header.primary != nil)
        #expect(
            try decoded(Captured.publish).body
                == .publish(
                    channel: Array("news".utf8), message: Array("hello world".utf8), isSharded: false))
        guard case .update(let epoch, _, let slots) = try decoded(Captured.update).body else {
            return #expect(Bool(false))
        }
        #expect(epoch > 0 && slots.ranges == [0...5000])
        #expect(try decoded(Captured.manualFailover).body == .manualFailover)
    }

    @Test func aHostThatIsTooLongIsCutOff() throws {
        var message = BusMessage(header(), .vote)
        message.header.host = String(repeating: "a", count: 60)
        #expect(try decoded(message.bytes).header.host.count == 45)
    }

    @Test func extensionsThatCannotBeAreNone() throws {
        func received(_ one: PingExtension) throws -> [PingExtension] {
            guard case .ping(_, let found) = try decoded(BusMessage(header(), .ping([], [one])).bytes).body else {
                return []
            }
            return found
        }
        for text in ["a b", "a,b", "a\nb", "a=b", "host\"", "ü"] {
            guard case .other(0, _)? = try received(.hostname(text)).first else {
                return #expect(Bool(false), "\(text)")
            }
        }
        for text in ["", "10.0.0", "::1", "host-1"] {
            guard case .other(4, _)? = try received(.clientIPv4(text)).first else {
                return #expect(Bool(false), "\(text)")
            }
        }
        guard case .other(5, _)? = try received(.clientIPv6("10.0.0.1")).first else { return #expect(Bool(false)) }
        // What Redis 8 has under this number.
        let secret = PingExtension.other(4, Array(other.text.utf8))
        #expect(try received(secret) == [secret])
        #expect(try received(.humanName("Küche")) == [.humanName("Küche")])
        #expect(try received(.other(3, [1, 2, 3, 4, 5, 6, 7, 8])) == [.other(3, [1, 2, 3, 4, 5, 6, 7, 8])])
        #expect(try received(.other(1, [255, 0, 0, 0, 0, 0, 0, 0])) == [.other(1, [255, 0, 0, 0, 0, 0, 0, 0])])
        #expect(try received(.other(0, [97, 97, 97, 97, 97, 97, 97, 97])).first != .hostname("aaaaaaaa"))
    }

    @Test func withoutTheirFlagExtensionsAreNotBelieved() throws {
        var bytes = BusMessage(header(), .ping([], extensions)).bytes
        bytes[2253] &= ~4
        #expect(refusal(bytes) == .malformed("a message with more than it should have"))
    }

    @Test func countsAndLengthsThatReachBehindTheMessageAreRefused() {
        var bytes = BusMessage(header(), .ping(entries, extensions)).bytes
        bytes.put(UInt16.max, at: 14)
        #expect(refusal(bytes) == .malformed("a length that reaches behind the message"))
        bytes.put(UInt16(3), at: 14)
        bytes.put(UInt16.max, at: 2214)
        #expect(refusal(bytes) == .malformed("an extension that is not there"))
        for length: UInt32 in [0, 7, 9, .max, .max - 7] {
            bytes = BusMessage(header(), .ping([], extensions)).bytes
            bytes.put(length, at: 2256)
            #expect(refusal(bytes) != nil)
        }
        for (channel, message): (UInt32, UInt32) in [(.max, .max), (13, 0), (0, 13), (12, 1), (.max, 1)] {
            bytes = BusMessage(header(), bodies[4]).bytes
            bytes.put(channel, at: 2256)
            bytes.put(message, at: 2260)
            #expect(refusal(bytes) != nil)
        }
        bytes = BusMessage(header(), .module).bytes
        bytes.put(UInt32.max, at: 2264)
        #expect(refusal(bytes) != nil)
    }

    @Test func epochsThatCannotBeAreRefused() {
        for place in [16, 24, 2256] {
            var bytes = BusMessage(header(), .update(configEpoch: 7, name: other, slots: SlotSet())).bytes
            bytes.put(UInt64(1) << 62, at: place)
            #expect(refusal(bytes) == .malformed("an epoch that cannot be"))
        }
    }

    @Test func otherVersionsAndTypesAreTold() {
        var bytes = BusMessage(header(), .vote).bytes
        bytes.put(UInt16(2), at: 8)
        #expect(refusal(bytes) == .version(2))
        bytes = BusMessage(header(), .vote).bytes
        bytes.put(UInt16(11), at: 12)
        #expect(refusal(bytes) == .type(11))
        bytes.put(UInt16(0x8000), at: 12)
        #expect(refusal(bytes) == .type(0x8000))
    }

    @Test(arguments: messages) func everyTruncatedMessageIsRefused(_ message: BusMessage) {
        let whole = message.bytes
        for count in 0..<whole.count {
            var part = Array(whole.prefix(count))
            #expect(refusal(part) != nil)
            if count >= 8 { part.put(UInt32(count), at: 4) }
            #expect(refusal(part) != nil, "of \(whole.count) bytes \(count)")
        }
    }

    @Test(arguments: messages) func everyFlippedByteIsDecodedOrRefused(_ message: BusMessage) throws {
        let whole = message.bytes
        for place in whole.indices where place < 80 || place >= 2128 {
            for bit in 0..<8 {
                var bytes = whole
                bytes[place] ^= 1 << UInt8(bit)
                guard let found = try? decoded(bytes) else { continue }
                #expect(try decoded(found.bytes) == found)
            }
        }
    }
}

@Suite struct BusDecoderTests {
    /// Each message after one whose header light ones take.
    private let stream = messages.flatMap(\.bytes)

    @Test func messagesAreTakenHoweverTheyAreCut() throws {
        for size in [1, 2, 3, 7, 8, 15, 16, 17, 1000, 2255, 2256, 2257, stream.count] {
            var decoder = BusDecoder()
            var found: [BusMessage] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                Array(stream[start..<min(start + size, stream.count)]).withBytes { decoder.feed($0) }
                while let message = try decoder.next() { found.append(message) }
            }
            #expect(found == messages && decoder.skipped == 0)
        }
    }

    @Test func everyPointOfDivisionIsAsGood() throws {
        let messages = [messages[0], messages[messages.count - 1], messages[3]]
        let stream = messages.flatMap(\.bytes)
        for point in 0...stream.count {
            var decoder = BusDecoder()
            var count = 0
            for part in [stream[..<point], stream[point...]] {
                Array(part).withBytes { decoder.feed($0) }
                while let message = try decoder.next() {
                    try #require(message == messages[count])
                    count += 1
                }
            }
            try #require(count == messages.count)
        }
    }

    @Test func whatIsNotUnderstoodIsSkipped() throws {
        let vote = BusMessage(header(), .vote)
        var newer = vote.bytes
        newer.put(UInt16(9), at: 8)
        var unknown = BusMessage(header(), bodies[4]).bytes
        unknown.put(UInt16(77), at: 12)
        var torn = BusMessage(header(), .fail(other)).bytes
        torn[2256] = UInt8(ascii: "g")
        var light = messages[messages.count - 1]
        light.isLight = true
        var decoder = BusDecoder()
        (light.bytes + newer + unknown + torn + vote.bytes).withBytes { decoder.feed($0) }
        #expect(try decoder.next() == vote)
        #expect(decoder.skipped == 4 && decoder.lastSkipped == .malformed("no name of a node"))
        #expect(try decoder.next() == nil)
    }

    @Test func lightMessagesAreThoseOfTheLastHeader() throws {
        var (first, second) = (header(), header())
        (first.currentEpoch, second.currentEpoch) = (1, 2)
        var light = BusMessage(BusHeader(sender: other, flags: []), bodies[4])
        light.isLight = true
        #expect(light.encodedLength == 16 + 8 + 12)
        var decoder = BusDecoder()
        let stream = [BusMessage(first, .vote), light, light, BusMessage(second, .vote), light].flatMap(\.bytes)
        stream.withBytes { decoder.feed($0) }
        var epochs: [UInt64] = []
        while let message = try decoder.next() { epochs.append(message.header.currentEpoch) }
        #expect(epochs == [1, 1, 1, 2, 2])
    }

    @Test func whatIsNoMessageEndsTheConnection() {
        func failure(_ bytes: [UInt8], longest: Int = BusDecoder.longestMessage) -> BusCodecError? {
            var decoder = BusDecoder(longest: longest)
            bytes.withBytes { decoder.feed($0) }
            do throws(BusCodecError) {
                _ = try decoder.next()
                return nil
            } catch { return error }
        }
        #expect(failure(Array("R".utf8)) == nil && failure(Array("RC".utf8)) == nil && failure([]) == nil)
        #expect(failure(Array("P".utf8)) == .signature && failure(Array("RCma".utf8)) == .signature)
        func front(_ body: BusMessage.Body, length: Int) -> [UInt8] {
            var bytes = Array(BusMessage(header(), body).bytes.prefix(16))
            bytes.put(UInt32(length), at: 4)
            return bytes
        }
        for body in bodies {
            for length in [0, 15, 16, 2255, Int(UInt32.max)] {
                #expect(failure(front(body, length: length)) == .length(length))
            }
            #expect(failure(front(body, length: 2256)) == nil)
        }
        #expect(failure(front(.vote, length: 1 << 20)) == .length(1 << 20))
        #expect(failure(front(.ping([], []), length: 9 << 20)) == .length(9 << 20))
        #expect(failure(front(bodies[4], length: 9 << 20)) == nil)
        #expect(failure(front(bodies[4], length: 9 << 20), longest: 8 << 20) == .length(9 << 20))
    }
}
