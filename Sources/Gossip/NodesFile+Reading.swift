import Primitives

/// Why a `nodes.conf` cannot be believed.
public struct NodesFileError: Error, Equatable, Sendable {
    /// Counted from 1; 0 where it is no single line.
    public let line: Int
    /// The beginning of the line.
    public let text: String
    /// What is wrong.
    public let reason: String

    /// For the log.
    public var report: String { line == 0 ? reason : "line \(line): \(reason): \"\(text)\"" }
}

extension NodesFile {
    /// Reads the content of a file.
    ///
    /// As in the reference, the last line needs no end, the line of variables may stand anywhere or be missing (the epoch is
    /// then the highest of a node), and words that nobody here knows are skipped where newer versions may have them:
    /// variables, and fields of addresses. A slot that two nodes claim is the first one's.
    /// - Parameter usesTLS: whether the bus uses TLS, so that the first port of a line is that for TLS.
    public init(_ content: [UInt8], usesTLS: Bool) throws(NodesFileError) {
        self.init()
        var reading = Reading(usesTLS: usesTLS)
        for (index, line) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map {
                String(decoding: $0, as: UTF8.self)
            }
            if words.isEmpty { continue }
            do throws(Refusal) {
                try take(words, &reading)
            } catch {
                let shown = String(decoding: line.prefix(200), as: UTF8.self)
                throw NodesFileError(line: index + 1, text: shown, reason: error.reason)
            }
        }
        if myself == nil { throw NodesFileError(line: 0, text: "", reason: "no line is that of this node") }
        currentEpoch = nodes.reduce(currentEpoch) { max($0, $1.configEpoch) }
    }

    /// What is remembered from line to line.
    private struct Reading {
        let usesTLS: Bool
        var names: Set<NodeName> = []
        var taken = SlotSet()
    }

    fileprivate struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    // MARK: Lines

    private mutating func take(_ words: [String], _ reading: inout Reading) throws(Refusal) {
        if words[0].lowercased() == "vars" { return try takeVariables(words.dropFirst()) }
        guard words.count >= 8 else { throw Refusal("fewer than eight words") }
        guard let name = NodeName(words[0]) else { throw Refusal("no name of a node") }
        guard reading.names.insert(name).inserted else { throw Refusal("the node has had a line already") }
        var node = Node(name, try NodesFile.flags(words[2]), NodeAddress(host: "", port: 0, busPort: 0))
        if node.flags.contains(.myself), myself != nil { throw Refusal("another line was that of this node") }
        try node.takeAddress(words[1], usesTLS: reading.usesTLS)
        if !words[3].hasPrefix("-") {
            guard let primary = NodeName(words[3]) else { throw Refusal("no name of a primary") }
            node.primary = primary
        }
        node.pingSentAt = try NodesFile.number(words[4], upTo: .max)
        node.pongReceivedAt = try NodesFile.number(words[5], upTo: .max)
        node.configEpoch = try NodesFile.epoch(words[6])
        node.isConnected = words[7] == "connected" || node.flags.contains(.myself)
        for word in words[8...] { try takeSlots(word, &node, &reading.taken) }
        nodes.append(node)
    }

    private mutating func takeVariables(_ words: ArraySlice<String>) throws(Refusal) {
        var promised: (term: UInt64?, candidate: NodeName?)
        guard words.count % 2 == 0 else { throw Refusal("a variable without a value") }
        for index in stride(from: words.startIndex, to: words.endIndex, by: 2) {
            let value = words[index + 1]
            switch words[index].lowercased() {
            case "currentepoch": currentEpoch = try NodesFile.epoch(value)
            case "lastvoteepoch": lastVoteEpoch = try NodesFile.epoch(value)
            case "apus-promised-term": promised.term = try NodesFile.epoch(value)
            case "apus-promised-node": promised.candidate = NodeName(value)
            case "apus-data-term": dataTerm = try NodesFile.epoch(value)
            case "apus-grant":
                guard let grant = SlotGrant(text: value) else { throw Refusal("no grant of slots") }
                grants.append(grant)
            default: continue
            }
        }
        guard let term = promised.term, let candidate = promised.candidate else { return }
        self.promised = Succession.Ballot(term: term, candidate: candidate)
    }

    private static func number<Number: FixedWidthInteger>(_ word: String, upTo most: Number) throws(Refusal) -> Number {
        guard let number = Number(word), number >= 0, number <= most else { throw Refusal("no number, or too large") }
        return number
    }

    /// Nobody who counts on from it may come to an end.
    private static func epoch(_ word: String) throws(Refusal) -> UInt64 { try number(word, upTo: UInt64(Int64.max)) }

    private static func flags(_ word: String) throws(Refusal) -> MemberFlags {
        var flags: MemberFlags = []
        for flag in word.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
            switch flag {
            case "primary": flags.insert(.primary)
            case "replica": flags.insert(.replica)
            case "noaddr": flags.formUnion([.noAddress, .failed])
            case "noflags": continue
            default:
                guard let known = MemberFlags.written.first(where: { $0.word == flag }) else {
                    throw Refusal("an unknown flag")
                }
                flags.insert(known.flag)
            }
        }
        return flags
    }

    // MARK: Slots

    private mutating func takeSlots(_ word: String, _ node: inout Node, _ taken: inout SlotSet) throws(Refusal) {
        if word.hasPrefix("[") { return try takeMove(word, node) }
        let ends = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try NodesFile.slot(ends[0])
        let last = try NodesFile.slot(ends[ends.count - 1])
        guard first <= last else { throw Refusal("a range of slots that ends before it begins") }
        for slot in first...last where taken.insert(slot) { node.slots.insert(slot) }
    }

    private static func slot(_ word: Substring) throws(Refusal) -> Int {
        guard let slot = Int(word), slot >= 0, slot < hashSlotCount else { throw Refusal("no slot") }
        return slot
    }

    /// `[slot->-name]` or `[slot-<-name]`; only those of this node mean anything. A slot moves one way.
    private mutating func takeMove(_ word: String, _ node: Node) throws(Refusal) {
        let parts = word.dropFirst().split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].hasSuffix("]"), let other = NodeName(parts[2].dropLast()) else {
            throw Refusal("no slot that moves")
        }
        let slot = try NodesFile.slot(parts[0])
        guard parts[1] == ">" || parts[1] == "<" else { throw Refusal("a slot that moves nowhere") }
        guard node.flags.contains(.myself) else { return }
        (migrating[slot], importing[slot]) = parts[1] == ">" ? (other, nil) : (nil, other)
    }
}

// MARK: Addresses

extension NodesFile.Node {
    /// `host:port@bus port`, a hostname, and fields with values; all but the first port may be missing.
    fileprivate mutating func takeAddress(_ word: String, usesTLS: Bool) throws(NodesFile.Refusal) {
        let parts = word.split(separator: ",", omittingEmptySubsequences: false)
        guard let colon = parts[0].lastIndex(of: ":") else { throw NodesFile.Refusal("an address without a port") }
        address.host = String(parts[0][..<colon])
        if parts.count > 1 { hostname = String(parts[1]) }
        let ports = parts[0][parts[0].index(after: colon)...].split(separator: "@", omittingEmptySubsequences: false)
        let port = try NodesFile.port(ports[0])
        if usesTLS { address.tlsPort = port } else { address.port = port }
        address.busPort = ports.count > 1 ? try NodesFile.port(ports[1]) : port + 10_000
        for field in parts.dropFirst(2) { try takeField(field, usesTLS: usesTLS) }
    }

    private mutating func takeField(_ field: Substring, usesTLS: Bool) throws(NodesFile.Refusal) {
        let parts = field.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw NodesFile.Refusal("a field of the address without a value") }
        switch parts[0] {
        case "shard-id":
            guard let name = NodeName(parts[1]) else { throw NodesFile.Refusal("no name of a shard") }
            shard = name
        case "nodename": humanName = String(parts[1])
        case "client-ipv4": clientAddress.ipv4 = try NodesFile.address(parts[1])
        case "client-ipv6": clientAddress.ipv6 = try NodesFile.address(parts[1])
        case "client-tcp-port": clientAddress.port = try NodesFile.port(parts[1])
        case "client-tls-port": clientAddress.tlsPort = try NodesFile.port(parts[1])
        case "tcp-port": if usesTLS { address.port = try NodesFile.port(parts[1]) }
        case "tls-port": if !usesTLS { address.tlsPort = try NodesFile.port(parts[1]) }
        default: return
        }
    }
}

extension NodesFile {
    fileprivate static func address(_ word: Substring) throws(Refusal) -> String {
        guard isAddress(String(word)) else { throw Refusal("no address for clients") }
        return String(word)
    }

    fileprivate static func port(_ word: Substring) throws(Refusal) -> Int {
        guard let port = Int(word), port >= 0, port <= 65_535 else { throw Refusal("no port") }
        return port
    }
}
