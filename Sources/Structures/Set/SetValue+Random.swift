import Primitives

// Members chosen at random: every choice is as likely as any other.

extension SetValue {
    /// Calls `body` with a member, each as likely as any other. Not of an empty set.
    public func withRandomMember(_ random: inout RandomSource, _ body: (Element) -> Void) {
        guard let root else { return body(packedMember(Int.random(in: 0..<count, using: &random)).member) }
        guard let place = root.pointee.tree.randomPlace(&random) else { preconditionFailure("an empty set") }
        body(.bytes(root.pointee.tree.record(at: place).member))
    }

    /// Calls `body` with `count` members, which may be the same ones again and again. Not of an empty set.
    public func forEachRandom(_ count: Int, _ random: inout RandomSource, _ body: (Element) -> Void) {
        guard root == nil else {
            for _ in 0..<count { withRandomMember(&random, body) }
            return
        }
        var members: [Element] = []
        walkPacked {
            members.append($0)
            return true
        }
        for _ in 0..<count { body(members[Int.random(in: 0..<members.count, using: &random)]) }
    }

    /// Calls `body` with `count` different members, fewer than there are.
    public func forEachOfSample(_ count: Int, _ random: inout RandomSource, _ body: (Element) -> Void) {
        guard let root, count < self.count / 3 else { return sampleInOrder(count, &random, body) }
        var chosen = Swift.Set<Int>(minimumCapacity: count)
        while chosen.count < count {
            let index = Int.random(in: 0..<self.count, using: &random)
            guard chosen.insert(index).inserted, let place = root.pointee.tree.place(at: index) else { continue }
            body(.bytes(root.pointee.tree.record(at: place).member))
        }
    }

    /// Decides of each member in turn whether it is one of the chosen (Knuth, volume 2, algorithm 3.4.2 S).
    private func sampleInOrder(_ count: Int, _ random: inout RandomSource, _ body: (Element) -> Void) {
        var wanted = count
        var left = self.count
        walk { member in
            if Int.random(in: 0..<left, using: &random) < wanted {
                body(member)
                wanted -= 1
            }
            left -= 1
            return wanted > 0
        }
    }

    /// Removes a member, each as likely as any other, after `body` has seen it. Not of an empty set.
    public mutating func removeRandom(_ random: inout RandomSource, _ body: (Element) -> Void) {
        guard let root else { return removeRandomPacked(&random, body) }
        guard var place = root.pointee.tree.randomPlace(&random) else { preconditionFailure("an empty set") }
        body(.bytes(root.pointee.tree.record(at: place).member))
        root.pointee.tree.remove(at: &place)
    }

    private mutating func removeRandomPacked(_ random: inout RandomSource, _ body: (Element) -> Void) {
        let (member, offset, size) = packedMember(Int.random(in: 0..<count, using: &random))
        body(member)
        packed.remove(at: offset, size)
    }
}
