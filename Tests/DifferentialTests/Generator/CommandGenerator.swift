import Harness

/// A command with the rule for comparing its replies.
struct GeneratedCommand {
    var arguments: [Bytes]
    var rule = Rule.exact

    init(_ words: String..., rule: Rule = .exact) {
        arguments = words.map { Bytes($0.utf8) }
        self.rule = rule
    }

    init(arguments: [Bytes], rule: Rule) {
        self.arguments = arguments
        self.rule = rule
    }

    var text: String { arguments.map { quoted($0) }.joined(separator: " ") }
}

/// Writes random commands after a grammar, over few keys and few values, so that they meet.
struct CommandGenerator {
    let grammar: [GrammarCommand]
    let now: Int
    var random: SeededRandom
    /// How many keys a numkeys argument has promised.
    private var promisedKeys: Int?

    init(grammar: [GrammarCommand], seed: UInt64, now: Int) {
        self.grammar = grammar
        self.now = now
        random = SeededRandom(seed: seed)
    }

    /// So many commands, transactions among them; they end outside of a transaction.
    mutating func commands(_ count: Int) -> [GeneratedCommand] {
        var result: [GeneratedCommand] = []
        while result.count < count {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<4: result += transaction()
            case 4..<6: result.append(GeneratedCommand("SELECT", random.pick(["0", "0", "1"])))
            case 6..<8: result.append(GeneratedCommand("OBJECT", "ENCODING", random.pick(keys), rule: .encoding))
            case 8: result.append(GeneratedCommand("SCAN", "0", "COUNT", "1000", rule: .unordered))
            default: result.append(command())
            }
        }
        return result
    }

    private mutating func transaction() -> [GeneratedCommand] {
        var result: [GeneratedCommand] = []
        if random.chance(30) { result.append(GeneratedCommand("WATCH", random.pick(keys))) }
        if random.chance(20) { result.append(command()) }
        result.append(GeneratedCommand("MULTI"))
        var rule = Rule.exact
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let inner = command()
            rule = rule.widened(by: inner.rule)
            // What a queued command answers is known: QUEUED, or an error.
            result.append(GeneratedCommand(arguments: inner.arguments, rule: .exact))
        }
        return result + [random.chance(90) ? GeneratedCommand("EXEC", rule: rule) : GeneratedCommand("DISCARD")]
    }

    private mutating func command() -> GeneratedCommand {
        let chosen = random.pick(grammar)
        promisedKeys = nil
        var arguments = [Bytes(cased(chosen.name).utf8)]
        for argument in chosen.arguments { arguments += words(for: argument) }
        return GeneratedCommand(arguments: spoiled(arguments), rule: rule(for: chosen.name))
    }

    /// Now and then an argument too few, too many, or in another's place.
    private mutating func spoiled(_ arguments: [Bytes]) -> [Bytes] {
        var arguments = arguments
        if random.chance(2), arguments.count > 1 { arguments.removeLast() }
        if random.chance(2) { arguments.append(value()) }
        if random.chance(1), arguments.count > 2 { arguments.swapAt(1, arguments.count - 1) }
        return arguments
    }

    private mutating func cased(_ word: String) -> String {
        random.chance(20) ? word.uppercased() : word
    }

    private func rule(for name: String) -> Rule {
        switch name {
        case "ttl", "expiretime": .about(60)
        case "pttl", "pexpiretime": .about(60_000)
        case let name where name.hasPrefix("z"): .numbers
        case "keys", "smembers", "sinter", "sunion", "sdiff", "hkeys", "hvals", "hgetall": .unordered
        default: .exact
        }
    }
}

extension Rule {
    /// A rule that is right for a list of replies of which one needs the other rule.
    fileprivate func widened(by other: Rule) -> Rule {
        switch (self, other) {
        case (.exact, _): other
        case (_, .exact): self
        case (.about(let mine), .about(let theirs)): .about(max(mine, theirs))
        case (.unordered, .unordered): .unordered
        default: .shape
        }
    }
}

// MARK: Arguments

extension CommandGenerator {
    private mutating func words(for argument: GrammarArgument) -> [Bytes] {
        if argument.isOptional && !random.chance(40) { return [] }
        let count = repetitions(of: argument)
        var result: [Bytes] = []
        for index in 0..<count {
            if let token = argument.token, argument.kind != .pureToken, index == 0 || argument.repeatsToken {
                result.append(Bytes(cased(token).utf8))
            }
            result += oneWord(for: argument)
        }
        return result
    }

    private mutating func repetitions(of argument: GrammarArgument) -> Int {
        guard argument.isMultiple else { return 1 }
        if argument.kind == .key, let promised = promisedKeys {
            promisedKeys = nil
            return promised
        }
        return Int.random(in: 1...3, using: &random)
    }

    private mutating func oneWord(for argument: GrammarArgument) -> [Bytes] {
        switch argument.kind {
        case .pureToken: [Bytes(cased(argument.token ?? argument.name).utf8)]
        // Where scores differ, nobody knows what a range of bytes is.
        case .oneOf: words(for: required(random.pick(argument.parts.filter { $0.token != "BYLEX" })))
        case .block: argument.parts.flatMap { part in words(for: part) }
        case .key: [Bytes(random.pick(keys).utf8)]
        case .pattern: [Bytes(random.pick(["*", "k*", "?1", "[kl]*", "k1", "", "k[^1]"]).utf8)]
        case .double: [Bytes(random.pick(doubles).utf8)]
        case .unixTime: [time(argument.name, from: now)]
        case .integer: [integer(argument.name)]
        case .string: [string(argument.name)]
        }
    }

    private func required(_ argument: GrammarArgument) -> GrammarArgument {
        var argument = argument
        argument.isOptional = false
        return argument
    }

    private mutating func integer(_ name: String) -> Bytes {
        switch name {
        case "seconds", "milliseconds": return time(name, from: 0)
        // Beyond these the two servers would fill half a gigabyte with zeros.
        case "offset": return Bytes(random.pick(offsets).utf8)
        case "db", "destination-db", "index1", "index2":
            return Bytes(random.pick(["0", "1", "1", "16", "-1", "x"]).utf8)
        case "bit": return Bytes(random.pick(["0", "1", "0", "1", "2", "-1", "a"]).utf8)
        // Of the smallest rank there is, redis-server 7.0 has no opposite.
        case "rank": return Bytes(random.pick(["1", "-1", "2", "-3", "0", "x"]).utf8)
        case "numkeys":
            let count = Int.random(in: 1...3, using: &random)
            promisedKeys = random.chance(90) ? count : count + 1
            return Bytes(String(count).utf8)
        case "count": return Bytes(random.pick(["0", "1", "2", "10", "-1", "-2", "x"]).utf8)
        default: return Bytes(random.pick(integers).utf8)
        }
    }

    /// Times are over, or so far away and so unlike one another that it does not matter when each server reads them.
    private mutating func time(_ name: String, from start: Int) -> Bytes {
        if random.chance(15) { return Bytes(random.pick(badTimes).utf8) }
        let seconds = Int.random(in: 1_000...10_000_000, using: &random)
        return Bytes(String(name.contains("milliseconds") ? (start + seconds) * 1000 : start + seconds).utf8)
    }

    private mutating func string(_ name: String) -> Bytes {
        switch name {
        case "encoding": Bytes(random.pick(encodings).utf8)
        case "min", "max", "start", "stop": Bytes(random.pick(bounds).utf8)
        case "operation": Bytes(random.pick(["AND", "OR", "XOR", "NOT", "and", "nand"]).utf8)
        default: value()
        }
    }

    private mutating func value() -> Bytes {
        if random.chance(10) {
            return (0..<random.pick([1, 3, 44, 45, 200])).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        return Bytes(random.pick(random.chance(50) ? texts : integers).utf8)
    }
}

private let keys = ["k1", "k2", "k3", "l1", "l2", "", "{t}a", "{t}b"]
private let texts = [
    "", "a", "abc", "foobar", "3.5", "1e3", "-0.25", " 1", "01", "nan", String(repeating: "long ", count: 20),
]
private let integers = [
    "0", "1", "-1", "2", "5", "-3", "7", "10", "100", "255", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "1.5", "x", "",
]
private let doubles = ["0", "1", "-1.5", "0.1", "3e2", "1e-5", "inf", "-inf", "nan", "x", "", "1e400"]
private let bounds = [
    "0", "1", "-1", "(1", "(-3", "5", "-inf", "+inf", "inf", "(inf", "10", "-2", "nan", "x", "", "(", "3e2",
]
private let offsets = [
    "0", "1", "3", "7", "8", "9", "31", "63", "64", "100", "1000", "-1", "#0", "#1", "#3", "4294967296", "x", "",
]
private let badTimes = ["0", "-1", "x", "", "9223372036854775807", "1.5", "-9223372036854775808"]
private let encodings = [
    "u1", "u2", "u7", "u8", "u16", "u32", "u63", "i1", "i5", "i8", "i16", "i32", "i63", "i64", "u64", "i65", "x8",
]
