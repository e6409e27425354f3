/// A node as a line of CLUSTER NODES tells of it.
struct NodeRecord: Equatable, Sendable {
    var id: String
    /// Nil while its address is not known.
    var address: NodeAddress?
    var busPort: Int?
    var hostname: String?
    var flags: Set<String>
    /// The primary that it replicates.
    var primary: String?
    var configEpoch: Int
    var isConnected: Bool
    /// Sorted.
    var slots: [Int] = []
    /// Slots on their way to another node, with its name.
    var migrating: [Int: String] = [:]
    /// Slots on their way from another node, with its name.
    var importing: [Int: String] = [:]

    var isMyself: Bool { flags.contains("myself") }
    var isPrimary: Bool { flags.contains("master") }
    /// Whether others take it for gone.
    var hasFailed: Bool { flags.contains("fail") }
    var isInHandshake: Bool { flags.contains("handshake") }
    /// Whether it can be asked at all.
    var isKnown: Bool { address != nil && !isInHandshake && !flags.contains("noaddr") }

    /// Reads a line of CLUSTER NODES; nil if it is none.
    init?(_ line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 8, !words[0].isEmpty, let epoch = Int(words[6]) else { return nil }
        id = String(words[0])
        flags = Set(words[2].split(separator: ",").map(String.init))
        primary = words[3] == "-" ? nil : String(words[3])
        configEpoch = epoch
        isConnected = words[7] == "connected"
        readAddress(words[1])
        for word in words.dropFirst(8) where !word.isEmpty { guard readSlots(word) else { return nil } }
        slots.sort()
    }

    /// `host:port@bus,hostname,name=value…`; older nodes leave out all from the `@` on.
    private mutating func readAddress(_ text: Substring) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ports = parts[0].split(separator: "@", omittingEmptySubsequences: false)
        address = NodeAddress(String(ports[0]))
        busPort = ports.count > 1 ? Int(ports[1]) : nil
        if parts.count > 1, !parts[1].isEmpty, !parts[1].contains("=") { hostname = String(parts[1]) }
        // A node that has not been told its own address has an empty host.
        if address == nil, ports[0].hasPrefix(":"), isMyself, let port = Int(ports[0].dropFirst()) {
            address = NodeAddress(host: "", port: port)
        }
    }

    private mutating func readSlots(_ word: Substring) -> Bool {
        if word.hasPrefix("[") { return readOpenSlot(word.dropFirst().dropLast()) }
        let bounds = word.split(separator: "-").compactMap { Int($0) }
        guard let first = bounds.first, let last = bounds.last, bounds.count <= 2, 0 <= first, first <= last,
            last < slotCount
        else { return false }
        slots.append(contentsOf: first...last)
        return true
    }

    /// `93->-name` where the slot leaves, `93-<-name` where it comes.
    private mutating func readOpenSlot(_ word: Substring) -> Bool {
        let parts = word.split(separator: "-", maxSplits: 2)
        guard parts.count == 3, let slot = Int(parts[0]), (0..<slotCount).contains(slot) else { return false }
        switch parts[1] {
        case ">": migrating[slot] = String(parts[2])
        case "<": importing[slot] = String(parts[2])
        default: return false
        }
        return true
    }

    /// Reads the reply to CLUSTER NODES; nil if a line cannot be read.
    static func all(in text: String) -> [NodeRecord]? {
        let lines = text.split { $0.isNewline }
        let records = lines.compactMap { NodeRecord($0) }
        return records.count == lines.count ? records : nil
    }
}
