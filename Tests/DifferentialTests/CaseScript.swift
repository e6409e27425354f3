import Harness

// A case is a script of commands that is sent to Apus and to redis-server, whose replies are compared one by one.
//
//     == a title | needs LPUSH | RESP3      begins a case; it runs with an empty data set and new connections
//     SET key "binary \x00 value"          a command, quoted as redis-cli quotes
//     @unordered KEYS *                    a rule for comparing its reply; without one the replies are equal
//     2: GET key                           a command of the second connection
//     @read                                reads one more reply without sending anything
//     # a comment
//
// Words that are computed: `%repeat(ab,1000)`, `%now+10` and `%nowms-5` (Unix time, the same for both servers),
// `%id1` and `%address2` (the client id and the address of a connection, each server's own).

/// One argument of a command of a case.
enum Word: Equatable {
    case bytes(Bytes)
    case unixSeconds(plus: Int)
    case unixMilliseconds(plus: Int)
    case clientID(connection: Int)
    case clientAddress(connection: Int)
}

/// One line of a case.
struct Step: Equatable {
    var connection = 1
    var rule = Rule.exact
    /// Empty when the step only reads.
    var words: [Word] = []
    /// The line as it was written, for messages.
    var text: String
}

/// A script with a title.
struct Case: Equatable {
    var title: String
    /// Commands that Apus has to know; without them the case waits for the change that adds them.
    var needs: [String] = []
    var protocols = [2, 3]
    var steps: [Step] = []
}

/// Reads the cases of a text.
func parseCases(_ text: String) throws -> [Case] {
    var cases: [Case] = []
    for line in text.split(separator: "\n").map({ trimmed($0) }) where !line.isEmpty && !line.hasPrefix("#") {
        if line.hasPrefix("== ") {
            cases.append(try parseTitle(String(line.dropFirst(3))))
        } else {
            guard !cases.isEmpty else { throw HarnessError.unreadable("a command before the first title: \(line)") }
            cases[cases.count - 1].steps.append(try parseStep(line))
        }
    }
    return cases
}

private func trimmed(_ line: Substring) -> String {
    var line = line.drop { $0 == " " }
    while line.last == " " { line.removeLast() }
    return String(line)
}

private func parseTitle(_ line: String) throws -> Case {
    let parts = line.split(separator: "|").map(trimmed)
    var result = Case(title: parts[0])
    for part in parts.dropFirst() {
        let words = part.split(separator: " ").map(String.init)
        switch words[0] {
        case "needs": result.needs += words.dropFirst()
        case "RESP2": result.protocols = [2]
        case "RESP3": result.protocols = [3]
        default: throw HarnessError.unreadable("title \(line)")
        }
    }
    return result
}

private func parseStep(_ line: String) throws -> Step {
    var step = Step(text: line)
    var rest = Substring(line)
    if let colon = rest.firstIndex(of: ":"), let number = Int(rest[..<colon]) {
        step.connection = number
        rest = rest[rest.index(after: colon)...].drop { $0 == " " }
    }
    if rest.first == "@" {
        let name = rest.dropFirst().prefix { $0 != " " }
        step.rule = try Rule(String(name))
        rest = rest.dropFirst(name.count + 1).drop { $0 == " " }
    }
    step.words = try splitWords(Bytes(rest.utf8))
    return step
}

// MARK: Words

private func splitWords(_ line: Bytes) throws -> [Word] {
    var words: [Word] = []
    var rest = line[...]
    while let first = rest.first {
        switch UnicodeScalar(first) {
        case " ":
            rest = rest.dropFirst()
        case "\"":
            words.append(.bytes(try takeDoubleQuoted(&rest)))
        case "'":
            words.append(.bytes(try takeSingleQuoted(&rest)))
        default:
            words.append(try plainWord(takePlain(&rest)))
        }
    }
    return words
}

private func takePlain(_ rest: inout ArraySlice<UInt8>) -> String {
    let word = rest.prefix { $0 != UInt8(ascii: " ") }
    rest = rest.dropFirst(word.count)
    return String(decoding: word, as: UTF8.self)
}

private func takeSingleQuoted(_ rest: inout ArraySlice<UInt8>) throws -> Bytes {
    let body = rest.dropFirst().prefix { $0 != UInt8(ascii: "'") }
    rest = rest.dropFirst(body.count + 1)
    guard rest.popFirst() == UInt8(ascii: "'") else { throw HarnessError.unreadable("unbalanced '") }
    return Bytes(body)
}

private func takeDoubleQuoted(_ rest: inout ArraySlice<UInt8>) throws -> Bytes {
    var body = Bytes()
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\"") { return body }
        body.append(byte == UInt8(ascii: "\\") ? try takeEscape(&rest) : byte)
    }
    throw HarnessError.unreadable("unbalanced \"")
}

private func takeEscape(_ rest: inout ArraySlice<UInt8>) throws -> UInt8 {
    guard let byte = rest.popFirst() else { throw HarnessError.unreadable("a \\ at the end") }
    switch UnicodeScalar(byte) {
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "x":
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        rest = rest.dropFirst(2)
        guard let value = UInt8(digits, radix: 16) else { throw HarnessError.unreadable("\\x\(digits)") }
        return value
    default: return byte
    }
}

private func plainWord(_ text: String) throws -> Word {
    guard text.hasPrefix("%"), text.count > 1 else { return .bytes(Bytes(text.utf8)) }
    if text.hasPrefix("%repeat("), text.hasSuffix(")") { return .bytes(try repeated(text.dropFirst(8).dropLast())) }
    if let value = number(text, after: "%nowms") { return .unixMilliseconds(plus: value) }
    if let value = number(text, after: "%now") { return .unixSeconds(plus: value) }
    if let value = number(text, after: "%id") { return .clientID(connection: value) }
    if let value = number(text, after: "%address") { return .clientAddress(connection: value) }
    throw HarnessError.unreadable("the computed word \(text)")
}

private func number(_ text: String, after prefix: String) -> Int? {
    text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.count)) : nil
}

private func repeated(_ inside: Substring) throws -> Bytes {
    let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[1]) else { throw HarnessError.unreadable("%repeat(\(inside))") }
    let unit = Bytes(parts[0].utf8)
    return Bytes((0..<count).map { _ in unit }.joined())
}
