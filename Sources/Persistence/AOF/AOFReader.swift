import Primitives
import RESP

/// What stands in a file of the log.
public enum AOFRecord: Equatable, Sendable {
    /// A command, whose arguments are shown by `withArguments`.
    case command
    /// What follows was written at a time, in seconds since 1970.
    case timestamp(Int64)
}

/// Why a file of the log cannot be read on.
public struct AOFError: Error, Equatable, Sendable {
    /// How the file is broken.
    public enum Kind: Sendable {
        /// Its last record has no end: the process, or the machine, ended while it was written.
        case torn
        /// What stands there is no record.
        case damaged
    }

    /// How it is broken.
    public let kind: Kind
    /// The bytes from the beginning that are in order: up to the end of the last whole command or transaction.
    public let validSize: Int
    /// Where it was noticed, in bytes from the beginning.
    public let offset: Int
    /// What is wrong there.
    public let reason: String
}

/// A place in a file of commands, which moves from record to record.
///
///     *2 $6 SELECT $1 0        a command
///     #TS:1700000000           a time
///     *1 $5 MULTI … *1 $4 EXEC    a transaction: as a whole, or not at all
///
/// 1. A command of a transaction is shown only where the file holds its EXEC; MULTI and EXEC themselves are not shown.
/// 2. `validSize` lies at the end of a command outside of transactions, or of a transaction.
/// 3. It believes nothing: lengths are held against what is there, and take no memory.
public struct AOFReader {
    /// The content of the file.
    public let bytes: Bytes
    /// How far it has come, in bytes.
    public private(set) var position: Int
    /// Where the command begins that came last, in bytes.
    public private(set) var commandStart = 0
    /// How far the file is known to be in order.
    public private(set) var validSize: Int
    /// Lines of times, and others that begin with `#`, so far.
    public private(set) var annotationCount = 0
    /// Whether the command that was shown last belongs to a transaction that goes on.
    public private(set) var isInTransaction = false
    private var spans: [ArgumentSpan] = []

    /// The longest line of a time, and of a header.
    private static let (longestAnnotation, longestHeader) = (1024, 32)

    /// - Parameter start: where the commands begin: behind an RDB preamble, or 0.
    public init(_ bytes: Bytes, from start: Int = 0) {
        self.bytes = bytes
        position = start
        validSize = start
    }

    /// Whether a file begins as an RDB file does; commands may follow its end.
    public static func hasPreamble(_ bytes: Bytes) -> Bool {
        bytes.starts(with: "REDIS") || bytes.starts(with: "VALKEY")
    }

    /// The next record; nil at the end.
    public mutating func next() throws(AOFError) -> AOFRecord? {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "#") {
                if let record = try annotation() { return record }
                continue
            }
            try command()
            switch (isInTransaction, transactionWord) {
            case (false, .multi):
                isInTransaction = true
                try findEnd()
            case (true, .exec):
                isInTransaction = false
                validSize = position
            case (false, _):
                validSize = position
                return .command
            case (true, _): return .command
            }
        }
        return nil
    }

    /// Shows the arguments of the command that came last.
    public func withArguments<Result>(_ body: (Bytes, [ArgumentSpan]) -> Result) -> Result { body(bytes, spans) }

    // MARK: Transactions

    private enum TransactionWord {
        case multi
        case exec
        case none
    }

    private var transactionWord: TransactionWord {
        guard spans.count == 1 else { return .none }
        let word = bytes[spans[0].offset..<spans[0].offset + spans[0].count]
        if word.equals(ignoringCase: "multi") { return .multi }
        return word.equals(ignoringCase: "exec") ? .exec : .none
    }

    /// Looks ahead, so that nothing of a transaction is shown whose EXEC is missing.
    private func findEnd() throws(AOFError) {
        var ahead = self
        while ahead.position < bytes.count {
            if bytes[ahead.position] == UInt8(ascii: "#") {
                _ = try ahead.annotation()
                continue
            }
            let beginning = ahead.position
            try ahead.command()
            switch ahead.transactionWord {
            case .exec: return
            case .multi: throw error(.damaged, at: beginning, "Unexpected MULTI")
            case .none: continue
            }
        }
        throw error(.torn, at: bytes.count, "Reached EOF before reading EXEC for MULTI")
    }

    // MARK: Records

    private func error(_ kind: AOFError.Kind, at offset: Int, _ reason: String) -> AOFError {
        AOFError(kind: kind, validSize: validSize, offset: offset, reason: reason)
    }

    /// A line that begins with `#`: a time, or anything else that nobody needs.
    private mutating func annotation() throws(AOFError) -> AOFRecord? {
        let start = position
        let most = min(bytes.count, start + AOFReader.longestAnnotation)
        guard let end = bytes[start..<most].buffer.firstIndex(of: 0x0A) else {
            if most < bytes.count { throw error(.damaged, at: start, "Annotation too long") }
            throw error(.torn, at: start, "Expected an end of the annotation")
        }
        let line = bytes[start..<start + end]
        let time = AOFReader.time(line)
        if line.starts(with: "#TS:"), time == nil { throw error(.damaged, at: start, "Invalid timestamp annotation") }
        position = start + end + 1
        annotationCount += 1
        if !isInTransaction { validSize = position }
        return time.map { .timestamp($0) }
    }

    private static func time(_ line: Bytes) -> Int64? {
        guard line.starts(with: "#TS:") else { return nil }
        let hasReturn = line[line.count - 1] == 0x0D
        return line[4..<line.count - (hasReturn ? 1 : 0)].integer
    }

    private mutating func command() throws(AOFError) {
        commandStart = position
        let count = try header("*")
        guard count > 0 else { throw error(.damaged, at: position, "Expected a command with arguments") }
        spans.removeAll(keepingCapacity: true)
        for _ in 0..<count { try argument() }
    }

    private mutating func argument() throws(AOFError) {
        let count = try header("$")
        let start = position
        guard count <= bytes.count - start, bytes.count - start - count >= 2 else {
            let got = bytes.count - start
            throw error(.torn, at: start, "Expected to read \(count + 2) bytes, got \(got) bytes")
        }
        guard bytes[start + count] == 0x0D, bytes[start + count + 1] == 0x0A else {
            let got = [bytes[start + count], bytes[start + count + 1]].map(AOFReader.hexadecimal).joined()
            throw error(.damaged, at: start + count, "Expected \\r\\n, got: \(got)")
        }
        spans.append(ArgumentSpan(offset: start, count: count))
        position = start + count + 2
    }

    /// A line of a letter and a number.
    private mutating func header(_ letter: Unicode.Scalar) throws(AOFError) -> Int {
        let start = position
        guard start < bytes.count else { throw error(.torn, at: start, "Expected prefix '\(letter)', got: EOF") }
        guard bytes[start] == UInt8(ascii: letter) else {
            throw error(
                .damaged, at: start, "Expected prefix '\(letter)', got: '\(Character(UnicodeScalar(bytes[start])))'")
        }
        var (index, value) = (start + 1, 0)
        while index < bytes.count, index - start < AOFReader.longestHeader, bytes[index] &- 0x30 <= 9 {
            value = min(value * 10 + Int(bytes[index] &- 0x30), 1 << 40)
            index += 1
        }
        for expected: UInt8 in [0x0D, 0x0A] {
            guard index < bytes.count else { throw error(.torn, at: start, "Expected \\r\\n, got: EOF") }
            guard bytes[index] == expected, index > start + 1 else {
                throw error(.damaged, at: start, "Expected a number and \\r\\n after '\(letter)'")
            }
            index += 1
        }
        position = index
        return value
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
}

extension Bytes {
    /// Whether these bytes begin with those of a word.
    func starts(with word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && self[0..<word.utf8CodeUnitCount] == word
    }
}
