import Primitives
import RESP
import Storage

/// A walk over the keys of a whole cluster, slot by slot, from node to node.
let clusterScanCommands: [Command] = [
    Command(
        "clusterscan", .cluster, since: "9.1.0", arity: -2, [.readonly], [.keyspace], keys: [.key(1, .notKey)],
        syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type] [SLOT slot]",
        complexity: "O(N) with N keys that are looked at.",
        summary: "Walks over the keys of the cluster, or of one of its slots, in portions.",
        tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"], run: scan)
]

private func scan(_ call: inout Call) throws(CommandError) {
    try call.requireCluster()
    let options = try ScanOptions(call.options(from: 2), takesType: true, takesSlot: true)
    if call.arguments[1] == "0" { return call.replyWithoutKeys(ClusterCursor(slot: options.slot ?? 0)) }
    guard let cursor = ClusterCursor(call.arguments[1]) else { throw .message("ERR invalid cursor") }
    if let wanted = options.slot, wanted != cursor.slot { return call.replyWithoutKeys(nil) }
    let layout = String(call.node.runID.prefix(16))
    // Positions of another process mean nothing here: the slot is begun anew.
    let isKnown = cursor.layout == layout
    let start = ScanCursor(rawValue: UInt64(cursor.slot) << 32 | UInt64(isKnown ? cursor.position : 0))
    call.scanKeys(from: start, lastSlot: cursor.slot, options) { reply, next in
        if let next {
            let position = UInt32(truncatingIfNeeded: next.rawValue)
            reply.bulk(ClusterCursor(slot: cursor.slot, layout: layout, position: position).text)
        } else {
            let isLast = options.slot != nil || cursor.slot == hashSlotCount - 1
            reply.bulk(isLast ? "0" : ClusterCursor(slot: cursor.slot + 1).text)
        }
    }
}

extension Call {
    fileprivate func replyWithoutKeys(_ next: ClusterCursor?) {
        reply.array(2)
        reply.bulk(next?.text ?? "0")
        reply.array(0)
    }
}

/// Where such a walk stands: `layout-{tag}-position`, which goes to the node of the slot as a key with that tag would.
struct ClusterCursor {
    let slot: Int
    /// Whose positions these are; `0` for the beginning of a slot, which is the same everywhere.
    var layout = "0"
    var position: UInt32 = 0

    init(slot: Int, layout: String = "0", position: UInt32 = 0) {
        (self.slot, self.layout, self.position) = (slot, layout, position)
    }

    /// From its text; nil where it is none.
    init?(_ text: Bytes) {
        let parts = String(text).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].hasPrefix("{"), parts[1].hasSuffix("}"), parts[1].utf8.count > 2,
            let position = UInt32(parts[2])
        else { return nil }
        self.init(slot: hashSlot(of: text), layout: String(parts[0]), position: position)
    }

    var text: String { "\(layout)-{\(SlotTags.tag(slot))}-\(position)" }
}

/// For each slot three letters or digits that belong to it.
private enum SlotTags {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static let tags: [UInt8] = {
        var tags = [UInt8](repeating: 0, count: hashSlotCount * 3)
        for first in alphabet {
            for second in alphabet {
                for third in alphabet {
                    let tag = [first, second, third]
                    let slot = tag.withBytes { hashSlot(of: $0) }
                    if tags[slot * 3] == 0 { tags.replaceSubrange(slot * 3..<slot * 3 + 3, with: tag) }
                }
            }
        }
        return tags
    }()

    static func tag(_ slot: Int) -> String { String(decoding: tags[slot * 3..<slot * 3 + 3], as: UTF8.self) }
}
