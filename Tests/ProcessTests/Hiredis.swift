import CHiredis
import Glibc
import Harness

/// What hiredis says when it cannot go on.
enum HiredisError: Error, Equatable {
    case failed(String)
}

/// A reply as hiredis tells kinds apart.
indirect enum HiredisReply: Equatable {
    case string(Bytes)
    case status(String)
    case error(String)
    case integer(Int64)
    case null
    case array([HiredisReply])
    case other(kind: Int32)

    init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING: self = .string(Bytes(UnsafeRawBufferPointer(start: reply.str, count: Int(reply.len))))
        case REDIS_REPLY_STATUS: self = .status(String(cString: reply.str))
        case REDIS_REPLY_ERROR: self = .error(String(cString: reply.str))
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_NIL: self = .null
        case REDIS_REPLY_ARRAY:
            self = .array((0..<Int(reply.elements)).map { HiredisReply(reply.element[$0]!.pointee) })
        default: self = .other(kind: reply.type)
        }
    }
}

/// A blocking hiredis connection with bounded waits.
final class Hiredis {
    private let context: UnsafeMutablePointer<redisContext>

    convenience init(host: String = "127.0.0.1", port: Int, patience: timeval = Hiredis.patience) throws {
        try self.init(redisConnectWithTimeout(host, Int32(port), patience), patience)
    }

    convenience init(unixSocket path: String) throws {
        try self.init(redisConnectUnixWithTimeout(path, Self.patience), Self.patience)
    }

    private init(_ context: UnsafeMutablePointer<redisContext>?, _ patience: timeval) throws {
        guard let context else { throw HiredisError.failed("no context") }
        self.context = context
        try check()
        redisSetTimeout(context, patience)
    }

    deinit { redisFree(context) }

    static let patience = timeval(tv_sec: 30, tv_usec: 0)

    private func check() throws {
        guard context.pointee.err == 0 else { throw HiredisError.failed(message) }
    }

    private var message: String {
        withUnsafePointer(to: &context.pointee.errstr) { field in
            field.withMemoryRebound(to: CChar.self, capacity: 128) { String(cString: $0) }
        }
    }

    func reconnect() throws {
        guard redisReconnect(context) == REDIS_OK else { throw HiredisError.failed(message) }
    }

    /// redisCommand: a command written with the format of printf.
    @discardableResult
    func format(_ format: String, _ arguments: any HiredisFormatArgument...) throws -> HiredisReply {
        // Strings have to live until the command is written.
        var copies: [UnsafeMutablePointer<CChar>] = []
        defer { for copy in copies { free(copy) } }
        let values = arguments.map { argument in argument.formatValue(&copies) }
        return try take(withVaList(values) { redisvCommand(context, format, $0) })
    }

    /// redisCommandArgv: a command of any bytes.
    func run(_ arguments: [Bytes]) throws -> HiredisReply {
        try take(
            withArguments(arguments) { count, pointers, lengths in redisCommandArgv(context, count, pointers, lengths) }
        )
    }

    /// redisAppendCommandArgv: a command whose reply is read later.
    func append(_ arguments: [Bytes]) {
        _ = withArguments(arguments) { count, pointers, lengths in
            redisAppendCommandArgv(context, count, pointers, lengths)
        }
    }

    /// redisGetReply: the reply to the first appended command that has not been answered.
    func nextReply() throws -> HiredisReply {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReply(context, &reply) == REDIS_OK else { throw HiredisError.failed(message) }
        return try take(reply)
    }

    private func take(_ reply: UnsafeMutableRawPointer?) throws -> HiredisReply {
        guard let reply else { throw HiredisError.failed(message) }
        defer { freeReplyObject(reply) }
        return HiredisReply(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private func withArguments<Result>(
        _ arguments: [Bytes],
        _ body: (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) -> Result
    ) -> Result {
        var storage = Bytes(arguments.joined())
        // An empty array has no address.
        storage.append(0)
        let lengths = arguments.map(\.count)
        return storage.withUnsafeBytes { bytes in
            var next = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
            var pointers: [UnsafePointer<CChar>?] = []
            for length in lengths {
                pointers.append(next)
                next += length
            }
            return body(Int32(arguments.count), &pointers, lengths)
        }
    }
}

/// What can fill a place of a format: %s or %d.
protocol HiredisFormatArgument {
    func formatValue(_ copies: inout [UnsafeMutablePointer<CChar>]) -> any CVarArg
}

extension String: HiredisFormatArgument {
    func formatValue(_ copies: inout [UnsafeMutablePointer<CChar>]) -> any CVarArg {
        let copy = strdup(self)!
        copies.append(copy)
        return copy
    }
}

extension Int: HiredisFormatArgument {
    func formatValue(_ copies: inout [UnsafeMutablePointer<CChar>]) -> any CVarArg { Int32(self) }
}
