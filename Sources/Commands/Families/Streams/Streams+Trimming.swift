import Primitives
import RESP
import Storage
import Structures

/// The options that XADD and XTRIM have in common.
struct StreamTrimOptions {
    /// What is kept; nil for everything.
    private(set) var trim: StreamTrim?
    /// Whether only whole blocks go.
    private(set) var isApproximate = false
    /// Whether a stream is made where there is none.
    private(set) var makesStream = true
    /// The argument that is the ID; only of XADD.
    private(set) var idIndex = 0
    /// What becomes of references to what goes.
    private(set) var references = StreamReferencePolicy.keep
    /// The producer's message that an entry is made of; only of XADD.
    private(set) var message: StreamMessageRequest?
    private var isPolicyGiven = false
    /// The most entries to be trimmed; nil where it was not given.
    private var limit: Int64?
    private var most: Int?

    /// Reads the options from the argument after the key on.
    /// - Parameter takesID: whether an ID ends them.
    init(_ call: Call, takesID: Bool) throws(CommandError) {
        if takesID, call.arguments[2] == "*" {
            idIndex = 2
            return
        }
        var reader = call.options(from: 2)
        while !reader.isAtEnd, idIndex == 0 { try readOption(&reader, call, takesID) }
        if limit ?? 0 > 0, trim == nil {
            throw .message("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
        }
        if !takesID, trim == nil {
            throw .message("ERR syntax error, XTRIM must be called with a trimming strategy")
        }
        most = try mostEntries(call.limits.streamNodeMaxEntries)
    }

    private mutating func readOption(
        _ reader: inout ArgumentReader, _ call: Call, _ takesID: Bool
    ) throws(CommandError) {
        if reader.remaining >= 2 {
            if reader.take("maxlen") { return trim = try readTrim(&reader, StreamTrimOptions.length) }
            if reader.take("minid") { return trim = try readTrim(&reader, StreamTrimOptions.start) }
            if let limit = try reader.integer(after: "limit") {
                if limit < 0 { throw .message("ERR The LIMIT argument must be >= 0.") }
                return self.limit = limit
            }
        }
        if !isPolicyGiven, let policy = reader.referencePolicy() {
            isPolicyGiven = true
            return references = policy
        }
        guard takesID else { throw .syntax }
        if reader.take("nomkstream") { return makesStream = false }
        if message == nil, let message = try StreamMessageRequest(&reader) { return self.message = message }
        idIndex = reader.position
        let request = try StreamIDRequest(call.arguments[idIndex])
        if case .automatic = request { return }
        if message != nil {
            throw .message("ERR IDMP/IDMPAUTO can be used only with auto-generated IDs")
        }
    }

    private mutating func readTrim(
        _ reader: inout ArgumentReader, _ threshold: (Bytes) throws(CommandError) -> StreamTrim
    ) throws(CommandError) -> StreamTrim {
        if trim != nil {
            throw .message("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
        }
        isApproximate = false
        if reader.remaining >= 2 {
            isApproximate = reader.take("~")
            if !isApproximate { _ = reader.take("=") }
        }
        return try threshold(try reader.next())
    }

    private static func length(_ text: Bytes) throws(CommandError) -> StreamTrim {
        guard let length = text.integer else { throw .notInteger }
        if length < 0 { throw .message("ERR The MAXLEN argument must be >= 0.") }
        return .length(Int(length))
    }

    private static func start(_ text: Bytes) throws(CommandError) -> StreamTrim {
        .from(try StreamID(argument: text))
    }

    /// An approximate trimming has a limit unless it is told otherwise.
    private func mostEntries(_ nodeEntries: Int) throws(CommandError) -> Int? {
        if let limit {
            if !isApproximate {
                throw .message("ERR syntax error, LIMIT cannot be used without the special ~ option")
            }
            return limit == 0 ? nil : Int(limit)
        }
        guard isApproximate else { return nil }
        let (most, overflowed) = nodeEntries.multipliedReportingOverflow(by: 100)
        return most <= 0 && !overflowed ? 10_000 : min(1_000_000, overflowed ? .max : most)
    }

    /// Trims a stream. Returns how many entries went.
    func trim(_ stream: StreamValue) -> Int {
        guard let trim else { return 0 }
        return stream.trim(trim, isApproximate: isApproximate, most: most, references: references)
    }
}
