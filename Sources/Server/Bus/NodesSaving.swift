import Gossip
import Persistence

/// When `nodes.conf` is written, and what waits for it: a machine.
///
///     want ─▶ due ─ begin ─▶ under way ─ didEnd ─▶ (due again, if it was wanted meanwhile)
///
/// One at a time is under way. Each writes all there is when it begins, so that one serves all who wanted it before.
struct NodesSaving {
    let place: NodesPlace
    private let usesTLS: Bool
    private var isUnderWay = false
    private var isWanted = false
    /// Whether somebody waits for the one that is wanted, and for the one under way.
    private var (isAwaitedNext, isAwaited) = (false, false)

    init(_ place: NodesPlace, usesTLS: Bool) { (self.place, self.usesTLS) = (place, usesTLS) }

    /// Whether what follows has to wait.
    var holdsBack: Bool { isAwaited || isAwaitedNext }
    /// Whether one is to begin.
    var isDue: Bool { isWanted && !isUnderWay }

    /// The file is to be written.
    /// - Parameter isDurable: whether what follows waits for that.
    mutating func want(isDurable: Bool) {
        isWanted = true
        if isDurable { isAwaitedNext = true }
    }

    /// Begins; what the disk has to do.
    mutating func begin(_ file: NodesFile, number: Int) -> [DiskAction] {
        precondition(isDue)
        (isWanted, isUnderWay) = (false, true)
        (isAwaited, isAwaitedNext) = (isAwaitedNext, false)
        return place.replacing(with: file.bytes(usesTLS: usesTLS), file: number)
    }

    /// The disk is done.
    mutating func didEnd(isSaved: Bool) {
        (isUnderWay, isAwaited) = (false, false)
        if isSaved { place.didReplace() }
    }
}
