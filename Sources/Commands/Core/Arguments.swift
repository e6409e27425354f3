import Primitives
import RESP

/// The arguments of a request, the command's name first: views into the input, valid until the command returns.
@frozen
public struct Arguments {
    /// The number of arguments, the name counted.
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let spans: UnsafePointer<ArgumentSpan>
    /// The number of arguments, the name counted.
    public let count: Int

    /// Arguments whose spans are offsets from `base`.
    @inlinable @inline(__always)
    public init(base: UnsafeRawPointer, spans: UnsafePointer<ArgumentSpan>, count: Int) {
        self.base = base
        self.spans = spans
        self.count = count
    }

    /// The argument at an index; 0 is the command's name.
    @inlinable @inline(__always)
    public subscript(index: Int) -> Bytes {
        assert(index >= 0 && index < count)
        let span = spans[index]
        return Bytes(base: base + span.offset, count: span.count)
    }

    /// The arguments from `start` on; the first of them takes the place of the command's name.
    @inlinable
    public func dropFirst(_ start: Int) -> Arguments {
        precondition(start <= count)
        return Arguments(base: base, spans: spans + start, count: count - start)
    }

    /// Shows where the arguments from `start` on lie: offsets and lengths, counted from a base.
    public func withSpans<Result>(
        from start: Int, _ body: (UnsafeRawPointer, UnsafePointer<ArgumentSpan>, Int) -> Result
    ) -> Result {
        precondition(start <= count)
        return body(base, spans + start, count - start)
    }

    /// Copies of all arguments.
    public var copies: [[UInt8]] { (0..<count).map { Array(self[$0]) } }
}

/// Reads optional arguments in order.
///
///     var options = call.options(from: 3)
///     while !options.isAtEnd {
///         if options.take("nx") { … }
///         else if let seconds = try options.integer(after: "ex") { … }
///         else { throw .syntax }
///     }
public struct ArgumentReader {
    private let arguments: Arguments
    /// The index of the argument that comes next.
    public private(set) var position: Int

    /// A reader that begins at the argument `position`.
    public init(_ arguments: Arguments, from position: Int) {
        self.arguments = arguments
        self.position = position
    }

    /// Whether all arguments have been read.
    public var isAtEnd: Bool { position >= arguments.count }
    /// The number of arguments that are left.
    public var remaining: Int { arguments.count - position }

    /// The next argument.
    public mutating func next() throws(CommandError) -> Bytes {
        guard !isAtEnd else { throw .syntax }
        position += 1
        return arguments[position - 1]
    }

    /// Whether the next argument is `word` (lower case), which is then taken.
    @inline(__always)
    public mutating func take(_ word: StaticString) -> Bool {
        guard position < arguments.count, arguments[position].equals(ignoringCase: word) else { return false }
        position += 1
        return true
    }

    /// The argument after `word`, if `word` is next.
    public mutating func value(after word: StaticString) throws(CommandError) -> Bytes? {
        guard remaining >= 2, take(word) else { return nil }
        return try next()
    }

    /// The integer after `word`, if `word` is next.
    public mutating func integer(after word: StaticString) throws(CommandError) -> Int64? {
        guard let bytes = try value(after: word) else { return nil }
        guard let integer = bytes.integer else { throw .notInteger }
        return integer
    }
}
