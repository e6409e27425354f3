/// How many slots a cluster has.
let slotCount = 16384

extension [Int] {
    /// Runs of neighbours in a sorted list of slots.
    var slotRanges: [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for slot in self {
            if let last = ranges.last, last.upperBound + 1 == slot {
                ranges[ranges.count - 1] = last.lowerBound...slot
            } else {
                ranges.append(slot...slot)
            }
        }
        return ranges
    }

    /// `0-99,105`; of a long list the beginning.
    func slotText(atMost bound: Int = .max) -> String {
        let ranges = slotRanges
        let shown = ranges.prefix(bound).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        return shown.joined(separator: ",") + (ranges.count > bound ? ",…" : "")
    }

    /// Arguments for commands that take pairs of bounds.
    var slotBounds: [String] { slotRanges.flatMap { ["\($0.lowerBound)", "\($0.upperBound)"] } }
}

/// A number with its noun.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// The beginning of a node's name, for people.
func short(_ id: String) -> String { String(id.prefix(8)) }
