import Primitives
import RESP
import Storage
import Structures

// Intersections, unions and differences of sets, as replies and as new sets.

let setAlgebraCommands: [Command] = [
    Command(
        "sinter", .set, since: "1.0.0", arity: -2, [.readonly], keys: [.keys(from: 1, [.readOnly, .access])],
        syntax: "key [key ...]", complexity: "O(N*M) with N members of the smallest set and M sets.",
        summary: "Returns the members that all sets have.", tips: ["nondeterministic_output_order"], run: sinter),
    Command(
        "sinterstore", .set, since: "1.0.0", arity: -3, [.write, .denyoom],
        keys: [.key(1, [.overwrite, .update]), .keys(from: 2, [.readOnly, .access])],
        syntax: "destination key [key ...]", complexity: "O(N*M) with N members of the smallest set and M sets.",
        summary: "Makes a set of the members that all sets have.", run: sinterstore),
    Command(
        "sunion", .set, since: "1.0.0", arity: -2, [.readonly], keys: [.keys(from: 1, [.readOnly, .access])],
        syntax: "key [key ...]", complexity: "O(N) with N members of all sets.",
        summary: "Returns the members that any of the sets has.", tips: ["nondeterministic_output_order"], run: sunion),
    Command(
        "sunionstore", .set, since: "1.0.0", arity: -3, [.write, .denyoom],
        keys: [.key(1, [.overwrite, .update]), .keys(from: 2, [.readOnly, .access])],
        syntax: "destination key [key ...]", complexity: "O(N) with N members of all sets.",
        summary: "Makes a set of the members that any of the sets has.", run: sunionstore),
    Command(
        "sdiff", .set, since: "1.0.0", arity: -2, [.readonly], keys: [.keys(from: 1, [.readOnly, .access])],
        syntax: "key [key ...]", complexity: "O(N) with N members of all sets.",
        summary: "Returns the members of the first set that no other has.", tips: ["nondeterministic_output_order"],
        run: sdiff),
    Command(
        "sdiffstore", .set, since: "1.0.0", arity: -3, [.write, .denyoom],
        keys: [.key(1, [.overwrite, .update]), .keys(from: 2, [.readOnly, .access])],
        syntax: "destination key [key ...]", complexity: "O(N) with N members of all sets.",
        summary: "Makes a set of the members of the first set that no other has.", run: sdiffstore),
]

/// The sets that a command works on: views, valid until one of them changes. Missing keys are nil.
struct SetOperands {
    let sets: [SetValue?]

    /// The sets of the keys from argument `start` on, `count` of them.
    init(_ call: Call, from start: Int, count: Int) throws(CommandError) {
        var sets: [SetValue?] = []
        sets.reserveCapacity(count)
        for index in start..<start + count { sets.append(try call.read(call.key(index), as: SetValue.self)) }
        self.sets = sets
    }

    // MARK: Intersection

    /// The sets, the smallest first; nil if one is missing, so that nothing is in all of them.
    var smallestFirst: [SetValue]? {
        let present = sets.compactMap { $0 }
        guard present.count == sets.count else { return nil }
        let counted = present.map { (set: $0, count: $0.count) }
        return counted.sorted { $0.count < $1.count }.map(\.set)
    }

    /// Calls `body` with what all of some sets have, as long as it returns true.
    static func walkIntersection(of sets: [SetValue], while body: (Element) -> Bool) {
        sets[0].walk { member in
            for index in 1..<max(1, sets.count) where !sets[index].contains(member) { return true }
            return body(member)
        }
    }

    // MARK: Union

    /// Calls `body` with what any of the sets has, once each, as long as it returns true.
    func walkUnion(_ limits: CollectionLimits, while body: (Element) -> Bool) {
        let present = sets.compactMap { $0 }
        guard present.count <= SetOperands.mostToLookThrough else { return walkManyUnited(present, limits, body) }
        var goesOn = true
        for (index, set) in present.enumerated() where goesOn {
            set.walk { member in
                for earlier in 0..<index where present[earlier].contains(member) { return true }
                goesOn = body(member)
                return goesOn
            }
        }
    }

    /// With more sets it is quicker to keep the members seen than to look for them in all sets before.
    private static var mostToLookThrough: Int { 4 }

    private func walkManyUnited(_ sets: [SetValue], _ limits: CollectionLimits, _ body: (Element) -> Bool) {
        var seen = SetValue(packed: Packed())
        defer { seen.free() }
        var goesOn = true
        for set in sets where goesOn {
            set.walk { member in
                if seen.add(member, limits) { goesOn = body(member) }
                return goesOn
            }
        }
    }

    // MARK: Difference

    /// Calls `body` with what the first set has and no other, as long as it returns true.
    func walkDifference(while body: (Element) -> Bool) {
        guard let first = sets[0] else { return }
        let others = sets.dropFirst().compactMap { $0 }
        first.walk { member in
            for other in others where other.contains(member) { return true }
            return body(member)
        }
    }
}

extension Call {
    private func operands(from start: Int) throws(CommandError) -> SetOperands {
        try SetOperands(self, from: start, count: arguments.count - start)
    }

    /// Writes the set of all members that `walk` gives.
    private func writeSet(_ walk: (_ body: (Element) -> Bool) -> Void) {
        reply.deferredSet { reply in
            var count = 0
            walk { member in
                reply.member(member)
                count += 1
                return true
            }
            return count
        }
    }

    /// Stores a result, which is taken over, and writes how many members it has.
    private func storeResult(_ result: SetValue, _ event: KeyspaceEvent) {
        let count = result.count
        store(key(1), result, event: event)
        reply.integer(count)
    }

    fileprivate func writeIntersection() throws(CommandError) {
        guard let sets = try operands(from: 1).smallestFirst else { return reply.set(0) }
        writeSet { SetOperands.walkIntersection(of: sets, while: $0) }
    }

    fileprivate func writeUnion() throws(CommandError) {
        let operands = try operands(from: 1)
        writeSet { operands.walkUnion(limits, while: $0) }
    }

    fileprivate func writeDifference() throws(CommandError) {
        let operands = try operands(from: 1)
        writeSet { operands.walkDifference(while: $0) }
    }

    /// Integers stay such, and what has turned out to be only integers becomes so.
    fileprivate func storeIntersection() throws(CommandError) {
        let limits = limits
        let sets = try operands(from: 2).smallestFirst
        var result = sets?[0].holdsIntegers == true ? SetValue.ofIntegers() : SetValue.ofAnything()
        if let sets {
            SetOperands.walkIntersection(of: sets) { member in
                result.add(member, limits)
                return true
            }
        }
        result.becomeIntegers(limits)
        storeResult(result, .sinterstore)
    }

    fileprivate func storeUnion() throws(CommandError) {
        let limits = limits
        // A wrong operand is thrown before there is memory to be freed.
        let sets = try operands(from: 2).sets
        var result = SetValue.ofIntegers()
        for set in sets { set?.forEach { result.add($0, limits) } }
        storeResult(result, .sunionstore)
    }

    fileprivate func storeDifference() throws(CommandError) {
        let limits = limits
        let operands = try operands(from: 2)
        var result = SetValue.ofIntegers()
        if operands.removesFromCopy {
            operands.sets[0]?.forEach { result.add($0, limits) }
            for set in operands.sets.dropFirst() { set?.forEach { result.remove($0) } }
        } else {
            operands.walkDifference { member in
                result.add(member, limits)
                return true
            }
        }
        storeResult(result, .sdiffstore)
    }
}

extension SetOperands {
    /// Whether a difference is made of the whole first set by removing from it: where that is less work. The result has
    /// the form that the whole set would have, which is why the choice is that of the reference.
    fileprivate var removesFromCopy: Bool {
        guard let first = sets[0] else { return false }
        let others = sets.reduce(0) { $0 + ($1?.count ?? 0) }
        let lookups = first.count * sets.count { $0 != nil } / 2
        return lookups > others
    }
}

private func sinter(_ call: inout Call) throws(CommandError) { try call.writeIntersection() }
private func sinterstore(_ call: inout Call) throws(CommandError) { try call.storeIntersection() }
private func sunion(_ call: inout Call) throws(CommandError) { try call.writeUnion() }
private func sunionstore(_ call: inout Call) throws(CommandError) { try call.storeUnion() }
private func sdiff(_ call: inout Call) throws(CommandError) { try call.writeDifference() }
private func sdiffstore(_ call: inout Call) throws(CommandError) { try call.storeDifference() }
