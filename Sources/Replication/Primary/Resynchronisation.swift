import Commands
import Primitives

/// What a replica asks for with PSYNC.
struct ResynchronisationRequest: Equatable {
    /// The name of the history that it knows; `?` for none.
    let id: String
    /// The number of the first byte that it wants, counted from one.
    let offset: Int64

    /// Whether it knows a history at all.
    var hasHistory: Bool { id != "?" }
}

/// Whether a replica can go on from where it is.
///
///     own history:      … ────────── secondOffset ─────────▶ now
///     second history:   … ──────────┘
///                             └─ backlog ─┘
enum ResynchronisationAnswer: Equatable {
    /// It is sent the journal from an offset on.
    case partial(from: Int64)
    /// It knows nothing yet.
    case unknownReplica
    /// It knows another history.
    case otherHistory
    /// It knows the second history, and more of that than this one has begun with.
    case beyondSecond(limit: Int64)
    /// What it needs is not kept.
    case outOfBacklog

    /// - Parameter window: the offsets from which on the journal can be read; nil where nothing is kept.
    init(_ request: ResynchronisationRequest, _ history: ReplicationHistory, window: ClosedRange<Int64>?) {
        let id = request.id.lowercased()
        guard request.hasHistory else {
            self = .unknownReplica
            return
        }
        if id != history.id {
            guard id == history.secondID, id != ReplicationHistory.noID else {
                self = .otherHistory
                return
            }
            guard request.offset <= history.secondOffset else {
                self = .beyondSecond(limit: history.secondOffset)
                return
            }
        }
        let (from, overflows) = request.offset.subtractingReportingOverflow(1)
        self = !overflows && window?.contains(from) == true ? .partial(from: from) : .outOfBacklog
    }

    /// What the log says of a request that was refused; nil where there is nothing to be said.
    func refusal(_ request: ResynchronisationRequest, _ history: ReplicationHistory, replica: String) -> String? {
        switch self {
        case .partial: nil
        case .unknownReplica: "Full resync requested by replica \(replica)"
        case .otherHistory:
            "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '\(request.id)', my "
                + "replication IDs are '\(history.id)' and '\(history.secondID)')"
        case .beyondSecond(let limit):
            "Partial resynchronization not accepted: Requested offset for second ID was \(request.offset), but I can "
                + "reply up to \(limit)"
        case .outOfBacklog:
            "Unable to partial resync with replica \(replica) for lack of backlog (Replica request was: "
                + "\(request.offset))."
        }
    }
}
