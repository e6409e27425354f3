import Primitives

extension BusMessage {
    /// The message that some bytes are.
    /// - Parameter known: the header of the last message of the connection that had one, for light messages.
    public init(_ bytes: Bytes, after known: BusHeader? = nil) throws(BusCodecError) {
        var reader = BusReader(bytes)
        let (type, isLight) = try reader.front()
        guard isLight else {
            let header = try reader.header()
            self.init(header, try reader.body(type))
            return
        }
        guard let known else { throw .noHeader }
        self.init(known, try reader.body(type))
        self.isLight = true
    }
}

/// What the first bytes of a message tell of its length.
struct BusFront {
    /// The longest ping: as many entries as can be counted, and more extensions than anybody has.
    private static let longestPing = BusLayout.header + Int(UInt16.max) * BusLayout.entry + 1 << 20

    /// The length of the message that begins here; nil where more bytes are needed to tell.
    /// - Parameter longest: what is believed of a message to subscribers, or of one that is skipped.
    static func length(_ bytes: Bytes, longest: Int) throws(BusCodecError) -> Int? {
        for (index, byte) in "RCmb".utf8.enumerated() where index < bytes.count && bytes[index] != byte {
            throw .signature
        }
        guard bytes.count >= BusLayout.lightHeader else { return nil }
        let reader = BusReader(bytes)
        let length = Int(reader.number(at: BusLayout.length, as: UInt32.self))
        guard length >= BusLayout.lightHeader, length <= longest else { throw .length(length) }
        guard reader.number(at: BusLayout.versionPlace, as: UInt16.self) == BusLayout.version else { return length }
        let type = reader.number(at: BusLayout.type, as: UInt16.self)
        guard type & BusLayout.light == 0 else { return length }
        guard length >= BusLayout.header, length <= believed(type, longest) else { throw .length(length) }
        return length
    }

    private static func believed(_ type: UInt16, _ longest: Int) -> Int {
        switch BusType(rawValue: type) {
        case .ping, .pong, .meet: min(longest, longestPing)
        case .fail, .voteRequest, .vote, .update, .manualFailover: BusLayout.header + BusLayout.update
        case .publish, .publishSharded, .module, nil: longest
        }
    }
}

/// Reads a message from the front. Every length is held against what is left before anything behind it is touched.
private struct BusReader {
    private let bytes: Bytes
    private var place = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    private var left: Int { bytes.count - place }

    // MARK: Headers

    /// The type of a message, and whether it is light.
    mutating func front() throws(BusCodecError) -> (BusType, isLight: Bool) {
        guard bytes.count >= BusLayout.lightHeader, number(at: 0, as: UInt32.self) == BusLayout.signature else {
            throw .signature
        }
        guard number(at: BusLayout.length, as: UInt32.self) == bytes.count else { throw .length(bytes.count) }
        let version = number(at: BusLayout.versionPlace, as: UInt16.self)
        guard version == BusLayout.version else { throw .version(version) }
        let number = number(at: BusLayout.type, as: UInt16.self)
        let isLight = number & BusLayout.light != 0
        guard let type = BusType(rawValue: number & ~BusLayout.light) else { throw .type(number) }
        if isLight, type != .publish, type != .publishSharded { throw .type(number) }
        guard isLight || bytes.count >= BusLayout.header else { throw .length(bytes.count) }
        place = isLight ? BusLayout.lightHeader : BusLayout.header
        return (type, isLight)
    }

    /// The header. Whoever calls this knows that there are the bytes of one.
    func header() throws(BusCodecError) -> BusHeader {
        var header = BusHeader(
            sender: try name(at: BusLayout.sender), flags: MemberFlags(rawValue: number(at: BusLayout.flags)))
        header.port = port(at: BusLayout.port)
        header.otherPort = port(at: BusLayout.otherPort)
        header.busPort = port(at: BusLayout.busPort)
        header.currentEpoch = try epoch(at: BusLayout.currentEpoch)
        header.configEpoch = try epoch(at: BusLayout.configEpoch)
        header.offset = number(at: BusLayout.offset)
        header.slots = slots(at: BusLayout.slots)
        header.host = try host(at: BusLayout.host)
        header.isClusterUp = bytes[BusLayout.state] == 0
        header.isPaused = hasFlag(BusLayout.MessageFlag.paused)
        header.isForced = hasFlag(BusLayout.MessageFlag.forced)
        header.hasExtensions = hasFlag(BusLayout.MessageFlag.extensions)
        header.knowsTerms = number(at: BusLayout.mark) == BusLayout.apus
        if !isZero(at: BusLayout.primary, NodeName.length) { header.primary = try name(at: BusLayout.primary) }
        return header
    }

    private func hasFlag(_ flag: UInt8) -> Bool { bytes[BusLayout.messageFlags] & flag != 0 }

    // MARK: Bodies

    mutating func body(_ type: BusType) throws(BusCodecError) -> BusMessage.Body {
        let body: BusMessage.Body =
            switch type {
            case .ping: .ping(try entries(), try extensions())
            case .pong: .pong(try entries(), try extensions())
            case .meet: .meet(try entries(), try extensions())
            case .fail: .fail(try takeName())
            case .publish: try published(isSharded: false)
            case .publishSharded: try published(isSharded: true)
            case .voteRequest: .voteRequest
            case .vote: .vote
            case .update: try update()
            case .manualFailover: .manualFailover
            case .module: try module()
            }
        guard left == 0 else { throw .malformed("a message with more than it should have") }
        return body
    }

    private mutating func published(isSharded: Bool) throws(BusCodecError) -> BusMessage.Body {
        let lengths = try take(BusLayout.publish)
        let channel = try take(Int(number(at: lengths, as: UInt32.self)))
        let message = try take(Int(number(at: lengths + 4, as: UInt32.self)))
        return .publish(
            channel: Array(bytes[channel..<message]), message: Array(bytes[message..<place]), isSharded: isSharded)
    }

    private mutating func update() throws(BusCodecError) -> BusMessage.Body {
        let start = try take(BusLayout.update)
        let name = try name(at: start + 8)
        return .update(configEpoch: try epoch(at: start), name: name, slots: slots(at: start + 8 + NodeName.length))
    }

    private mutating func module() throws(BusCodecError) -> BusMessage.Body {
        let start = try take(BusLayout.module)
        _ = try take(Int(number(at: start + 8, as: UInt32.self)))
        return .module
    }

    private mutating func takeName() throws(BusCodecError) -> NodeName { try name(at: try take(NodeName.length)) }

    // MARK: Entries

    private mutating func entries() throws(BusCodecError) -> [GossipEntry] {
        let count = Int(number(at: BusLayout.entries, as: UInt16.self))
        let start = try take(count * BusLayout.entry)
        var entries: [GossipEntry] = []
        entries.reserveCapacity(count)
        for index in 0..<count { entries.append(try entry(at: start + index * BusLayout.entry)) }
        return entries
    }

    private func entry(at start: Int) throws(BusCodecError) -> GossipEntry {
        GossipEntry(
            name: try name(at: start), pingSent: number(at: start + BusLayout.Entry.pingSent),
            pongReceived: number(at: start + BusLayout.Entry.pongReceived),
            host: try host(at: start + BusLayout.Entry.host), port: port(at: start + BusLayout.Entry.port),
            otherPort: port(at: start + BusLayout.Entry.otherPort), busPort: port(at: start + BusLayout.Entry.busPort),
            flags: MemberFlags(rawValue: number(at: start + BusLayout.Entry.flags)))
    }

    // MARK: Extensions

    /// Those that are announced; the number means nothing without its flag.
    private mutating func extensions() throws(BusCodecError) -> [PingExtension] {
        guard hasFlag(BusLayout.MessageFlag.extensions) else { return [] }
        var extensions: [PingExtension] = []
        for _ in 0..<number(at: BusLayout.extensions, as: UInt16.self) {
            guard left >= BusLayout.extensionHeader else { throw .malformed("an extension that is not there") }
            let length = Int(number(at: place, as: UInt32.self))
            guard length >= BusLayout.extensionHeader, length % 8 == 0 else {
                throw .malformed("an extension's length")
            }
            let start = try take(length)
            let content = bytes[start + BusLayout.extensionHeader..<place]
            extensions.append(BusReader(content).pingExtension(number(at: start + 4)))
        }
        return extensions
    }

    /// The extension whose content these bytes are. One that cannot be is none that anybody understands.
    private func pingExtension(_ type: UInt16) -> PingExtension {
        let known: PingExtension? =
            switch type {
            case BusLayout.Extension.hostname: text(isName: { $0.isHostName }).map { .hostname($0) }
            case BusLayout.Extension.humanName: text(isName: { $0.isHumanName }).map { .humanName($0) }
            case BusLayout.Extension.forgotten: forgotten
            case BusLayout.Extension.clientIPv4: address(isLong: false).map { .clientIPv4($0) }
            case BusLayout.Extension.clientIPv6: address(isLong: true).map { .clientIPv6($0) }
            case BusLayout.Extension.clientPort: bytes.count == 8 ? .clientPort(port(at: 0)) : nil
            case BusLayout.Extension.clientTLSPort: bytes.count == 8 ? .clientTLSPort(port(at: 0)) : nil
            case BusLayout.Extension.shard: bytes.count == NodeName.length ? (try? name(at: 0)).map { .shard($0) } : nil
            case BusLayout.Extension.promiseAsked: term.map { .promiseAsked(term: $0) }
            case BusLayout.Extension.promiseGranted: promiseGranted(isWhole: true)
            case BusLayout.Extension.promiseGrantedInPart: promiseGranted(isWhole: false)
            case BusLayout.Extension.promiseRefused: term.map { .promiseRefused(term: $0) }
            default: nil
            }
        return known ?? .other(type, Array(bytes))
    }

    private var forgotten: PingExtension? {
        guard bytes.count == NodeName.length + 8, let name = try? name(at: 0) else { return nil }
        return .forgotten(name, seconds: number(at: NodeName.length))
    }

    private var term: UInt64? { bytes.count == 8 ? try? epoch(at: 0) : nil }

    private func promiseGranted(isWhole: Bool) -> PingExtension? {
        guard bytes.count == 24, let term = try? epoch(at: 0), let placeTerm = try? epoch(at: 8) else { return nil }
        let place = HistoryPlace(term: placeTerm, offset: number(at: 16))
        return .promiseGranted(term: term, place, isWhole: isWhole)
    }

    /// An IP address of version 6, or of version 4.
    private func address(isLong: Bool) -> String? {
        guard let text = text(isName: { $0.isHostName || $0 == UInt8(ascii: ":") }), isAddress(text) else { return nil }
        return text.contains(":") == isLong ? text : nil
    }

    /// What stands before the first zero.
    private func text(isName: (UInt8) -> Bool) -> String? {
        guard let end = bytes.buffer.firstIndex(of: 0) else { return nil }
        let text = bytes[0..<end].buffer
        return text.allSatisfy(isName) ? String(validating: text, as: UTF8.self) : nil
    }

    // MARK: Fields

    /// Steps over some bytes, and returns where they begin.
    private mutating func take(_ count: Int) throws(BusCodecError) -> Int {
        guard count <= left else { throw .malformed("a length that reaches behind the message") }
        defer { place += count }
        return place
    }

    func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type = Number.self) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= bytes.count)
        return Number(bigEndian: bytes.base.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    private func port(at offset: Int) -> Int { Int(number(at: offset, as: UInt16.self)) }

    private func epoch(at offset: Int) throws(BusCodecError) -> UInt64 {
        let epoch = number(at: offset, as: UInt64.self)
        guard epoch <= BusLayout.highestEpoch else { throw .malformed("an epoch that cannot be") }
        return epoch
    }

    private func name(at offset: Int) throws(BusCodecError) -> NodeName {
        guard let name = NodeName(digits: bytes[offset..<offset + NodeName.length].buffer) else {
            throw .malformed("no name of a node")
        }
        return name
    }

    private func slots(at offset: Int) -> SlotSet {
        if isZero(at: offset, BusLayout.slotsLength) { return SlotSet() }
        let slots = bytes[offset..<offset + BusLayout.slotsLength]
        return SlotSet(
            words: [UInt64](unsafeUninitializedCapacity: BusLayout.slotsLength / 8) { words, count in
                UnsafeMutableRawBufferPointer(words).copyMemory(from: slots.buffer)
                count = BusLayout.slotsLength / 8
            })
    }

    private func host(at offset: Int) throws(BusCodecError) -> String {
        let field = bytes[offset..<offset + BusLayout.hostLength]
        guard let end = field.buffer.firstIndex(of: 0) else { throw .malformed("a host without an end") }
        let host = field[0..<end].buffer
        guard host.allSatisfy({ $0.isHostName || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "%") }) else {
            throw .malformed("no host")
        }
        return String(decoding: host, as: UTF8.self)
    }

    private func isZero(at offset: Int, _ count: Int) -> Bool {
        bytes[offset..<offset + count].buffer.allSatisfy { $0 == 0 }
    }
}

extension UInt8 {
    /// Names go into files and replies as they are, so that nothing may be in them that means something there.
    fileprivate var isHostName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    fileprivate var isHumanName: Bool { isHostName || self >= 0x80 || self == UInt8(ascii: "/") }
}
