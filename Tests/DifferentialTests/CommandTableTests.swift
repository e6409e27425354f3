import Harness
import Testing

extension DifferentialTests {
    /// What COMMAND INFO says of a command is the same field by field, except where it is listed to differ.
    @Test func commandTable() throws {
        try withServerPair { pair in
            let names = try commandNames(pair.apus).intersection(try commandNames(pair.oracle))
            #expect(names.contains("get"))
            for name in names.sorted() {
                let expected = try description(of: name, on: pair.oracle)
                let got = try description(of: name, on: pair.apus)
                compare(name, expected: expected, got: got)
            }
        }
    }
}

/// The fields of an entry in the order of COMMAND INFO, without the subcommands, which are commands of their own.
private let fieldNames = ["name", "arity", "flags", "first key", "last key", "step", "categories", "tips", "key specs"]

/// Fields in which redis-server 7.0 is known to say something else than 7.2, which Apus announces.
private let listedDifferences: [String: Set<String>] = [
    "acl|deluser": ["tips"],
    "acl|save": ["tips"],
    "acl|setuser": ["tips"],
    "client|setname": ["tips"],
    "command|getkeys": ["arity"],
    "command|getkeysandflags": ["arity"],
    "config|resetstat": ["tips"],
    "config|rewrite": ["tips"],
    "latency|reset": ["tips"],
    "blmove": ["flags"],
    "blpop": ["flags"],
    "brpop": ["flags"],
    "brpoplpush": ["flags"],
    // Notes on key specifications are sentences of the reference.
    "bitfield": ["key specs"],
    "eval": ["key specs"],
    "eval_ro": ["key specs"],
    "fcall": ["key specs"],
    "fcall_ro": ["key specs"],
    "getex": ["key specs"],
    "set": ["key specs"],
    "pfcount": ["key specs"],
    "sort": ["key specs"],
    "sort_ro": ["key specs"],
    "xadd": ["key specs"],
    "msetnx": ["tips"],
    "randomkey": ["tips"],
    "scan": ["tips"],
    "sinterstore": ["key specs"],
    "wait": ["flags", "categories"],
    "bzpopmin": ["flags"],
    "bzpopmax": ["flags"],
    "cluster|replicate": ["arity"], "cluster|info": ["flags"], "cluster|myid": ["flags"], "cluster|nodes": ["flags"],
    "cluster|shards": ["flags"], "cluster|slots": ["flags"],
    "zrank": ["arity"],
    "zrevrank": ["arity"],
]

private func commandNames(_ side: Side) throws -> Set<String> {
    guard let elements = try side.administer("COMMAND", "LIST").elements else {
        throw HarnessError.malformed("COMMAND LIST")
    }
    return Set(elements.compactMap(\.text))
}

private func description(of name: String, on side: Side) throws -> [Reply] {
    try side.administer("COMMAND", "INFO", name).elements?.first?.elements ?? []
}

private func compare(_ name: String, expected: [Reply], got: [Reply]) {
    guard expected.count == 10, got.count == 10 else {
        Issue.record("\(name): \(got) where \(expected) was expected")
        return
    }
    let listed = listedDifferences[name, default: []]
    for (index, field) in fieldNames.enumerated() where !listed.contains(field) {
        let agree = Rule.unordered.allows(got[index], expected: expected[index])
        #expect(agree, "\(name), \(field): expected \(expected[index]), got \(got[index])")
    }
}
