import Primitives
import RESP
import Storage

extension Call {
    /// Lets the client wait until one of its keys holds something to take or to read, for a body that found nothing and
    /// now returns without having replied.
    ///
    ///     guard let list = try firstList(call, 1..<last) else {
    ///         return call.block(on: 1..<last, for: .list, until: deadline) { $0.nullArray() }
    ///     }
    ///
    /// 1. The body runs again, from its beginning, when one of the keys was touched and holds a value of `type`. If it
    ///    blocks again, the client stays where it is: place, deadline and request are those of the first time. If it
    ///    replies or throws, the waiting is over.
    /// 2. Inside a transaction nobody waits: `onTimeout` writes the reply at once.
    /// 3. Effects that the body has recorded count, whether it blocks or not. A body that changes something must record
    ///    it, since the command as it was sent is no effect.
    ///
    /// - Parameters:
    ///   - keys: which arguments are the keys.
    ///   - type: of the values waited for.
    ///   - deadline: monotonic milliseconds, from `deadline(seconds:)` or `deadline(milliseconds:)`; nil for ever.
    ///   - wakesOnRemoval: whether the body runs again too when a key was removed, or has become something else.
    ///   - replacements: arguments, by index, with which the body runs again: an ID in the place of `$`.
    ///   - onTimeout: writes the reply for when the time is over.
    public func block(
        on keys: some Sequence<Int>, for type: ValueType, until deadline: Int64?, wakesOnRemoval: Bool = false,
        replacing replacements: [Int: [UInt8]] = [:], onTimeout: @escaping (inout ReplyWriter) -> Void
    ) {
        guard !session.isDeniedBlocking else { return onTimeout(&reply) }
        let condition = WaitCondition(
            keys: isRunAgain ? [] : keys.map { WaitKey(database: database, bytes: Array(arguments[$0])) }, type: type,
            wakesOnRemoval: wakesOnRemoval)
        node.block(self, condition, until: deadline, replacing: replacements, onTimeout: onTimeout)
    }

    /// Lets the client wait for nothing but time, or for whoever unblocks it.
    func block(until deadline: Int64?, onTimeout: @escaping (inout ReplyWriter) -> Void) {
        guard !session.isDeniedBlocking else { return onTimeout(&reply) }
        node.block(self, WaitCondition(), until: deadline, replacing: [:], onTimeout: onTimeout)
    }

    /// Whether the command is run again for a client that waits.
    public var isRunAgain: Bool { session.waiter != nil }

    // MARK: Timeouts

    /// The monotonic time until which to wait, from a timeout in seconds, rounded up to whole milliseconds; nil, from 0,
    /// for ever.
    public func deadline(seconds index: Int) throws(CommandError) -> Int64? {
        guard let seconds = arguments[index].double else {
            throw .message("ERR timeout is not a float or out of range")
        }
        let milliseconds = (seconds * 1000).rounded(.up)
        if milliseconds < 0 { throw .message("ERR timeout is negative") }
        guard let exact = Int64(exactly: milliseconds) else { throw .message("ERR timeout is out of range") }
        return try deadline(after: exact)
    }

    /// The monotonic time until which to wait, from a timeout in milliseconds; nil, from 0, for ever.
    public func deadline(milliseconds index: Int) throws(CommandError) -> Int64? {
        guard let milliseconds = arguments[index].integer else {
            throw .message("ERR timeout is not an integer or out of range")
        }
        if milliseconds < 0 { throw .message("ERR timeout is negative") }
        return try deadline(after: milliseconds)
    }

    /// Whoever waits already has a deadline, which a second run does not move.
    private func deadline(after milliseconds: Int64) throws(CommandError) -> Int64? {
        if let waiter = session.waiter { return waiter.deadline }
        if milliseconds == 0 { return nil }
        if milliseconds > .max - max(keyspace.now, node.monotonic) { throw .message("ERR timeout is out of range") }
        return node.monotonic + milliseconds
    }
}
