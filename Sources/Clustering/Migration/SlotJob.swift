import Gossip
import Primitives

/// A migration of slots from one node to another, as both ends know it.
public struct SlotJob: Equatable, Sendable {
    /// 40 digits that nobody else has chosen.
    public var name: NodeName
    /// What goes.
    public var slots: SlotSet
    /// Whose the slots are, and whose they will be.
    public var (source, target): (NodeName, NodeName)

    /// A job.
    public init(name: NodeName, slots: SlotSet, source: NodeName, target: NodeName) {
        (self.name, self.slots, self.source, self.target) = (name, slots, source, target)
    }
}

/// What CLUSTER GETSLOTMIGRATIONS and CLUSTER MIGRATION STATUS tell of a job.
struct SlotJobRecord {
    let job: SlotJob
    let isExport: Bool
    /// The request of the target that it serves; nil for none that is known.
    var task: NodeName?
    /// Milliseconds since 1970.
    let createdAt: Int64
    var updatedAt: Int64
    var acknowledgedAt: Int64
    var state: String
    var message = ""
    /// Whether nothing more happens to it.
    var isOver = false
    /// Keys that were written and those that there were at the cut; bytes that were sent or have come.
    var keys = 0
    var allKeys = 0
    var bytes = 0
    /// Bytes that have to be sent yet.
    var waitingBytes = 0
    /// For how long writes rested at the end, in milliseconds.
    var pauseMilliseconds: Int64 = 0

    /// Of a job that begins.
    /// - Parameter now: milliseconds since 1970.
    init(_ job: SlotJob, isExport: Bool, state: String, now: Int64) {
        (self.job, self.isExport, self.state) = (job, isExport, state)
        (createdAt, updatedAt, acknowledgedAt) = (now, now, now)
    }
}

extension SlotSet {
    /// The slots as arguments: the first and the last of each range.
    var bounds: [String] { ranges.flatMap { ["\($0.lowerBound)", "\($0.upperBound)"] } }

    /// The slots as clients see them: `0-99 200-200`.
    var rangesText: String { ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ") }
}
