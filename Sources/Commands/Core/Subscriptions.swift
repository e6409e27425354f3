/// What a client can subscribe to.
enum SubscriptionKind: CaseIterable {
    case channel
    /// A glob: all channels whose names match.
    case pattern
    /// A channel that belongs to the slot of its name.
    case shardChannel
}

/// One value for each kind.
struct ByKind<Value> {
    private var channels: Value
    private var patterns: Value
    private var shardChannels: Value

    init(_ value: Value) { (channels, patterns, shardChannels) = (value, value, value) }

    subscript(kind: SubscriptionKind) -> Value {
        get {
            switch kind {
            case .channel: channels
            case .pattern: patterns
            case .shardChannel: shardChannels
            }
        }
        _modify {
            switch kind {
            case .channel: yield &channels
            case .pattern: yield &patterns
            case .shardChannel: yield &shardChannels
            }
        }
    }

    func allSatisfy(_ condition: (Value) -> Bool) -> Bool {
        SubscriptionKind.allCases.allSatisfy { condition(self[$0]) }
    }
}

/// Who listens to one channel, in the order in which they came. A session stays while it is listed: it leaves all of
/// its channels when it ends.
typealias Audience = Roster<Unmanaged<Session>>

/// Who listens to what.
///
/// 1. A channel is listed as long as somebody listens to it; channels and audiences keep the order in which they came.
/// 2. All tickets come from one counter, so the tickets of a client tell the order of its own subscriptions.
struct Subscriptions {
    private var directories = ByKind(ChannelDirectory())
    private var lastTicket: UInt64 = 0

    /// Whether nobody listens to anything.
    var isEmpty: Bool { directories.allSatisfy(\.isEmpty) }

    subscript(kind: SubscriptionKind) -> ChannelDirectory {
        get { directories[kind] }
        _modify { yield &directories[kind] }
    }

    /// Lets a session listen. Returns false if it does already.
    mutating func join(_ kind: SubscriptionKind, _ name: [UInt8], _ session: Session) -> Bool {
        guard session.subscriptions[kind][name] == nil else { return false }
        lastTicket += 1
        session.subscriptions[kind][name] = lastTicket
        self[kind].join(name, session, ticket: lastTicket)
        return true
    }

    /// Lets a session listen no longer. Returns false if it did not.
    mutating func leave(_ kind: SubscriptionKind, _ name: [UInt8], _ session: Session) -> Bool {
        guard let ticket = session.subscriptions[kind].removeValue(forKey: name) else { return false }
        self[kind].leave(name, ticket: ticket)
        return true
    }
}

/// The channels of one kind that somebody listens to, by name, and in the order in which they were first asked for.
struct ChannelDirectory {
    struct Channel {
        let name: [UInt8]
        var audience = Audience()
    }

    private var tickets: [[UInt8]: UInt64] = [:]
    private var channels = Roster<Channel>()

    /// The number of channels.
    var count: Int { channels.count }
    var isEmpty: Bool { channels.isEmpty }

    /// Who listens to a channel.
    func audience(of name: [UInt8]) -> Audience? { tickets[name].map { channels[$0].audience } }

    /// Shows all channels in order.
    func forEach(_ body: (Channel) -> Void) { channels.forEach(body) }

    mutating func join(_ name: [UInt8], _ session: Session, ticket: UInt64) {
        let place = tickets[name] ?? ticket
        if place == ticket {
            tickets[name] = ticket
            channels.append(Channel(name: name), ticket: ticket)
        }
        channels[place].audience.append(.passUnretained(session), ticket: ticket)
    }

    mutating func leave(_ name: [UInt8], ticket: UInt64) {
        guard let place = tickets[name] else { return }
        channels[place].audience.remove(ticket)
        guard channels[place].audience.isEmpty else { return }
        channels.remove(place)
        tickets[name] = nil
    }
}

/// What one client listens to: names with the tickets under which it is listed.
struct OwnSubscriptions {
    private var tickets = ByKind([[UInt8]: UInt64]())

    var isEmpty: Bool { tickets.allSatisfy(\.isEmpty) }

    /// How many channels and patterns the client listens to.
    var count: Int { SubscriptionKind.allCases.reduce(0) { $0 + self[$1].count } }

    subscript(kind: SubscriptionKind) -> [[UInt8]: UInt64] {
        get { tickets[kind] }
        _modify { yield &tickets[kind] }
    }

    /// The names of one kind, in the order in which they were asked for.
    func names(_ kind: SubscriptionKind) -> [[UInt8]] { self[kind].sorted { $0.value < $1.value }.map(\.key) }

    /// The number that confirmations tell: channels and patterns together, shard channels apart.
    func told(_ kind: SubscriptionKind) -> Int {
        kind == .shardChannel ? self[kind].count : self[.channel].count + self[.pattern].count
    }
}
