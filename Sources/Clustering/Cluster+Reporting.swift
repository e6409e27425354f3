import Commands
import Gossip
import Replication

// What the bus hears of the node, and the node of the bus.

extension Cluster {
    /// Does what is due; the driver calls it several times a second.
    public func tick() {
        endPauseInTime()
        report()
    }

    /// Follows directives that have changed.
    public func adoptSettings() { longestSilence = Int64(node.settings.clusterNodeTimeout) }

    /// Tells the bus how the node stands.
    public func report() {
        let report = currentReport
        guard report != lastReport else { return }
        // What comes of a pause has to be known at once.
        let isUrgent =
            report.isPaused != lastReport.isPaused || report.isLinkUp != lastReport.isLinkUp
            || report.linkTerm != lastReport.linkTerm || report.refusedTerm != lastReport.refusedTerm
            || report.promiseNumber != lastReport.promiseNumber
        lastReport = report
        if isUrgent {
            bus.receive(.reported(report), now: node.keyspace.now)
        } else {
            bus.access { [now = node.keyspace.now] in $0.receive(.reported(report), now: now) }
        }
    }

    private var currentReport: NodeReport {
        var report = NodeReport()
        let replica = replication.replica
        report.offset = replica.primary == nil ? node.keyspace.journal.offset : replica.historyOffset
        report.isLinkUp = node.isLinkUp
        report.linkHeardAt = replica.linkHeardAt
        report.isPaused = pausedUntil != nil
        report.linkTerm = replica.primaryTerm
        report.refusedTerm = replica.refusedTerm
        report.promiseNumber = promiseNumber
        report.isLoading = node.isLoading || replica.isLoading
        return report
    }

    /// A turn of the node's loop begins: commands of one turn see one map.
    @inline(__always)
    public func beginTurn() {
        let silence = node.monotonic - lastTurnAt
        lastTurnAt = node.monotonic
        if _slowPath(silence > longestSilence) { distrustMap() }
        adoptMap()
    }

    /// Takes the slot map that there is now, if it is another than the node has.
    @inline(__always)
    public func adoptMap() {
        if _slowPath(bus.mapVersion != adoptedVersion || distrustedUntil != nil) { exchangeMap() }
    }

    @inline(never)
    private func exchangeMap() {
        if let time = distrustedUntil, node.monotonic < time, bus.mapVersion == adoptedVersion { return }
        distrustedUntil = nil
        let (map, version) = bus.access { ($0.slotMap(), $0.mapVersion) }
        adoptedVersion = version
        node.slotMap = map
    }

    /// After such a silence others may have been given this node's slots: nothing is served until the bus has had the time to
    /// hear of that.
    private func distrustMap() {
        guard let map = node.slotMap else { return }
        distrustedUntil = node.monotonic + Cluster.hearingTime
        node.slotMap = map.whileDown
    }

    private static let hearingTime: Int64 = 500
}

extension SlotMap {
    /// The same map of a cluster that is not whole.
    fileprivate var whileDown: SlotMap {
        SlotMap(
            endpoints: endpoints, owners: owners, here: here, primary: primary, migrating: migrating,
            importing: importing,
            isUp: false)
    }
}
