import Primitives
import RESP

/// The parser of requests: however the bytes are split, it finds the same.
struct RequestTarget: FuzzTarget {
    static let name = "request"

    init(seed: UInt64) {}

    private struct Found: Equatable {
        var requests: [[[UInt8]]] = []
        var error: ProtocolError?
    }

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(4) + 1 { bytes += RequestTarget.request(&random) }
        let other = RequestTarget.request(&random)
        if !random.isOne(of: 4) { for _ in 0..<random.below(4) { bytes.mutate(&random, splicing: other) } }
        let whole = RequestTarget.feed([bytes])
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(random.below(20) + 1)
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        hold(RequestTarget.feed(pieces) == whole, "in pieces it is something else")
        return whole.error.map { .refused($0.reason.filter { $0.isASCII && $0.isLetter || $0 == " " }) } ?? .taken
    }

    private static func request(_ random: inout RandomSource) -> [UInt8] {
        let words = (0..<random.below(4) + 1).map { _ in random.pick(["GET", "k", "", "a longer word", "\u{0}\r\n"]) }
        switch random.below(4) {
        case 0: return Array("GET 'a b' \"c\\x41\\n\" d\r\n".utf8)
        case 1: return Array("PING\n".utf8)
        default:
            return words.reduce(Array("*\(words.count)\r\n".utf8)) {
                $0 + Array("$\($1.utf8.count)\r\n\($1)\r\n".utf8)
            }
        }
    }

    /// Feeds pieces as a session does: input grows, what is used is dropped.
    private static func feed(_ pieces: [[UInt8]]) -> Found {
        var parser = RequestParser()
        var found = Found()
        var input: [UInt8] = []
        for piece in pieces where found.error == nil {
            input += piece
            while parseOne(&parser, &input, &found) {}
        }
        return found
    }

    /// Finds one request; false where there is none.
    private static func parseOne(_ parser: inout RequestParser, _ input: inout [UInt8], _ found: inout Found) -> Bool {
        guard found.error == nil, !input.isEmpty else { return false }
        let outcome = input.withExactCopy { buffer -> ParseOutcome in
            guard let base = buffer.baseAddress else { return .incomplete }
            let outcome = parser.next(base, count: buffer.count)
            guard case .request(let count) = outcome else { return outcome }
            let arguments = (0..<count).map { index in
                Array(Bytes(base: base + parser.spans[index].offset, count: parser.spans[index].count))
            }
            found.requests.append(arguments)
            parser.forgetArguments(count)
            return outcome
        }
        switch outcome {
        case .request:
            input.removeFirst(parser.position)
            parser.forgetInput(parser.position)
            return true
        case .incomplete: return false
        case .invalid(let error):
            found.error = error
            return false
        }
    }
}
