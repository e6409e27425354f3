import Glibc

/// A client's connection: writes requests, reads replies, and gives raw access to both directions.
///
/// Every wait is bounded, so a server that is silent makes a test fail and never hang.
public final class Connection {
    private let socket: Socket
    private var buffer = Bytes()
    private var position = 0
    private var ended = false

    /// How long a read waits for bytes, and a write for room.
    public var timeoutMilliseconds = 60_000

    /// Connects over TCP to a numeric address.
    public init(host: String = "127.0.0.1", port: Int) throws {
        socket = try Socket(host: host, port: port)
    }

    /// Connects to a Unix domain socket.
    public init(unixSocket path: String) throws {
        socket = try Socket(unixPath: path)
    }

    // MARK: Commands

    /// Sends one command and reads its reply.
    @discardableResult
    public func run(_ arguments: any Argument...) throws -> Reply {
        try run(arguments.map(\.wireBytes))
    }

    /// Sends one command and reads its reply.
    @discardableResult
    public func run(_ arguments: [Bytes]) throws -> Reply {
        try send(encodedRequest(arguments))
        return try receive()
    }

    /// Sends all commands, then reads as many replies.
    public func pipeline(_ commands: [[Bytes]]) throws -> [Reply] {
        var request = Bytes()
        for command in commands { request += encodedRequest(command) }
        try send(request)
        return try (0..<commands.count).map { _ in try receive() }
    }

    // MARK: Raw bytes

    /// Sends all bytes. Replies that arrive meanwhile are taken in, so that a long pipeline cannot stop itself.
    public func send(_ bytes: Bytes) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let ready = try socket.wait(for: Int32(POLLIN | POLLOUT), milliseconds: timeoutMilliseconds)
            guard ready != 0 else { throw HarnessError.timedOut("writing \(rest.count) of \(bytes.count) bytes") }
            if ready & Int32(POLLIN) != 0 && !ended { try fill() }
            if ready & Int32(POLLOUT | POLLERR | POLLHUP) != 0 { rest = rest.dropFirst(try socket.send(rest)) }
        }
    }

    /// Sends text as it is.
    public func send(text: String) throws {
        try send(Bytes(text.utf8))
    }

    /// Sends what the kernel takes and reads nothing; how many bytes that was. It returns when there has been no room
    /// for the given time.
    public func sendWithoutReading(_ bytes: Bytes, patienceMilliseconds: Int) throws -> Int {
        var rest = bytes[...]
        while !rest.isEmpty, try socket.wait(for: Int32(POLLOUT), milliseconds: patienceMilliseconds) != 0 {
            rest = rest.dropFirst(try socket.send(rest))
        }
        return bytes.count - rest.count
    }

    /// Ends the direction from here to the server.
    public func endWriting() {
        socket.endWriting()
    }

    /// Reads until the server closes, or the bytes so far satisfy the condition, or the time is over.
    public func receiveBytes(
        withinMilliseconds bound: Int? = nil, until isEnough: (Bytes) -> Bool = { _ in false }
    ) throws -> (bytes: Bytes, closed: Bool) {
        let end = monotonicMilliseconds() + (bound ?? timeoutMilliseconds)
        while !ended && !isEnough(Bytes(buffer[position...])) {
            let left = end - monotonicMilliseconds()
            guard left > 0 else { break }
            if try socket.wait(for: Int32(POLLIN), milliseconds: left) != 0 { try fill() }
        }
        defer { discardAll() }
        return (Bytes(buffer[position...]), ended)
    }

    /// Whether the server closes this connection before the time is over; what it sends until then is thrown away.
    public func isClosed(withinMilliseconds bound: Int = 15_000) -> Bool {
        guard let received = try? receiveBytes(withinMilliseconds: bound) else { return true }
        return received.closed
    }

    // MARK: Replies

    /// Reads one reply, waiting for it as long as the timeout allows.
    public func receive() throws -> Reply {
        defer { discardRead() }
        return try readReply(depth: 0)
    }

    private func readReply(depth: Int) throws -> Reply {
        guard depth < 64 else { throw HarnessError.malformed("nested too deeply") }
        let line = try readLine()
        guard let kind = line.first else { throw HarnessError.malformed("an empty line") }
        let rest = latin1(line.dropFirst())
        switch UnicodeScalar(kind) {
        case "+": return .simple(rest)
        case "-": return .error(rest)
        case ":": return .integer(try number(rest))
        case ",": return .double(rest)
        case "(": return .bigNumber(rest)
        case "_": return .null
        case "#": return try boolean(rest)
        case "$": return try readBulk(length: try number(rest))
        case "!": return .error(latin1(try readBody(length: try number(rest))[...]))
        case "=": return try readVerbatim(length: try number(rest))
        case "*": return try readArray(count: try number(rest), depth: depth)
        case "~": return .set(try readMany(try number(rest), depth: depth))
        case ">": return .push(try readMany(try number(rest), depth: depth))
        case "%": return .map(try readEntries(try number(rest), depth: depth))
        case "|": return .attribute(try readEntries(try number(rest), depth: depth), try readReply(depth: depth + 1))
        default: throw HarnessError.malformed(quoted(line))
        }
    }

    private func boolean(_ text: String) throws -> Reply {
        guard text == "t" || text == "f" else { throw HarnessError.malformed("#\(text)") }
        return .boolean(text == "t")
    }

    private func number(_ text: String) throws -> Int64 {
        guard let value = Int64(text) else { throw HarnessError.malformed("number \(text)") }
        return value
    }

    private func readBulk(length: Int64) throws -> Reply {
        length == -1 ? .nullBulk : .bulk(try readBody(length: length))
    }

    private func readVerbatim(length: Int64) throws -> Reply {
        let body = try readBody(length: length)
        guard body.count >= 4 else { throw HarnessError.malformed("verbatim \(quoted(body))") }
        return .verbatim(format: latin1(body.prefix(3)), Bytes(body.dropFirst(4)))
    }

    private func readArray(count: Int64, depth: Int) throws -> Reply {
        count == -1 ? .nullArray : .array(try readMany(count, depth: depth))
    }

    private func readMany(_ count: Int64, depth: Int) throws -> [Reply] {
        guard count >= 0 else { throw HarnessError.malformed("count \(count)") }
        return try (0..<count).map { _ in try readReply(depth: depth + 1) }
    }

    private func readEntries(_ count: Int64, depth: Int) throws -> [Reply.Entry] {
        guard count >= 0 else { throw HarnessError.malformed("count \(count)") }
        return try (0..<count).map { _ in
            Reply.Entry(key: try readReply(depth: depth + 1), value: try readReply(depth: depth + 1))
        }
    }

    private func readLine() throws -> ArraySlice<UInt8> {
        var searched = position
        while true {
            if let end = endOfLine(from: searched) {
                defer { position = end + 1 }
                guard end > position, buffer[end - 1] == 0x0D else { throw HarnessError.malformed("a line without CR") }
                return buffer[position..<(end - 1)]
            }
            searched = buffer.count
            try waitForBytes("a reply")
        }
    }

    private func endOfLine(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < bytes.count, let found = memchr(bytes.baseAddress! + start, 0x0A, bytes.count - start) else {
                return nil
            }
            return UnsafeRawPointer(found) - bytes.baseAddress!
        }
    }

    private func readBody(length: Int64) throws -> Bytes {
        guard length >= 0, let length = Int(exactly: length) else { throw HarnessError.malformed("length \(length)") }
        buffer.reserveCapacity(position + length + 2)
        while buffer.count < position + length + 2 { try waitForBytes("a string of \(length) bytes") }
        let body = Bytes(buffer[position..<(position + length)])
        guard buffer[position + length] == 0x0D, buffer[position + length + 1] == 0x0A else {
            throw HarnessError.malformed("a string that does not end in CR LF: \(quoted(body))")
        }
        position += length + 2
        return body
    }

    private func waitForBytes(_ what: String) throws {
        guard !ended else { throw HarnessError.closed }
        guard try socket.wait(for: Int32(POLLIN), milliseconds: timeoutMilliseconds) != 0 else {
            throw HarnessError.timedOut("waiting for \(what)")
        }
        try fill()
    }

    private func fill() throws {
        if try socket.receive(into: &buffer) == nil { ended = true }
    }

    /// Drops what has been read when that is worth the copy.
    private func discardRead() {
        if position == buffer.count {
            discardAll()
        } else if position > 1 << 20 {
            buffer.removeFirst(position)
            position = 0
        }
    }

    private func discardAll() {
        buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 21)
        position = 0
    }
}

private func latin1(_ bytes: ArraySlice<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(UnicodeScalar(byte)) }
    return String(text)
}

private func latin1(_ bytes: Bytes) -> String { latin1(bytes[...]) }
