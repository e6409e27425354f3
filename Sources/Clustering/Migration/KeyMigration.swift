import Primitives
import RESP
import Storage

/// The conversation in which MIGRATE hands keys to another node: bytes in, bytes out.
///
///     AUTH, SELECT ─▶ greeting ── all accepted ─▶ keys ── all answered ─▶ outcome
///                        └─ refused ─▶ outcome
///
/// 1. No key is sent before the greeting was accepted: a key must not come into a database that nobody meant.
/// 2. At most `window` bytes, or one key, are under way without an answer.
/// 3. Each key is answered for itself: one that was refused stays, and the others go.
struct KeyMigration: Equatable {
    /// What the client asked for.
    struct Request: Equatable {
        var database: Int64 = 0
        /// User, where there is one, and password.
        var credentials: [[UInt8]] = []
        var isCopy = false
        var replaces = false
        /// Whether the target is a node of a cluster that imports the slot.
        var isAsking = false
        var keys: [[UInt8]] = []
    }

    /// How it ended.
    enum Outcome: Equatable {
        case done
        /// The target has refused something first with these words.
        case refused(String)
    }

    /// A value on its way.
    struct Payload: Equatable {
        /// Milliseconds that are left to the key; 0 for ever.
        var lifetime: Int64
        var bytes: [UInt8]
    }

    private enum Awaited: Equatable {
        case greeting
        case key(Int, size: Int)
    }

    let request: Request
    /// How it ended; nil while it goes on.
    private(set) var outcome: Outcome?
    private var awaited: [Awaited] = []
    private var firstAwaited = 0
    private var nextKey = 0
    private var bytesUnderWay = 0
    private var refusal: String?
    private var answer: [UInt8] = []
    private var isGreeted = false

    /// Bytes that are sent ahead of answers.
    static let window = 1 << 20
    private static let longestAnswer = 64 << 10

    /// - Parameter request: its keys are there.
    init(_ request: Request) { self.request = request }

    // MARK: Sending

    /// What is said first.
    /// - Parameter selected: the database that the connection has selected already.
    mutating func greet(selected: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        if !request.credentials.isEmpty { say("AUTH", request.credentials, to: &bytes) }
        if selected != request.database { say("SELECT", [Array("\(request.database)".utf8)], to: &bytes) }
        isGreeted = awaited.isEmpty
        return bytes
    }

    private mutating func say(_ name: StaticString, _ words: [[UInt8]], to bytes: inout [UInt8]) {
        awaited.append(.greeting)
        EffectArguments.append(words.count + 1, to: &bytes) { command in
            command.append(name)
            for word in words { word.withBytes { command.append($0) } }
        }
    }

    /// The next keys to be sent; nothing while there is enough under way.
    /// - Parameter payload: the value of a key, by number, as it is now; nil where there is none any more.
    mutating func keys(_ payload: (Int) -> Payload?) -> [UInt8] {
        var bytes: [UInt8] = []
        guard isGreeted, outcome == nil else { return bytes }
        while nextKey < request.keys.count, bytesUnderWay < KeyMigration.window {
            if let value = payload(nextKey) { restore(nextKey, value, to: &bytes) }
            nextKey += 1
        }
        settle()
        return bytes
    }

    private mutating func restore(_ index: Int, _ value: Payload, to bytes: inout [UInt8]) {
        let before = bytes.count
        EffectArguments.append(request.replaces ? 5 : 4, to: &bytes) { command in
            command.append(request.isAsking ? "RESTORE-ASKING" : "RESTORE")
            request.keys[index].withBytes { command.append($0) }
            command.append(value.lifetime)
            value.bytes.withBytes { command.append($0) }
            if request.replaces { command.append("REPLACE") }
        }
        awaited.append(.key(index, size: bytes.count - before))
        bytesUnderWay += bytes.count - before
    }

    // MARK: Hearing

    /// Takes what the target says. Returns the keys that it has taken, by number.
    mutating func receive(_ bytes: Bytes) -> [Int] {
        var taken: [Int] = []
        for byte in bytes.buffer where outcome == nil {
            answer.append(byte)
            guard byte == UInt8(ascii: "\n") else {
                if answer.count > KeyMigration.longestAnswer { outcome = .refused("ERR the answer is too long") }
                continue
            }
            hear(&taken)
            answer.removeAll(keepingCapacity: true)
        }
        return taken
    }

    /// Whether anything was heard that an answer could be told from.
    var hasHeard: Bool { firstAwaited > 0 }

    private mutating func hear(_ taken: inout [Int]) {
        guard firstAwaited < awaited.count else { return outcome = .refused("ERR an answer to nothing") }
        let isRefusal = answer.first != UInt8(ascii: "+")
        if isRefusal, refusal == nil { refusal = words }
        switch awaited[firstAwaited] {
        case .greeting: break
        case .key(let index, let size):
            bytesUnderWay -= size
            if !isRefusal { taken.append(index) }
        }
        firstAwaited += 1
        settle()
    }

    /// The answer without its sign and its end, a character for each byte.
    private var words: String {
        var text = ""
        for byte in answer.dropFirst() where byte != 0x0D && byte != 0x0A {
            text.unicodeScalars.append(UnicodeScalar(byte))
        }
        return text
    }

    private mutating func settle() {
        guard outcome == nil, firstAwaited == awaited.count else { return }
        if !isGreeted {
            if let refusal { return outcome = .refused(refusal) }
            isGreeted = true
        }
        if nextKey == request.keys.count { outcome = refusal.map { .refused($0) } ?? .done }
    }
}
