import Primitives

/// What becomes of the references that groups have to an entry which is deleted.
public enum StreamReferencePolicy: Sendable {
    /// They stay.
    case keep
    /// They go too.
    case delete
    /// An entry to which a group still has one, or which a group has not read yet, is not deleted.
    case onlyAcknowledged
}

extension StreamValue {
    /// Whether a group has still to read or to acknowledge the entry with an ID.
    public func isReferenced(_ id: StreamID) -> Bool {
        for index in 0..<groupCount {
            if id > self[group: index].lastDeliveredID || self[group: index].pending[id] != nil { return true }
        }
        return false
    }

    /// Takes an ID out of what all groups have to acknowledge. Returns how many had it.
    @discardableResult
    public func removeReferences(_ id: StreamID) -> Int {
        var removed = 0
        for index in 0..<groupCount where removePending(index, id) { removed += 1 }
        return removed
    }

    /// As `trim`, with a policy for references; without groups it makes no difference.
    public func trim(
        _ trim: StreamTrim, isApproximate: Bool, most: Int?, references: StreamReferencePolicy
    ) -> Int {
        if groupCount == 0 { return self.trim(trim, isApproximate: isApproximate, most: most) }
        switch references {
        case .keep: return self.trim(trim, isApproximate: isApproximate, most: most)
        case .onlyAcknowledged:
            return self.trim(trim, isApproximate: isApproximate, most: most) { isReferenced($0) }
        case .delete:
            return self.trim(trim, isApproximate: isApproximate, most: most) {
                removeReferences($0)
                return false
            }
        }
    }
}
