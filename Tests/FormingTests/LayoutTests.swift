import Gossip
import Primitives
import Testing

@testable import Forming

/// Who gets which part.
@Suite struct LayoutTests {
    private func nodes(_ places: [(host: String, process: UInt64)], seed: UInt64 = 3) -> [FormingNode] {
        var random = RandomSource(seed: seed)
        return places.enumerated().map { number, place in
            FormingNode(
                name: NodeName(random: &random), address: FormingAddress(host: place.host, port: 7000 + number)!,
                busPort: 17_000 + number, process: place.process)
        }
    }

    @Test func everySlotHasOnePrimaryAndEveryPrimaryItsReplicas() {
        let layout = FormingLayout(
            nodes((0..<6).map { ("10.0.0.\($0)", UInt64($0)) }), FormingPlan(shards: 3, replicas: 1))
        var covered = SlotSet()
        for primary in layout.primaries {
            guard case .primary(_, let slots)? = layout.part(of: primary.name) else { return #expect(Bool(false)) }
            for slot in slots.slots {
                let isNew = covered.insert(slot)
                #expect(isNew)
            }
        }
        #expect(covered.count == hashSlotCount)
        #expect(Set(layout.replicas.map(\.shard)) == [0, 1, 2])
    }

    @Test func theOrderInWhichNodesAreNamedDoesNotMatter() {
        let some = nodes((0..<9).map { ("10.0.0.\($0 / 3)", UInt64($0 / 2)) })
        let plan = FormingPlan(shards: 3, replicas: 2)
        #expect(FormingLayout(some, plan) == FormingLayout(some.reversed(), plan))
    }

    @Test(arguments: 1...20) func replicasAreElsewhere(_ seed: UInt64) {
        // Two processes with three nodes each, on one host; and three hosts with two each.
        let processes = FormingLayout(
            nodes((0..<6).map { ("127.0.0.1", UInt64($0 / 3)) }, seed: seed), FormingPlan(shards: 3, replicas: 1))
        for replica in processes.replicas {
            #expect(replica.node.process != processes.primaries[replica.shard].process)
        }
        let hosts = FormingLayout(
            nodes((0..<6).map { ("10.0.0.\($0 / 2)", UInt64($0)) }, seed: seed), FormingPlan(shards: 3, replicas: 1))
        for replica in hosts.replicas {
            #expect(replica.node.address.host != hosts.primaries[replica.shard].address.host)
        }
    }

    @Test func nodesBeyondThePlanAreReplicasToo() {
        let layout = FormingLayout(
            nodes((0..<8).map { ("10.0.0.\($0)", UInt64($0)) }), FormingPlan(shards: 3, replicas: 1))
        #expect(layout.primaries.count == 3)
        #expect(layout.replicas.count == 5)
        let counts = Dictionary(grouping: layout.replicas, by: \.shard).values.map(\.count).sorted()
        #expect(counts == [1, 2, 2])
    }
}
