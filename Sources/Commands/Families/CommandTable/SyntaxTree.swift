// The arguments of a command as a tree, read from its `syntax`: what COMMAND DOCS shows, and redis-cli hints with.
//
//     key [NX|XX] [EX seconds|PX milliseconds] (LEFT|RIGHT) [field value ...]
//
// 1. A word in capitals, or a sign, is a token; any other word is an argument.
// 2. `[…]` may be left out; `(…)` only groups; `|` separates alternatives inside of either.
// 3. `[x ...]` after x says that x may be repeated.
// 4. A token belongs to the arguments that follow it.

/// One argument of a command, or several that belong together.
struct SyntaxNode: Equatable {
    enum Kind: String {
        case key, string, integer, double, pattern, unixTime = "unix-time", token = "pure-token", oneOf = "oneof", block
    }

    var name: String
    var kind: Kind
    var token: String?
    var isOptional = false
    var isMultiple = false
    /// Whether the token is repeated with each value.
    var repeatsToken = false
    var children: [SyntaxNode] = []

    /// The least number of words that the argument takes.
    var minimumCount: Int {
        if isOptional { return 0 }
        let own = token == nil ? 0 : 1
        switch kind {
        case .token: return 1
        case .oneOf: return own + (children.map(\.minimumCount).min() ?? 0)
        case .block: return own + children.reduce(0) { $0 + $1.minimumCount }
        case .key, .string, .integer, .double, .pattern, .unixTime: return own + 1
        }
    }
}

extension Command {
    /// The arguments; nil where `syntax` cannot be read.
    var syntaxTree: [SyntaxNode]? {
        var reader = SyntaxReader(syntax)
        guard let alternatives = reader.read() else { return nil }
        let builder = SyntaxBuilder(command: self)
        return alternatives.count == 1 ? builder.nodes(alternatives[0]) : [builder.node(alternatives)]
    }
}

/// A part of a syntax as it is written.
private indirect enum Piece: Equatable {
    case word(String)
    case optional([[Piece]])
    case group([[Piece]])
    /// `[x ...]`.
    case repetition([[Piece]])

    var isToken: Bool {
        guard case .word(let word) = self else { return false }
        return !word.contains { $0.isLowercase }
    }

    var isArgument: Bool {
        guard case .word = self else { return false }
        return !isToken
    }
}

/// Reads pieces: alternatives, each a sequence.
private struct SyntaxReader {
    private var rest: ArraySlice<String>

    init(_ text: String) {
        var spaced = ""
        for character in text { spaced += "[]()|".contains(character) ? " \(character) " : String(character) }
        rest = spaced.split(separator: " ").map(String.init)[...]
    }

    mutating func read() -> [[Piece]]? {
        guard let (pieces, isRepeated) = alternatives(), rest.isEmpty, !isRepeated else { return nil }
        return pieces
    }

    /// Alternatives up to a closing bracket or the end, and whether they end with dots.
    private mutating func alternatives() -> ([[Piece]], isRepeated: Bool)? {
        var found: [[Piece]] = [[]]
        var isRepeated = false
        while let word = rest.first, word != "]", word != ")" {
            rest.removeFirst()
            switch word {
            case "|": found.append([])
            case "...": isRepeated = true
            case "[", "(":
                guard let piece = bracket(word) else { return nil }
                found[found.count - 1].append(piece)
            default: found[found.count - 1].append(.word(word))
            }
        }
        return (found, isRepeated)
    }

    private mutating func bracket(_ opening: String) -> Piece? {
        guard let (content, isRepeated) = alternatives(), let closing = rest.popFirst() else { return nil }
        guard closing == (opening == "[" ? "]" : ")") else { return nil }
        if opening == "(" { return isRepeated ? nil : .group(content) }
        return isRepeated ? .repetition(content) : .optional(content)
    }
}

/// Makes nodes of pieces.
private struct SyntaxBuilder {
    let command: Command

    func nodes(_ sequence: [Piece]) -> [SyntaxNode] {
        var result: [SyntaxNode] = []
        var rest = sequence[...]
        while let piece = rest.popFirst() {
            switch piece {
            case .word(let word) where piece.isToken && rest.first != .repetition([[piece]]):
                result.append(tokenNode(word, SyntaxBuilder.takeValues(&rest)))
            case .word(let word): result.append(argument(word))
            case .group(let alternatives): result.append(node(alternatives))
            case .optional(let alternatives):
                var optional = node(alternatives)
                optional.isOptional = true
                result.append(optional)
            case .repetition(let alternatives): repeatLast(&result, node(alternatives))
            }
        }
        return result
    }

    /// The pieces after a token that are its values.
    private static func takeValues(_ rest: inout ArraySlice<Piece>) -> [Piece] {
        var values: [Piece] = []
        while let next = rest.first {
            let isRepetition = next == .repetition([Array(values.suffix(1))]) || isRepetition(next, of: values)
            let isRepeated = rest.dropFirst().first == .repetition([[next]])
            if case .group = next {} else if !next.isArgument && !isRepetition && !isRepeated { break }
            values.append(next)
            rest.removeFirst()
        }
        return values
    }

    private static func isRepetition(_ piece: Piece, of values: [Piece]) -> Bool {
        guard case .repetition(let alternatives) = piece, alternatives.count == 1, !values.isEmpty else { return false }
        return Array(values.suffix(alternatives[0].count)) == alternatives[0]
    }

    private func tokenNode(_ token: String, _ values: [Piece]) -> SyntaxNode {
        let children = nodes(values)
        if children.isEmpty { return SyntaxNode(name: SyntaxBuilder.tokenName(token), kind: .token, token: token) }
        if children.count == 1, children[0].token == nil {
            var only = children[0]
            only.token = token
            return only
        }
        return SyntaxNode(name: SyntaxBuilder.tokenName(token), kind: .block, token: token, children: children)
    }

    /// Marks what stands at the end as repeated; several nodes become one block.
    private func repeatLast(_ result: inout [SyntaxNode], _ repeated: SyntaxNode) {
        let isFolded = repeated.kind == .block && repeated.token == nil && result.last?.kind != .block
        if isFolded, result.count >= repeated.children.count {
            result.removeLast(repeated.children.count)
            result.append(repeated)
        }
        guard let last = result.indices.last else { return }
        result[last].isMultiple = true
        result[last].repeatsToken = repeated.token != nil && repeated.kind != .token
    }

    func node(_ alternatives: [[Piece]]) -> SyntaxNode {
        if let once = SyntaxBuilder.withoutRepetition(alternatives) {
            var repeated = node(once)
            repeated.isMultiple = true
            return repeated
        }
        if alternatives.count > 1 { return choice(alternatives) }
        let children = nodes(alternatives[0])
        if children.count == 1 { return children[0] }
        return SyntaxNode(name: blockName(children), kind: .block, children: children)
    }

    private func blockName(_ children: [SyntaxNode]) -> String {
        children.first?.token == nil ? "data" : children[0].name + "-block"
    }

    /// `x|y` of `x|y [x|y ...]`.
    private static func withoutRepetition(_ alternatives: [[Piece]]) -> [[Piece]]? {
        guard alternatives.count > 1, case .repetition(let repeated)? = alternatives.last?.last else { return nil }
        var once = alternatives
        once[once.count - 1].removeLast()
        return once == repeated ? once : nil
    }

    private func choice(_ alternatives: [[Piece]]) -> SyntaxNode {
        if let common = SyntaxBuilder.commonToken(alternatives) {
            var inner = choice([Array(alternatives[0].dropFirst())] + alternatives.dropFirst())
            inner.token = common
            inner.name = SyntaxBuilder.tokenName(common)
            return inner
        }
        let isPlain = alternatives.allSatisfy { $0.count == 1 && $0[0].isArgument }
        let children = isPlain ? alternatives.map(SyntaxBuilder.plainToken) : alternatives.map { node([$0]) }
        let name = children.prefix(4).map(\.name).joined(separator: "-")
        return SyntaxNode(name: name, kind: .oneOf, children: children)
    }

    /// Alternatives that are single words in small letters (`m|km|ft`) are tokens too.
    private static func plainToken(_ alternative: [Piece]) -> SyntaxNode {
        guard case .word(let word) = alternative[0] else { fatalError("an argument is a word") }
        return SyntaxNode(name: word, kind: .token, token: word.uppercased())
    }

    /// The token that stands before all alternatives, though it is written before the first only:
    /// `AGGREGATE SUM|MIN|MAX`.
    private static func commonToken(_ alternatives: [[Piece]]) -> String? {
        let first = alternatives[0]
        guard first.count >= 2, first[0].isToken, case .word(let token) = first[0] else { return nil }
        let isLonger = alternatives.dropFirst().allSatisfy { $0.count == first.count - 1 }
        let isAlike = alternatives.dropFirst().allSatisfy {
            first[1].isToken ? $0[0].isToken : first[1].isArgument && $0[0].isArgument
        }
        return isLonger && isAlike ? token : nil
    }

    private static func tokenName(_ token: String) -> String {
        switch token {
        case "*": "auto-id"
        case "$": "last-id"
        case "=": "equal"
        case "~": "approximately"
        case "\"\"": "empty-string"
        default: token.lowercased()
        }
    }

    private func argument(_ word: String) -> SyntaxNode {
        SyntaxNode(name: word.lowercased(), kind: kind(of: word.lowercased()))
    }

    private static let integers: Set<String> = [
        "seconds", "milliseconds", "count", "offset", "index", "start", "stop", "end", "cursor", "db", "destination-db",
        "port", "ttl", "numkeys", "increment", "decrement", "bit", "limit", "len", "rank", "slot", "client-id",
        "protover",
        "min-idle-time", "maxage", "timeout", "numreplicas", "numlocal", "frequency", "num-matches", "min-match-len",
        "maxlen", "idle", "bits", "seed", "epoch", "start-slot", "end-slot", "entries-read",
        "entries-added", "weight", "length", "ms", "index1", "index2",
    ]
    private static let doubles: Set<String> = ["score", "longitude", "latitude", "radius", "width", "height"]
    private static let otherKeys: Set<String> = ["source", "destination", "dst", "src"]

    private func kind(of name: String) -> SyntaxNode.Kind {
        if isKey(name) { return .key }
        if name == "pattern" { return .pattern }
        if name.hasPrefix("unix-time") { return .unixTime }
        if SyntaxBuilder.doubles.contains(name) || isDouble(name) { return .double }
        if command.group == .stream, ["start", "end", "min-idle-time"].contains(name) { return .string }
        return SyntaxBuilder.integers.contains(name) ? .integer : .string
    }

    private func isKey(_ name: String) -> Bool {
        guard !command.keys.isEmpty else { return false }
        return name.hasPrefix("key") || name.hasSuffix("key") || SyntaxBuilder.otherKeys.contains(name)
    }

    /// Names that mean a fraction in some commands only.
    private func isDouble(_ name: String) -> Bool {
        switch name {
        case "increment": command.name.hasSuffix("float") || command.group == .sortedSet
        case "timeout": command.flags.contains(.blocking) && !command.keys.isEmpty
        case "min", "max": command.name.hasSuffix("byscore") || command.name == "zcount"
        default: false
        }
    }
}
