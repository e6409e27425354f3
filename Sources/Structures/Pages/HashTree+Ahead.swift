import CShims
import Primitives

/// Where the look-up of a member in a `HashTree` is going to read: for those who have several look-ups before them and let
/// the memory for all be fetched at once. Valid until the tree changes.
public struct HashForecast {
    private let page: HashPage
    private let count: Int
    private let range: HashRange
    private let hash: UInt32

    fileprivate init(_ page: HashPage, count: Int, _ range: HashRange, _ hash: UInt32) {
        self.page = page
        self.count = count
        self.range = range
        self.hash = hash
    }

    /// Fetches the page's header and the slots at which the search begins.
    /// - Parameter moving: whether the member may be added or removed, which moves all slots behind its own.
    @inline(__always)
    public func fetch(moving: Bool) {
        let slot = page.slot(range.guess(UInt64(hash), among: count))
        apus_prefetch(page.page.base)
        apus_prefetch(slot)
        if moving { for line in stride(from: slot + 64, to: page.slot(count), by: 64) { apus_prefetch(line) } }
    }

    /// The record that the search is going to compare first; to be asked for when header and slot have arrived.
    public var record: UnsafeRawPointer? {
        let index = page.lowerBound(hash, range, count: count)
        return index < count ? UnsafeRawPointer(page.base(index)) : nil
    }
}

extension HashTree {
    /// Where the look-up of a member is going to read; nil in an empty tree.
    public func forecast(_ member: Bytes) -> HashForecast? {
        let hash = hash(of: member)
        guard let (leaf, count, range) = leaf(for: hash) else { return nil }
        return HashForecast(leaf, count: count, range, hash)
    }
}
