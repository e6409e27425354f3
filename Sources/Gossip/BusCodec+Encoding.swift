import Primitives

extension BusMessage {
    /// How many bytes the message takes on the bus.
    public var encodedLength: Int {
        switch body {
        case .ping(let entries, let extensions), .pong(let entries, let extensions), .meet(let entries, let extensions):
            extensions.reduce(BusLayout.header + entries.count * BusLayout.entry) { $0 + $1.encodedLength }
        case .fail: BusLayout.header + NodeName.length
        case .publish(let channel, let message, _):
            (isLight ? BusLayout.lightHeader : BusLayout.header) + BusLayout.publish + channel.count + message.count
        case .update: BusLayout.header + BusLayout.update
        case .module: BusLayout.header + BusLayout.module
        case .voteRequest, .vote, .manualFailover: BusLayout.header
        }
    }

    /// The bytes of the message.
    public var bytes: [UInt8] {
        let length = encodedLength
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            var writer = BusWriter(
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<length]))
            writer.append(self)
            precondition(writer.place == length, "a message is as long as it was said to be")
            count = length
        }
    }
}

extension PingExtension {
    fileprivate var contentLength: Int {
        switch self {
        case .hostname(let text), .humanName(let text), .clientIPv4(let text), .clientIPv6(let text):
            text.utf8.count + 1
        case .clientPort, .clientTLSPort: 2
        case .forgotten: NodeName.length + 8
        case .shard: NodeName.length
        case .promiseAsked, .promiseRefused: 8
        case .promiseGranted: 24
        case .other(_, let content): content.count
        }
    }

    fileprivate var encodedLength: Int { BusLayout.extensionHeader + (contentLength + 7) & ~7 }

    fileprivate var type: UInt16 {
        switch self {
        case .hostname: BusLayout.Extension.hostname
        case .humanName: BusLayout.Extension.humanName
        case .clientIPv4: BusLayout.Extension.clientIPv4
        case .clientIPv6: BusLayout.Extension.clientIPv6
        case .clientPort: BusLayout.Extension.clientPort
        case .clientTLSPort: BusLayout.Extension.clientTLSPort
        case .forgotten: BusLayout.Extension.forgotten
        case .shard: BusLayout.Extension.shard
        case .promiseAsked: BusLayout.Extension.promiseAsked
        case .promiseGranted(_, _, true): BusLayout.Extension.promiseGranted
        case .promiseGranted(_, _, false): BusLayout.Extension.promiseGrantedInPart
        case .promiseRefused: BusLayout.Extension.promiseRefused
        case .other(let type, _): type
        }
    }
}

/// Writes a message into memory of its length, from the front.
private struct BusWriter {
    let target: UnsafeMutableRawBufferPointer
    var place = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    mutating func append(_ message: BusMessage) {
        if case .publish = message.body, message.isLight {
            appendFront(message, BusType(message.body).rawValue | BusLayout.light)
        } else {
            append(message.header, of: message)
        }
        append(message.body)
    }

    // MARK: Headers

    private mutating func appendFront(_ message: BusMessage, _ type: UInt16) {
        append(BusLayout.signature)
        append(UInt32(target.count))
        append(BusLayout.version)
        append(UInt16(0))
        append(type)
        append(UInt16(0))
    }

    private mutating func append(_ header: BusHeader, of message: BusMessage) {
        var (entries, extensions) = (0, 0)
        switch message.body {
        case .ping(let these, let those), .pong(let these, let those), .meet(let these, let those):
            (entries, extensions) = (these.count, those.count)
        case .fail, .publish, .voteRequest, .vote, .update, .manualFailover, .module: break
        }
        appendFront(message, BusType(message.body).rawValue)
        put(UInt16(truncatingIfNeeded: header.port), at: BusLayout.port)
        put(UInt16(entries), at: BusLayout.entries)
        append(header.currentEpoch)
        append(header.configEpoch)
        append(header.offset)
        append(header.sender)
        append(header.slots)
        if let primary = header.primary { append(primary) } else { skip(NodeName.length) }
        append(host: header.host)
        append(UInt16(extensions))
        if header.knowsTerms { append(BusLayout.apus) }
        skip(BusLayout.otherPort - place)
        append(UInt16(truncatingIfNeeded: header.otherPort))
        append(UInt16(truncatingIfNeeded: header.busPort))
        append(header.flags.rawValue)
        append(UInt8(header.isClusterUp ? 0 : 1))
        append(BusWriter.flags(header, extensions))
        skip(2)
    }

    private static func flags(_ header: BusHeader, _ extensions: Int) -> UInt8 {
        (header.isPaused ? BusLayout.MessageFlag.paused : 0)
            | (header.isForced ? BusLayout.MessageFlag.forced : 0)
            | (header.hasExtensions || extensions > 0 ? BusLayout.MessageFlag.extensions : 0)
    }

    // MARK: Bodies

    private mutating func append(_ body: BusMessage.Body) {
        switch body {
        case .ping(let entries, let extensions), .pong(let entries, let extensions), .meet(let entries, let extensions):
            for entry in entries { append(entry) }
            for one in extensions { append(one) }
        case .fail(let name): append(name)
        case .publish(let channel, let message, _):
            append(UInt32(channel.count))
            append(UInt32(message.count))
            append(channel)
            append(message)
        case .update(let configEpoch, let name, let slots):
            append(configEpoch)
            append(name)
            append(slots)
        case .module: skip(BusLayout.module)
        case .voteRequest, .vote, .manualFailover: break
        }
    }

    private mutating func append(_ entry: GossipEntry) {
        append(entry.name)
        append(entry.pingSent)
        append(entry.pongReceived)
        append(host: entry.host)
        append(UInt16(truncatingIfNeeded: entry.port))
        append(UInt16(truncatingIfNeeded: entry.busPort))
        append(entry.flags.rawValue)
        append(UInt16(truncatingIfNeeded: entry.otherPort))
        skip(2)
    }

    private mutating func append(_ one: PingExtension) {
        let end = place + one.encodedLength
        append(UInt32(one.encodedLength))
        append(one.type)
        skip(2)
        switch one {
        case .hostname(let text), .humanName(let text), .clientIPv4(let text), .clientIPv6(let text):
            append(text: text)
        case .clientPort(let port), .clientTLSPort(let port): append(UInt16(truncatingIfNeeded: port))
        case .forgotten(let name, let seconds):
            append(name)
            append(seconds)
        case .shard(let name): append(name)
        case .promiseAsked(let term), .promiseRefused(let term): append(term)
        case .promiseGranted(let term, let place, _):
            append(term)
            append(place.term)
            append(place.offset)
        case .other(_, let content): append(content)
        }
        skip(end - place)
    }

    // MARK: Fields

    private func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        precondition(offset + MemoryLayout<Number>.size <= target.count)
        target.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        put(number, at: place)
        place += MemoryLayout<Number>.size
    }

    private mutating func append(_ name: NodeName) {
        precondition(place + NodeName.length <= target.count)
        name.write(to: target.baseAddress! + place)
        place += NodeName.length
    }

    private mutating func append(_ slots: SlotSet) {
        slots.words.withUnsafeBytes { append(Bytes($0)) }
    }

    private mutating func append(_ bytes: [UInt8]) {
        bytes.withBytes { append($0) }
    }

    private mutating func append(_ bytes: Bytes) {
        precondition(place + bytes.count <= target.count)
        UnsafeMutableRawBufferPointer(rebasing: target[place..<place + bytes.count]).copyMemory(from: bytes.buffer)
        place += bytes.count
    }

    private mutating func append(text: String) {
        Bytes.with(text) { append($0) }
    }

    /// What does not fit is cut off.
    private mutating func append(host: String) {
        let end = place + BusLayout.hostLength
        Bytes.with(host) { append($0[0..<min($0.count, BusLayout.hostLength - 1)]) }
        skip(end - place)
    }

    /// Zeros.
    private mutating func skip(_ count: Int) {
        precondition(place + count <= target.count)
        UnsafeMutableRawBufferPointer(rebasing: target[place..<place + count]).initializeMemory(
            as: UInt8.self, repeating: 0)
        place += count
    }
}
