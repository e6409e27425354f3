import Primitives

/// When a client that does not read its replies is disconnected.
public struct OutputBufferLimit: Equatable, Sendable {
    /// Bytes at which it is at once; 0 for never.
    public var hard: Int
    /// Bytes at which it is if they last for `softSeconds`; 0 for never.
    public var soft: Int
    /// Seconds that the soft limit may be exceeded.
    public var softSeconds: Int

    /// From its parts.
    public init(hard: Int, soft: Int, softSeconds: Int) {
        self.hard = hard
        self.soft = soft
        self.softSeconds = softSeconds
    }
}

/// The limits of each class of clients.
public struct OutputBufferLimits: Equatable, Sendable {
    /// Clients that are nothing else.
    public var normal = OutputBufferLimit(hard: 0, soft: 0, softSeconds: 0)
    /// Replicas.
    public var replica = OutputBufferLimit(hard: 256 << 20, soft: 64 << 20, softSeconds: 60)
    /// Clients that subscribe to a channel or pattern.
    public var subscriber = OutputBufferLimit(hard: 32 << 20, soft: 8 << 20, softSeconds: 60)

    /// From its parts.
    public init() {}
}

/// Classes with their limits; a class that is not named keeps its own.
struct OutputBufferLimitsKind: DirectiveKind {
    let typeName = "output buffer limits"
    let valueRange = "normal, replica, slave or pubsub, a hard limit, a soft limit and its seconds; repeated"
    let takesSeveralWords = true

    func read(
        _ words: [[UInt8]], over old: OutputBufferLimits, isRepeated: Bool
    ) throws(Refusal) -> OutputBufferLimits {
        if words == [[]] { return old }
        guard words.count % 4 == 0 else {
            throw Refusal("Wrong number of arguments in buffer limit configuration.")
        }
        var limits = old
        for index in stride(from: 0, to: words.count, by: 4) {
            let path = try clientClass(words[index])
            limits[keyPath: path] = try limit(words[index + 1..<index + 4])
        }
        return limits
    }

    private func clientClass(_ word: [UInt8]) throws(Refusal) -> WritableKeyPath<OutputBufferLimits, OutputBufferLimit>
    {
        switch word.lowercased.text {
        case "normal": return \.normal
        case "replica", "slave": return \.replica
        case "pubsub": return \.subscriber
        default: throw Refusal("Invalid client class specified in buffer limit configuration.")
        }
    }

    private func limit(_ words: ArraySlice<[UInt8]>) throws(Refusal) -> OutputBufferLimit {
        let first = words.startIndex
        guard let hard = Memory.bytes(words[first]), let soft = Memory.bytes(words[first + 1]),
            let seconds = words[first + 2].withBytes(\.unsignedInteger).flatMap(Int.init(exactly:))
        else { throw Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.") }
        return OutputBufferLimit(hard: hard, soft: soft, softSeconds: seconds)
    }

    func text(_ value: OutputBufferLimits) -> [UInt8] {
        let classes = [("normal", value.normal), ("slave", value.replica), ("pubsub", value.subscriber)]
        let texts = classes.map { name, limit in "\(name) \(limit.hard) \(limit.soft) \(limit.softSeconds)" }
        return Array(texts.joined(separator: " ").utf8)
    }

    func lines(_ value: OutputBufferLimits) -> [[UInt8]] {
        [("normal", value.normal), ("replica", value.replica), ("pubsub", value.subscriber)].map { name, limit in
            Array("\(name) \(Memory.text(limit.hard)) \(Memory.text(limit.soft)) \(limit.softSeconds)".utf8)
        }
    }
}
