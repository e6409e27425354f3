import Harness

/// What came of one step: a reply, or what kept it from coming.
enum Outcome: Equatable, CustomStringConvertible {
    case reply(Reply)
    case failure(HarnessError)
    case nothing

    var description: String {
        switch self {
        case .reply(let reply): reply.description
        case .failure(let error): "(\(error))"
        case .nothing: "(nothing)"
        }
    }
}

/// A step at which the servers part.
struct Difference: CustomStringConvertible {
    var place: String
    var command: String
    var expected: Outcome
    var got: Outcome

    var description: String {
        "\(place)\n  command:  \(command)\n  expected: \(expected)\n  got:      \(got)"
    }

    /// The name of the command, when Apus says that it has none of that name.
    var missingCommand: String? {
        guard case .reply(.error(let text)) = got, text.hasPrefix("ERR unknown command '") else { return nil }
        return text.dropFirst(21).prefix { $0 != "'" }.lowercased()
    }
}

/// Runs cases on a pair of servers.
struct CaseRunner {
    let pair: ServerPair

    /// The differences that a case shows: all of them, up to the point where a connection is lost.
    func differences(of script: Case, protocolVersion: Int) throws -> [Difference] {
        for side in pair.sides { try side.reset(protocolVersion: protocolVersion) }
        let place = "\(script.title) (RESP\(protocolVersion))"
        let now = unixMilliseconds()
        var found: [Difference] = []
        for step in script.steps {
            let expected = outcome(of: step, on: pair.oracle, now: now)
            let got = outcome(of: step, on: pair.apus, now: now)
            if !agree(expected, got, by: step.rule) {
                found.append(Difference(place: place, command: step.text, expected: expected, got: got))
            }
            // What follows a lost connection says nothing more.
            if case .failure = got { break }
        }
        return found + (try digestDifference(place))
    }

    private func agree(_ expected: Outcome, _ got: Outcome, by rule: Rule) -> Bool {
        if case .reply(let expected) = expected, case .reply(let got) = got {
            return rule.allows(got, expected: expected)
        }
        return expected == got
    }

    private func digestDifference(_ place: String) throws -> [Difference] {
        let expected = try pair.oracle.administer("DEBUG", "DIGEST")
        let got = try pair.apus.administer("DEBUG", "DIGEST")
        guard expected != got else { return [] }
        return [Difference(place: place, command: "DEBUG DIGEST", expected: .reply(expected), got: .reply(got))]
    }

    private func outcome(of step: Step, on side: Side, now: Int) -> Outcome {
        do {
            let connection = try side.connection(step.connection)
            if step.rule == .read || step.rule == .monitor { return .reply(try connection.receive()) }
            let arguments = try step.words.map { try bytes(of: $0, on: side, now: now) }
            try connection.send(encodedRequest(arguments))
            return step.rule == .noReply ? .nothing : .reply(try connection.receive())
        } catch let error as HarnessError {
            return .failure(error)
        } catch {
            return .failure(.malformed("\(error)"))
        }
    }

    private func bytes(of word: Word, on side: Side, now: Int) throws -> Bytes {
        switch word {
        case .bytes(let bytes): bytes
        case .unixSeconds(let offset): Bytes(String(now / 1000 + offset).utf8)
        case .unixMilliseconds(let offset): Bytes(String(now + offset).utf8)
        case .clientID(let number): try clientField("id", of: number, on: side)
        case .clientAddress(let number): try clientField("addr", of: number, on: side)
        }
    }

    private func clientField(_ name: String, of number: Int, on side: Side) throws -> Bytes {
        let line = try side.connection(number).run("CLIENT", "INFO").text ?? ""
        let fields = line.split { $0 == " " || $0.isNewline }
        guard let field = fields.first(where: { $0.hasPrefix(name + "=") }) else {
            throw HarnessError.malformed("CLIENT INFO without \(name): \(line)")
        }
        return Bytes(field.dropFirst(name.count + 1).utf8)
    }
}
