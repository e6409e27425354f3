/// What was refused of late, the newest first. The same refusal again within a minute counts up.
public struct AccessLog: Sendable {
    /// What was missing.
    public enum Reason: String, Sendable {
        case command, key, channel, auth
    }

    /// Where the command stood.
    public enum Context: String, Sendable {
        case topLevel = "toplevel"
        case transaction = "multi"
        case script = "lua"
    }

    /// What was refused, to whom.
    public struct Refusal: Equatable, Sendable {
        /// What was missing.
        public let reason: Reason
        /// Where the command stood.
        public let context: Context
        /// The command, the key or the channel.
        public let object: [UInt8]
        /// The user.
        public let userName: [UInt8]

        /// From its parts.
        public init(reason: Reason, context: Context, object: [UInt8], userName: [UInt8]) {
            self.reason = reason
            self.context = context
            self.object = object
            self.userName = userName
        }
    }

    /// Refusals that were the same.
    public struct Entry: Sendable {
        /// What was refused.
        public let refusal: Refusal
        /// How the client described itself the last time.
        public fileprivate(set) var client: String
        /// How often.
        public fileprivate(set) var count = 1
        /// The number of the entry, never used twice.
        public let id: Int
        /// Milliseconds since 1970 of the first time.
        public let createdAt: Int64
        /// Milliseconds since 1970 of the last time.
        public fileprivate(set) var updatedAt: Int64
    }

    /// The entries.
    public private(set) var entries: [Entry] = []
    private var nextID = 0
    /// How many entries are kept.
    public var capacity = 128 {
        didSet { trim() }
    }

    /// How many of the newest entries are compared with a refusal.
    private static let mostCompared = 10
    private static let longestGapMilliseconds: Int64 = 60_000

    /// An empty log.
    public init() {}

    /// Notes a refusal at a time in milliseconds since 1970.
    public mutating func note(_ refusal: Refusal, client: String, at time: Int64) {
        guard capacity > 0 else { return }
        let same = entries.prefix(AccessLog.mostCompared).firstIndex {
            $0.refusal == refusal && abs(time - $0.updatedAt) <= AccessLog.longestGapMilliseconds
        }
        if let same {
            var entry = entries.remove(at: same)
            entry.count += 1
            entry.client = client
            entry.updatedAt = time
            entries.insert(entry, at: 0)
        } else {
            entries.insert(
                Entry(refusal: refusal, client: client, id: nextID, createdAt: time, updatedAt: time), at: 0)
            nextID += 1
            trim()
        }
    }

    /// Forgets all entries.
    public mutating func removeAll() { entries.removeAll() }

    private mutating func trim() {
        if entries.count > capacity { entries.removeLast(entries.count - capacity) }
    }
}
