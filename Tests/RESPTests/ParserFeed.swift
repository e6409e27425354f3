import Primitives

@testable import RESP

/// What a parser makes of bytes that come in pieces.
struct Parsed: Equatable {
    var requests: [[String]] = []
    var error: ProtocolError?
    /// Bytes at the end that belong to no whole request yet.
    var pending = 0
}

/// Feeds pieces to a parser as a session does: input grows and moves, what is used is dropped.
func feed(_ pieces: [[UInt8]], restricted: Bool = false, longestBulk: Int = 512 << 20) -> Parsed {
    var parser = RequestParser()
    parser.isRestricted = restricted
    parser.longestBulk = longestBulk
    var parsed = Parsed()
    var input: [UInt8] = []
    for piece in pieces where parsed.error == nil {
        input += piece
        parse(&parser, &input, &parsed)
    }
    parsed.pending = input.count
    return parsed
}

private func parse(_ parser: inout RequestParser, _ input: inout [UInt8], _ parsed: inout Parsed) {
    while parsed.error == nil {
        let count = input.count
        let outcome = input.withUnsafeMutableBytes { buffer -> ParseOutcome in
            guard let base = buffer.baseAddress else { return .incomplete }
            let outcome = parser.next(base, count: count)
            if case .request(let arguments) = outcome {
                parsed.requests.append(
                    (0..<arguments).map {
                        String(Bytes(base: base + parser.spans[$0].offset, count: parser.spans[$0].count))
                    })
                parser.forgetArguments(arguments)
            }
            return outcome
        }
        switch outcome {
        case .request: drop(&parser, &input)
        case .incomplete: return
        case .invalid(let error): parsed.error = error
        }
    }
}

private func drop(_ parser: inout RequestParser, _ input: inout [UInt8]) {
    let used = parser.position
    parser.forgetInput(used)
    input.removeFirst(used)
}

func feed(_ text: String, restricted: Bool = false, longestBulk: Int = 512 << 20) -> Parsed {
    feed([Array(text.utf8)], restricted: restricted, longestBulk: longestBulk)
}
