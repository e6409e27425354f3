import Primitives
import RESP
import Storage
import Structures

// SINTERCARD, SUNIONCARD and SDIFFCARD: how many members a result would have.

let setCountingCommands: [Command] = [
    Command(
        "sintercard", .set, since: "7.0.0", arity: -3, [.readonly, .movablekeys],
        keys: [.counted(at: 1, [.readOnly, .access])], syntax: "numkeys key [key ...] [LIMIT limit]",
        complexity: "O(N*M) with N members of the smallest set and M sets.",
        summary: "Counts the members that all sets have, up to a limit.", run: sintercard),
    Command(
        "sunioncard", .set, since: "8.10.0", arity: -3, [.readonly, .movablekeys],
        keys: [.counted(at: 1, [.readOnly, .access])],
        syntax: "numkeys key [key ...] [APPROX] [LIMIT limit]", complexity: "O(N) with N members of all sets.",
        summary: "Counts the members that any of the sets has, up to a limit.", run: sunioncard),
    Command(
        "sdiffcard", .set, since: "8.10.0", arity: -3, [.readonly, .movablekeys],
        keys: [.counted(at: 1, [.readOnly, .access])], syntax: "numkeys key [key ...] [LIMIT limit]",
        complexity: "O(N) with N members of all sets.",
        summary: "Counts the members of the first set that no other has, up to a limit.", run: sdiffcard),
]

extension KeySpecification {
    /// As many keys as argument `index` says, which follow it.
    static func counted(at index: Int, _ flags: Flags) -> KeySpecification {
        KeySpecification(.index(index), .count(index: 0, first: 1, step: 1), flags)
    }
}

/// What follows the command's name: `numkeys key [key ...] [APPROX] [LIMIT limit]`.
private struct CountRequest {
    let keyCount: Int
    /// How far to count at most.
    var limit = Int.max

    /// - Parameter takesApproximation: whether the count may be wanted cheaply; it is exact all the same.
    init(_ call: Call, takesApproximation: Bool = false) throws(CommandError) {
        guard let number = call.arguments[1].integer, number > 0 else {
            throw .message("ERR numkeys should be greater than 0")
        }
        guard number <= call.arguments.count - 2 else {
            throw .message("ERR Number of keys can't be greater than number of args")
        }
        keyCount = Int(number)
        var options = call.options(from: 2 + keyCount)
        while !options.isAtEnd {
            if let value = try options.value(after: "limit") {
                guard let most = value.integer, most >= 0 else { throw .message("ERR LIMIT can't be negative") }
                limit = most == 0 ? Int.max : Int(most)
            } else if !takesApproximation || !options.take("approx") {
                throw .syntax
            }
        }
    }

    func operands(_ call: Call) throws(CommandError) -> SetOperands {
        try SetOperands(call, from: 2, count: keyCount)
    }

    /// The number of members that `walk` gives, up to the limit.
    func count(_ walk: (_ body: (Element) -> Bool) -> Void) -> Int {
        var count = 0
        walk { _ in
            count += 1
            return count < limit
        }
        return count
    }
}

private func sintercard(_ call: inout Call) throws(CommandError) {
    let request = try CountRequest(call)
    guard let sets = try request.operands(call).smallestFirst else { return call.reply.integer(0) }
    call.reply.integer(request.count { SetOperands.walkIntersection(of: sets, while: $0) })
}

private func sunioncard(_ call: inout Call) throws(CommandError) {
    let request = try CountRequest(call, takesApproximation: true)
    let operands = try request.operands(call)
    call.reply.integer(request.count { operands.walkUnion(call.limits, while: $0) })
}

private func sdiffcard(_ call: inout Call) throws(CommandError) {
    let request = try CountRequest(call)
    let operands = try request.operands(call)
    call.reply.integer(request.count { operands.walkDifference(while: $0) })
}
