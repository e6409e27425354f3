import Primitives

/// What is asked of a check beside looking.
public enum AOFRepair: Equatable, Sendable {
    case none
    /// What cannot be read is cut off from the last file.
    case fix
    /// The last file is cut off before the first time after this one, in seconds since 1970.
    case truncate(after: Int64)
}

/// What a check has found in one file of the log.
public enum AOFVerdict: Equatable, Sendable {
    case empty
    case valid
    /// From `validSize` on it cannot be read.
    case invalid(AOFError)
    /// It is to be cut off at this size, since what follows is too new.
    case tooNew(size: Int)
}

/// A look through one file of the log.
public struct AOFCheck: Equatable, Sendable {
    /// How it went.
    public let verdict: AOFVerdict
    /// Bytes of the file.
    public let size: Int
    /// Bytes from the beginning that are in order.
    public let validSize: Int
    /// The line on which that ends, counted from 1 without those of times.
    public let validLine: Int

    /// - Parameters:
    ///   - start: where the commands begin: behind an RDB preamble, or 0.
    ///   - limit: the greatest time that is still wanted; nil for any.
    public init(_ bytes: Bytes, from start: Int = 0, upTo limit: Int64? = nil) {
        var reader = AOFReader(bytes, from: start)
        verdict = bytes.isEmpty ? .empty : AOFCheck.verdict(&reader, limit)
        size = bytes.count
        validSize = reader.validSize
        validLine = 1 - reader.annotationCount + bytes[start..<reader.validSize].buffer.count { $0 == 0x0A }
    }

    private static func verdict(_ reader: inout AOFReader, _ limit: Int64?) -> AOFVerdict {
        do throws(AOFError) {
            var end = reader.validSize
            while let record = try reader.next() {
                if case .timestamp(let time) = record, let limit, time > limit { return .tooNew(size: end) }
                end = reader.validSize
            }
            return .valid
        } catch {
            return .invalid(error)
        }
    }

    /// The line that sums a look at a file up.
    public func summary(_ name: String) -> String {
        "AOF analyzed: filename=\(name), size=\(size), ok_up_to=\(validSize), ok_up_to_line=\(validLine), "
            + "diff=\(size - validSize)"
    }

    /// The line that says where and what is wrong.
    public static func place(_ error: AOFError) -> String {
        let digits = String(error.offset, radix: 16)
        return "0x" + String(repeating: " ", count: max(0, 16 - digits.count)) + digits + ": \(error.reason)"
    }
}
