import Testing

@testable import Admin

@Suite struct LayoutTests {
    private func candidates(_ hosts: [String], processes: [String?]? = nil) -> [Layout.Candidate] {
        hosts.enumerated().map { number, host in
            .init(address: NodeAddress(host: host, port: 7000 + number), process: processes?[number])
        }
    }

    /// Whether every slot is covered once, every node used once, and shards differ by one slot and one node at most.
    private func expectSound(_ layout: Layout, _ count: Int) {
        let slots = layout.shards.flatMap { Array($0.slots) }
        #expect(slots.sorted() == Array(0..<slotCount))
        let sizes = layout.shards.map(\.slots.count)
        #expect(sizes.max()! - sizes.min()! <= 1)
        let used = layout.shards.flatMap { [$0.primary] + $0.replicas }
        #expect(used.count == count && Set(used).count == count)
        let replicas = layout.shards.map(\.replicas.count)
        #expect(replicas.max()! - replicas.min()! <= 1)
    }

    @Test func oneHost() {
        let layout = Layout(candidates(Array(repeating: "h", count: 6)), shardCount: 3)
        expectSound(layout, 6)
        #expect(layout.shards.map(\.primary.port) == [7000, 7001, 7002])
        #expect(layout.shards.map { $0.replicas.map(\.port) } == [[7003], [7004], [7005]])
        #expect(layout.shards.map(\.slots) == [0...5460, 5461...10921, 10922...16383])
        #expect(layout.shared.count == 3)
    }

    @Test(arguments: [
        (["a", "b", "c", "a", "b", "c"], 3), (["a", "a", "b", "b", "c", "c"], 3), (["a", "a", "a", "b", "b", "b"], 3),
        (["a", "a", "a", "b", "b", "c"], 3), (["a", "b", "c"], 3), (["a", "a", "b", "b", "c", "c", "d", "d", "e"], 3),
        (["a", "b", "a", "b", "a", "b", "a", "b"], 4),
    ])
    func replicasAreElsewhere(_ hosts: [String], _ shards: Int) {
        let layout = Layout(candidates(hosts), shardCount: shards)
        expectSound(layout, hosts.count)
        #expect(layout.shared == [])
        let primaries = Dictionary(grouping: layout.shards, by: \.primary.host).mapValues(\.count)
        let most = (shards + Set(hosts).count - 1) / Set(hosts).count
        #expect(primaries.values.max()! <= max(most, 1), "\(primaries)")
    }

    /// No layout has fewer replicas beside their primaries than what the largest host forces.
    @Test func whatCannotBeAvoided() {
        let layout = Layout(candidates(["a", "a", "a", "a", "b", "b"]), shardCount: 3)
        expectSound(layout, 6)
        #expect(layout.shared.count == 1)
    }

    @Test func processesOfOneHostAreApart() {
        let processes = ["p", "p", "p", "q", "q", "q"]
        let layout = Layout(candidates(Array(repeating: "h", count: 6), processes: processes), shardCount: 3)
        for shard in layout.shards {
            let of = ([shard.primary] + shard.replicas).map { processes[$0.port - 7000] }
            #expect(Set(of).count == 2)
        }
    }

    @Test func nodesThatAreLeftOverAreReplicas() {
        let layout = Layout(candidates(Array(repeating: "h", count: 8)), shardCount: 3)
        expectSound(layout, 8)
    }

    @Test func anyMixOfHosts() {
        var seed: UInt64 = 1
        for _ in 0..<300 {
            func next(_ bound: Int) -> Int {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(seed >> 33) % bound
            }
            let shards = 3 + next(6)
            let hosts = (0..<shards * (1 + next(3)) + next(3)).map { _ in "h\(next(6))" }
            let layout = Layout(candidates(hosts), shardCount: shards)
            expectSound(layout, hosts.count)
            if Dictionary(grouping: hosts, by: \.self).values.allSatisfy({ $0.count <= shards }) {
                #expect(layout.shared == [], "\(hosts) \(shards)")
            }
        }
    }
}

@Suite struct SlotPlanTests {
    @Test func wholesAreDivided() {
        #expect(shares(of: 16384, by: [1, 1, 1]) == [5462, 5461, 5461])
        #expect(shares(of: 10, by: [0, 1, 3]) == [0, 3, 7] || shares(of: 10, by: [0, 1, 3]) == [0, 2, 8])
        #expect(shares(of: 10, by: [0, 0]) == [0, 0])
        #expect(fillingShares(of: 6, on: [10, 4, 4]) == [0, 3, 3])
        #expect(fillingShares(of: 3, on: [0, 0, 0]) == [1, 1, 1])
    }

    @Test func reshard() {
        let sources = [
            SlotOwner(id: "a", slots: Array(0...99)), SlotOwner(id: "b", slots: Array(100...399)),
            SlotOwner(id: "t", slots: Array(400...16383)), SlotOwner(id: "e", slots: []),
        ]
        let plan = Reshard.plan(sources, to: "t", count: 100)
        #expect(plan.map(\.source) == ["a", "b"])
        #expect(plan.map(\.slots) == [Array(0...24), Array(100...174)])
        #expect(plan.allSatisfy { $0.target == "t" })
        #expect(Reshard.plan(sources, to: "t", count: 16384).reduce(0) { $0 + $1.slots.count } == 400)
        #expect(Reshard.plan([], to: "t", count: 5) == [])
    }

    /// What is where after transfers; traps where a slot is given by somebody who has it not.
    private func after(_ owners: [SlotOwner], _ transfers: [SlotTransfer]) -> [String: Set<Int>] {
        var slots = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, Set($0.slots)) })
        for transfer in transfers {
            #expect(slots[transfer.source]!.isSuperset(of: transfer.slots))
            slots[transfer.source]!.subtract(transfer.slots)
            slots[transfer.target]!.formUnion(transfer.slots)
        }
        return slots
    }

    @Test(arguments: [
        ([16384, 0, 0], [1.0, 1, 1]), ([5461, 5461, 5462, 0], [1, 1, 1, 1]), ([10000, 6384], [1, 3]),
        ([8192, 8192], [0, 1]), ([1, 2, 16381], [1, 1, 1]), ([16384, 0], [0.5, 2]),
        ([4096, 4096, 4096, 4096], [1, 1, 1, 0]),
    ])
    func rebalance(_ counts: [Int], _ weights: [Double]) {
        var start = 0
        let owners = zip(counts, weights).enumerated().map { number, pair in
            defer { start += pair.0 }
            return SlotOwner(id: "\(number)", slots: Array(start..<start + pair.0), weight: pair.1)
        }
        let plan = Rebalance(owners, threshold: 0)
        let slots = after(owners, plan.transfers)
        #expect(slots.values.reduce(0) { $0 + $1.count } == slotCount)
        for part in plan.parts {
            #expect(slots[part.id]!.count == part.shall)
            #expect(abs(Double(part.shall) - Double(slotCount) * weights[Int(part.id)!] / weights.reduce(0, +)) < 1)
        }
        // Nobody both gives and gets.
        #expect(Set(plan.transfers.map(\.source)).isDisjoint(with: plan.transfers.map(\.target)))
    }

    @Test func whatIsNearEnoughStays() {
        let owners = [
            SlotOwner(id: "a", slots: Array(0..<8300)), SlotOwner(id: "b", slots: Array(8300..<16384)),
        ]
        #expect(Rebalance(owners, threshold: 2).transfers == [])
        #expect(Rebalance(owners, threshold: 1).transfers.map(\.slots) == [Array(8192..<8300)])
    }
}

@Suite struct FixPlanTests {
    private let primaries: Set = ["a", "b", "c"]

    private func step(_ problem: SlotProblem) -> FixStep { FixStep(problem, primaries: primaries, fallback: "c") }

    @Test func aMoveThatWasBegunIsFinished() {
        let both = SlotProblem(slot: 7, claims: ["a"], migrating: ["a": "b"], importing: ["b": "a"], keys: ["a": 3])
        #expect(step(both).work == .finish(source: "a"))
        #expect((step(both).owner, step(both).closes) == ("b", ["a", "b"]))
        // The target forgot that it was to import, but has keys.
        let forgotten = SlotProblem(slot: 7, claims: ["a"], migrating: ["a": "b"], keys: ["a": 3, "b": 1])
        #expect(step(forgotten).work == .finish(source: "a"))
        // A third one has it open too: it is closed.
        let third = SlotProblem(slot: 7, claims: ["a"], migrating: ["a": "b"], importing: ["b": "a", "c": "a"])
        #expect(step(third).closes == ["a", "b", "c"])
    }

    @Test func aMoveThatNeverBeganIsClosed() {
        let problem = SlotProblem(slot: 7, claims: ["a"], migrating: ["a": "b"], keys: ["a": 3])
        #expect(step(problem).work == .gather(assigns: false, from: []))
        #expect((step(problem).owner, step(problem).closes) == ("a", ["a"]))
        // Nobody knows whereto.
        let gone = SlotProblem(slot: 7, claims: ["a"], migrating: ["a": "z"], importing: ["b": "a"], keys: ["b": 2])
        #expect(step(gone).work == .gather(assigns: false, from: ["b"]))
        #expect(step(gone).owner == "a")
    }

    @Test func aMoveThatIsOverButForItsEnd() {
        // The target has the slot, the source has not been told, and has given it up by gossip.
        let problem = SlotProblem(slot: 7, claims: ["b"], importing: ["b": "a"])
        #expect(step(problem).work == .gather(assigns: false, from: []))
        #expect((step(problem).owner, step(problem).closes) == ("b", ["b"]))
    }

    @Test func keysThatAreStranded() {
        let problem = SlotProblem(
            slot: 7, claims: ["a"], importing: ["b": "a", "c": "a"], keys: ["a": 1, "b": 2, "c": 3])
        #expect(step(problem).work == .gather(assigns: false, from: ["c", "b"]))
        #expect((step(problem).owner, step(problem).closes) == ("a", ["b", "c"]))
    }

    @Test func slotsWithoutAnOwner() {
        #expect(step(SlotProblem(slot: 7)).owner == "c")
        #expect(step(SlotProblem(slot: 7)).work == .gather(assigns: true, from: []))
        let held = SlotProblem(slot: 7, keys: ["a": 1, "b": 5])
        #expect(step(held).owner == "b")
        #expect(step(held).work == .gather(assigns: true, from: ["a"]))
        // Somebody was to get it.
        #expect(step(SlotProblem(slot: 7, importing: ["a": "b"])).owner == "a")
    }

    @Test func slotsWithSeveralOwners() {
        let problem = SlotProblem(slot: 7, claims: ["a", "b"], keys: ["b": 5, "a": 1])
        #expect(step(problem).owner == "b")
        #expect(step(problem).work == .gather(assigns: true, from: ["a"]))
    }

    @Test func orphansAreSpreadInRuns() {
        let cluster = view(node("a", 0...4095), node("b", 4096...8191), node("c"))
        let steps = cluster.fixes(of: cluster.problems)
        #expect(steps.map(\.slot) == Array(8192...16383))
        let groups = FixGroup.groups(steps)
        #expect(groups.map(\.slots.count) == [4096, 4096])
        #expect(groups.map(\.step.owner) == [name("a"), name("b")])
        #expect(groups[0].text.hasPrefix("slot 8192-12287: aaaaaaaa becomes the owner, because nobody owns it"))
    }

    @Test func nothingToFix() {
        let cluster = view(node("a", 0...16383))
        #expect(cluster.problems == [])
    }
}
