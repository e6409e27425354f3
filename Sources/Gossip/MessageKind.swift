/// The kinds of messages, as they are counted.
enum MessageKind: Int, CaseIterable {
    case ping, pong, meet, fail, publish, shardPublish, voteRequest, vote, update, manualFailover, module

    /// As CLUSTER INFO names it.
    var name: String {
        switch self {
        case .ping: "ping"
        case .pong: "pong"
        case .meet: "meet"
        case .fail: "fail"
        case .publish: "publish"
        case .shardPublish: "publishshard"
        case .voteRequest: "auth-req"
        case .vote: "auth-ack"
        case .update: "update"
        case .manualFailover: "mfstart"
        case .module: "module"
        }
    }
}

extension BusMessage.Body {
    var kind: MessageKind {
        switch self {
        case .ping: .ping
        case .pong: .pong
        case .meet: .meet
        case .fail: .fail
        case .publish(_, _, let isSharded): isSharded ? .shardPublish : .publish
        case .voteRequest: .voteRequest
        case .vote: .vote
        case .update: .update
        case .manualFailover: .manualFailover
        case .module: .module
        }
    }
}

/// Messages by kind.
struct MessageCounters: Sendable {
    var sent = [Int](repeating: 0, count: MessageKind.allCases.count)
    var received = [Int](repeating: 0, count: MessageKind.allCases.count)
}

/// What the bus counts.
public struct BusStatistics: Equatable, Sendable {
    /// Messages by the name of their type (`ping`, `pong`, `meet`, `fail`, `publish`, `publishshard`, `auth-req`, `auth-ack`,
    /// `update`, `mfstart`, `module`); those that there are none of are missing.
    public var (sent, received): ([String: Int], [String: Int]) = ([:], [:])
    /// Slots that have an owner.
    public var slotsAssigned = 0
    /// Slots of primaries that are well, suspected and failed.
    public var (slotsWell, slotsSuspected, slotsFailed) = (0, 0, 0)

    /// Nothing yet.
    public init() {}
}

extension ClusterBus {
    /// Counters.
    public var statistics: BusStatistics {
        var statistics = BusStatistics()
        for kind in MessageKind.allCases {
            let (sent, received) = (counters.sent[kind.rawValue], counters.received[kind.rawValue])
            if sent > 0 { statistics.sent[kind.name] = sent }
            if received > 0 { statistics.received[kind.name] = received }
        }
        statistics.slotsAssigned = tally.assigned
        (statistics.slotsSuspected, statistics.slotsFailed) = (tally.suspected, tally.failed)
        statistics.slotsWell = tally.assigned - tally.suspected - tally.failed
        return statistics
    }
}
