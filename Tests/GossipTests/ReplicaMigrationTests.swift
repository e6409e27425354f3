import Gossip
import Primitives
import Testing

/// A primary with two replicas, and another that has lost its only one.
@Suite struct ReplicaMigrationTests {
    /// Places: 0 and 1 are the primaries, 2 … 4 replicas of 0, 3 of 1.
    private func orphaned() throws -> ClusterRig {
        var rig = try ClusterRig.formed(primaries: 2, replicas: 1)
        rig.add()
        try rig.order(4, .meet(host: "127.0.0.1", port: 7000, busPort: 17_000))
        rig.run(3000)
        try rig.order(4, .replicate(rig.name(0)))
        rig.run(3000)
        rig.kill(3)
        return rig
    }

    /// The replicas of 0, the one with the lower name first.
    private func candidates(_ rig: ClusterRig) -> [Int] { [2, 4].sorted { rig.name($0) < rig.name($1) } }

    private func follows(_ rig: ClusterRig, _ place: Int, _ primary: Int) -> Bool {
        rig[place].myself.primary == rig.name(primary)
    }

    @Test func theReplicaOfTheLowestNameMigrates() throws {
        var rig = try orphaned()
        let (first, second) = (candidates(rig)[0], candidates(rig)[1])
        #expect(rig.run(atMost: 15_000) { follows($0, first, 1) })
        rig.run(30_000)
        #expect(follows(rig, second, 0))
    }

    /// Both would be lost together.
    @Test func noReplicaMigratesToAPrimaryOfItsProcess() throws {
        var rig = try orphaned()
        let (first, second) = (candidates(rig)[0], candidates(rig)[1])
        rig.introduce([1, first])
        #expect(rig.run(atMost: 30_000) { follows($0, second, 1) })
        rig.run(30_000)
        #expect(follows(rig, first, 0))
    }

    @Test func whereAllAreOfItsProcessThePrimaryStaysAlone() throws {
        var rig = try orphaned()
        rig.introduce([1, 2, 4])
        rig.run(60_000)
        #expect(follows(rig, 2, 0) && follows(rig, 4, 0))
    }

    @Test func anOrderToFollowANodeOfTheProcessIsRefused() throws {
        var rig = try ClusterRig.formed(primaries: 2)
        rig.introduce([0, 1])
        let text = "ERR A node cannot replicate one of its own process, since both would be lost together."
        try rig.order(1, .flushSlots)
        #expect(throws: BusError(text)) { try rig.order(1, .replicate(rig.name(0))) }
    }
}
