// RESP: requests in (RESP and inline), replies out (RESP2 and RESP3), and replies in, for clients. Machines over bytes that
// somebody else read. Imports Primitives.
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// What makes a request unreadable. The connection is closed after the error is sent.
public enum ProtocolError: Error, Equatable {
    case tooBigInlineRequest
    case tooBigMultibulkCount
    case tooBigBulkCount
    case invalidMultibulkLength
    case invalidBulkLength
    case unauthenticatedMultibulkLength
    case unauthenticatedBulkLength
    case expectedDollar(got: UInt8)
    case unbalancedQuotes

    /// The text after `-ERR Protocol error: `.
    public var reason: String {
        switch self {
        case .tooBigInlineRequest: "too big inline request"
        case .tooBigMultibulkCount: "too big mbulk count string"
        case .tooBigBulkCount: "too big bulk count string"
        case .invalidMultibulkLength: "invalid multibulk length"
        case .invalidBulkLength: "invalid bulk length"
        case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
        case .unauthenticatedBulkLength: "unauthenticated bulk length"
        case .expectedDollar(let byte): "expected '$', got '\(Character(UnicodeScalar(byte)))'"
        case .unbalancedQuotes: "unbalanced quotes in request"
        }
    }
}

/// Where an argument lies: an offset from the start of the input, and a length.
@frozen
public struct ArgumentSpan {
    /// From the start of the input, in bytes.
    public let offset: Int
    /// In bytes.
    public let count: Int

    /// A span.
    @inlinable @inline(__always)
    public init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }
}

/// What the parser found at the front of the input.
public enum ParseOutcome: Equatable {
    /// A request whose arguments are the last `count` spans; at least one.
    case request(count: Int)
    /// No whole request; more bytes are needed.
    case incomplete
    /// The input is no request.
    case invalid(ProtocolError)
}

/// Cuts requests out of an input buffer, in place.
///
///     input   [ done … | *2 $3 GET $1 k | *3 $3 SET $1 k $5 he ]
///                      ^ position before            ^ resumes here when more bytes come
///
/// 1. `position` never goes back: what has been scanned is not scanned again, however the bytes are split.
/// 2. Spans of finished requests and of the one under way stand in `spans`, in order, as offsets from the start of the
///    input, so that the input may move; what has been used is forgotten.
/// 3. No memory is set aside by what a header announces, only by what has arrived.
public struct RequestParser: ~Copyable {
    /// The longest bulk argument, in bytes (`proto-max-bulk-len`).
    public var longestBulk = 512 << 20
    /// Whether the small limits of a client that has not authenticated hold.
    public var isRestricted = false
    /// Spans of arguments, in order of arrival.
    public private(set) var spans: UnsafeMutablePointer<ArgumentSpan>
    /// The number of spans in use.
    public private(set) var spanCount = 0
    /// How much of the input has been scanned, in bytes.
    public private(set) var position = 0
    private var spanCapacity = RequestParser.restingSpans
    /// Arguments of the multibulk request under way that have not been read yet; 0 outside of one.
    private var missingArguments = 0
    /// Arguments of the multibulk request under way in all.
    private var announcedArguments = 0
    /// The announced length of the bulk under way; -1 before its header.
    private var bulkLength = -1

    /// Copies of inline requests with quotes, decoded; their spans lead there, by the distance from the input.
    private var decodedLines: [UnsafeMutableRawPointer] = []

    private static let longestHeader = 64 << 10
    /// Spans there is always room for, and the most that an idle parser keeps room for.
    private static let restingSpans = 64
    private static let mostRestingSpans = 4096

    /// A parser at the beginning of a connection.
    public init() { spans = .allocate(capacity: spanCapacity) }

    deinit {
        for line in decodedLines { free(line) }
        spans.deallocate()
    }

    private mutating func freeDecodedLines() {
        guard !decodedLines.isEmpty else { return }
        for line in decodedLines { free(line) }
        decodedLines.removeAll()
    }

    /// Whether a part of a multibulk request has been read. If not, all that was scanned belongs to whole requests, or to
    /// none: blank lines, empty arrays.
    public var isInRequest: Bool { missingArguments > 0 }

    /// How many bytes beyond the end of the input the bulk under way still needs; 0 when none is under way.
    public func missingBytes(inputCount: Int) -> Int {
        bulkLength < 0 ? 0 : max(0, position + bulkLength + 2 - inputCount)
    }

    /// Says that the first `count` bytes of the input, all of them scanned, were dropped.
    public mutating func forgetInput(_ count: Int) {
        position -= count
        for index in 0..<spanCount {
            spans[index] = ArgumentSpan(offset: spans[index].offset - count, count: spans[index].count)
        }
    }

    /// Drops the first `count` spans, those of requests that have been run.
    public mutating func forgetArguments(_ count: Int) {
        spanCount -= count
        freeDecodedLines()
        guard spanCount > 0 else { return shrinkSpans() }
        (spans + 0).update(from: spans + count, count: spanCount)
    }

    /// Goes back to `start`, the beginning of a request, so that it and what follows is parsed again.
    public mutating func rewind(to start: Int) {
        position = start
        spanCount = 0
        freeDecodedLines()
        missingArguments = 0
        announcedArguments = 0
        bulkLength = -1
    }

    /// Finds the next request in `input`, whose first `count` bytes are there.
    public mutating func next(_ input: UnsafeMutableRawPointer, count: Int) -> ParseOutcome {
        while position < count {
            if missingArguments > 0 { return arguments(input, count) }
            if input.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "*") {
                switch RequestParser.header(input, at: position, count) {
                case .number(let value, let end):
                    if value > Int64(Int32.max) { return .invalid(.invalidMultibulkLength) }
                    if value > 10, isRestricted { return .invalid(.unauthenticatedMultibulkLength) }
                    position = end
                    missingArguments = max(0, Int(value))
                    announcedArguments = missingArguments
                case .incomplete: return .incomplete
                case .tooLong: return .invalid(.tooBigMultibulkCount)
                case .malformed: return .invalid(.invalidMultibulkLength)
                }
            } else {
                let outcome = inline(input, count)
                if outcome != .request(count: 0) { return outcome }
            }
        }
        return .incomplete
    }

    /// Reads arguments of the multibulk request under way.
    private mutating func arguments(_ input: UnsafeMutableRawPointer, _ count: Int) -> ParseOutcome {
        // The loop works on copies: a field that was just written is read back slowly.
        var (position, bulkLength, missing) = (position, bulkLength, missingArguments)
        defer { (self.position, self.bulkLength, missingArguments) = (position, bulkLength, missing) }
        while missing > 0 {
            if bulkLength < 0 {
                guard position < count else { return .incomplete }
                switch RequestParser.header(input, at: position, count) {
                case .number(let value, let end):
                    let lead = input.load(fromByteOffset: position, as: UInt8.self)
                    if lead != UInt8(ascii: "$") { return .invalid(.expectedDollar(got: lead)) }
                    if value < 0 || value > Int64(longestBulk) { return .invalid(.invalidBulkLength) }
                    if value > 16384, isRestricted { return .invalid(.unauthenticatedBulkLength) }
                    position = end
                    bulkLength = Int(value)
                case .incomplete: return .incomplete
                case .tooLong: return .invalid(.tooBigBulkCount)
                case .malformed:
                    let lead = input.load(fromByteOffset: position, as: UInt8.self)
                    return .invalid(lead == UInt8(ascii: "$") ? .invalidBulkLength : .expectedDollar(got: lead))
                }
            }
            guard count &- position >= bulkLength &+ 2 else { return .incomplete }
            append(ArgumentSpan(offset: position, count: bulkLength))
            position &+= bulkLength &+ 2
            bulkLength = -1
            missing &-= 1
        }
        return .request(count: announcedArguments)
    }

    private enum Header {
        case number(Int64, end: Int)
        case incomplete
        case tooLong
        case malformed
    }

    /// Reads the line at `position`: one byte of type, a number, CR LF.
    @inline(__always)
    private static func header(_ input: UnsafeMutableRawPointer, at position: Int, _ count: Int) -> Header {
        // Almost every header is one to three digits; anything else takes the careful way.
        var index = position &+ 1
        var value: Int64 = 0
        while index < count, index &- position < 8 {
            let digit = input.load(fromByteOffset: index, as: UInt8.self) &- 0x30
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int64(digit)
            index &+= 1
        }
        if index &+ 1 < count, index > position &+ 1, input.load(fromByteOffset: index, as: UInt8.self) == 0x0D,
            input.load(fromByteOffset: position &+ 1, as: UInt8.self) != 0x30 || index == position &+ 2
        {
            return .number(value, end: index &+ 2)
        }
        return carefulHeader(input, at: position, count)
    }

    @inline(never)
    private static func carefulHeader(_ input: UnsafeMutableRawPointer, at position: Int, _ count: Int) -> Header {
        let available = count - position
        guard let end = memchr(input + position, 0x0D, available) else {
            return available > RequestParser.longestHeader ? .tooLong : .incomplete
        }
        let length = UnsafeRawPointer(end) - UnsafeRawPointer(input + position)
        guard length + 1 < available else { return .incomplete }
        guard let value = Bytes(base: input + position + 1, count: length - 1).integer else { return .malformed }
        return .number(value, end: position + length + 2)
    }

    private mutating func append(_ span: ArgumentSpan) {
        if spanCount == spanCapacity { growSpans() }
        spans[spanCount] = span
        spanCount &+= 1
    }

    @inline(never)
    private mutating func growSpans() {
        let larger = UnsafeMutablePointer<ArgumentSpan>.allocate(capacity: spanCapacity * 2)
        larger.moveInitialize(from: spans, count: spanCount)
        spans.deallocate()
        spans = larger
        spanCapacity *= 2
    }

    /// Gives the room back that a request with very many arguments needed.
    private mutating func shrinkSpans() {
        guard spanCapacity > RequestParser.mostRestingSpans else { return }
        spans.deallocate()
        spanCapacity = RequestParser.restingSpans
        spans = .allocate(capacity: spanCapacity)
    }
}

extension RequestParser {
    /// Reads an inline request: words separated by blanks, ended by LF. A count of 0 is an empty line.
    private mutating func inline(_ input: UnsafeMutableRawPointer, _ count: Int) -> ParseOutcome {
        let available = count - position
        guard let newline = memchr(input + position, 0x0A, available) else {
            return available > RequestParser.longestHeader ? .invalid(.tooBigInlineRequest) : .incomplete
        }
        let start = position
        var end = start + (UnsafeRawPointer(newline) - UnsafeRawPointer(input + start))
        position = end + 1
        if end > start, input.load(fromByteOffset: end - 1, as: UInt8.self) == 0x0D { end -= 1 }
        let line = decodableLine(input + start, end - start)
        let distance = UnsafeRawPointer(line) - UnsafeRawPointer(input)
        var words = InlineWords(input: line, position: 0, end: end - start)
        var found = 0
        while true {
            switch words.next() {
            case .word(let span):
                append(ArgumentSpan(offset: span.offset + distance, count: span.count))
                found += 1
            case .end: return .request(count: found)
            case .unbalanced: return .invalid(.unbalancedQuotes)
            }
        }
    }
}

extension RequestParser {
    /// The line itself if it has no quotes, else a copy to decode: the request may be put back and read again, and
    /// decoding twice is not decoding once.
    private mutating func decodableLine(_ line: UnsafeMutableRawPointer, _ count: Int) -> UnsafeMutableRawPointer {
        guard memchr(line, 0x22, count) != nil || memchr(line, 0x27, count) != nil else { return line }
        let copy = malloc(count)!
        memcpy(copy, line, count)
        decodedLines.append(copy)
        return copy
    }
}

/// The words of a line, with the quoting of the reference's command line: `"…"` with escapes, `'…'` with `\'` only.
/// Decoded text is written over the quoted text, which is never shorter.
public struct InlineWords {
    let input: UnsafeMutableRawPointer
    var position: Int
    let end: Int

    enum Word {
        case word(ArgumentSpan)
        case end
        case unbalanced
    }

    private func byte(_ offset: Int) -> UInt8 {
        offset < end ? input.load(fromByteOffset: offset, as: UInt8.self) : 0
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    mutating func next() -> Word {
        while position < end, InlineWords.isBlank(byte(position)) { position += 1 }
        guard position < end else { return .end }
        let start = position
        var written = start
        while position < end, !InlineWords.isBlank(byte(position)) {
            switch byte(position) {
            case UInt8(ascii: "\""):
                guard readDoubleQuoted(&written) else { return .unbalanced }
                return .word(ArgumentSpan(offset: start, count: written - start))
            case UInt8(ascii: "'"):
                guard readSingleQuoted(&written) else { return .unbalanced }
                return .word(ArgumentSpan(offset: start, count: written - start))
            case let plain:
                put(plain, &written)
                position += 1
            }
        }
        return .word(ArgumentSpan(offset: start, count: written - start))
    }

    private func put(_ byte: UInt8, _ written: inout Int) {
        input.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written += 1
    }

    /// A closing quote must be followed by a blank or the end.
    private func closes(_ offset: Int) -> Bool { offset + 1 >= end || InlineWords.isBlank(byte(offset + 1)) }

    private mutating func readDoubleQuoted(_ written: inout Int) -> Bool {
        position += 1
        while position < end {
            let current = byte(position)
            if current == UInt8(ascii: "\"") {
                guard closes(position) else { return false }
                position += 1
                return true
            }
            if current == UInt8(ascii: "\\"), position + 1 < end {
                readEscape(&written)
            } else {
                put(current, &written)
                position += 1
            }
        }
        return false
    }

    private mutating func readEscape(_ written: inout Int) {
        if byte(position + 1) == UInt8(ascii: "x"), let high = InlineWords.hexadecimal(byte(position + 2)),
            let low = InlineWords.hexadecimal(byte(position + 3)), position + 3 < end
        {
            put(high << 4 | low, &written)
            position += 4
            return
        }
        let decoded: UInt8 =
            switch byte(position + 1) {
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "a"): 0x07
            case let other: other
            }
        put(decoded, &written)
        position += 2
    }

    private mutating func readSingleQuoted(_ written: inout Int) -> Bool {
        position += 1
        while position < end {
            let current = byte(position)
            if current == UInt8(ascii: "\\"), byte(position + 1) == UInt8(ascii: "'") {
                put(UInt8(ascii: "'"), &written)
                position += 2
            } else if current == UInt8(ascii: "'") {
                guard closes(position) else { return false }
                position += 1
                return true
            } else {
                put(current, &written)
                position += 1
            }
        }
        return false
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
