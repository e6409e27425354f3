import Gossip
import Primitives

/// Something that is said over one connection: a machine. What it has to say is said at once.
public protocol Conversation: AnyObject {
    /// All that goes to the other end.
    var output: [UInt8] { get }
    /// Bytes have come; whether more are expected.
    func receive(_ bytes: [UInt8]) -> Bool
    /// The other end says no more.
    func receiveEnd()
}

/// A node is asked for its statement, as its client: `CLUSTER FORM` with the name of who asks.
public final class FormingQuestion: Conversation {
    /// See `Conversation`.
    public let output: [UInt8]
    /// What it has answered; nil where that is nothing, or makes no sense.
    public private(set) var answer: FormingStatement?
    private var input: [UInt8] = []
    /// Whether the answer to AUTH comes first.
    private var awaitsWelcome: Bool

    /// - Parameters:
    ///   - asker: who asks.
    ///   - credentials: what AUTH is given; nothing for no AUTH.
    public init(_ asker: NodeName, credentials: [[UInt8]]) {
        awaitsWelcome = !credentials.isEmpty
        let question = FormingQuestion.request([Array("CLUSTER".utf8), Array("FORM".utf8), asker.digits])
        output =
            (credentials.isEmpty ? [] : FormingQuestion.request([Array("AUTH".utf8)] + credentials)) + question
    }

    private static func request(_ words: [[UInt8]]) -> [UInt8] {
        Array("*\(words.count)\r\n".utf8)
            + words.flatMap { Array("$\($0.count)\r\n".utf8) + $0 + Array("\r\n".utf8) }
    }

    private static let mostBytes = 8 << 20

    /// See `Conversation`.
    public func receive(_ bytes: [UInt8]) -> Bool {
        input += bytes
        guard input.count <= FormingQuestion.mostBytes else { return false }
        while let line = firstLine {
            if awaitsWelcome {
                guard line.first == UInt8(ascii: "+") else { return false }
                input.removeFirst(line.count + 2)
                awaitsWelcome = false
                continue
            }
            return takeAnswer(line)
        }
        return true
    }

    /// See `Conversation`.
    public func receiveEnd() {}

    /// Up to the first end of a line.
    private var firstLine: ArraySlice<UInt8>? {
        guard let end = input.firstIndex(of: 0x0A), end > 0, input[end - 1] == 0x0D else { return nil }
        return input[..<(end - 1)]
    }

    private func takeAnswer(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.first == UInt8(ascii: "$"), let length = Int(String(decoding: line.dropFirst(), as: UTF8.self)),
            0...FormingQuestion.mostBytes ~= length
        else { return false }
        let start = line.count + 2
        guard input.count >= start + length + 2 else { return true }
        answer = FormingStatement(Array(input[start..<start + length]))
        return false
    }
}
