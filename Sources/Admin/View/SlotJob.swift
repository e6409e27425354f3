import Primitives
import RESP

/// A migration of whole slots, as CLUSTER GETSLOTMIGRATIONS tells of it.
struct SlotJob: Equatable, Sendable {
    var name: String
    /// Whether the node that tells of it is the source.
    var isExport: Bool
    var ranges: String
    var source: String
    var target: String
    var state: String
    var message: String
    /// Figures that only some products have.
    var keysSent: Int?
    var keysToSend: Int?
    var bytes: Int?

    /// Whether it still goes on.
    var isUnderWay: Bool { !["success", "failed", "cancelled", "canceled"].contains(state) }
    var hasSucceeded: Bool { state == "success" }

    /// Reads one element of the reply; nil if it lacks what every product tells.
    init?(_ reply: Reply) {
        let fields = reply.fields
        func text(_ name: String) -> String? { fields[name]?.string }
        guard let name = text("name"), let operation = text("operation"), let ranges = text("slot_ranges"),
            let state = text("state")
        else { return nil }
        self.name = name
        isExport = operation == "EXPORT"
        self.ranges = ranges
        self.state = state
        source = text("source_node") ?? ""
        target = text("target_node") ?? ""
        message = text("message") ?? ""
        keysSent = fields["keys_sent"]?.number
        keysToSend = fields["keys_to_send"]?.number
        bytes = fields["bytes"]?.number
    }

    var json: JSON {
        [
            "name": .text(name), "operation": isExport ? "export" : "import", "slots": .text(ranges),
            "source": .text(source), "target": .text(target), "state": .text(state), "message": .text(message),
        ]
    }
}
