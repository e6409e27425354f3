import Harness

/// Bytes that are sent as they are, for what no client library would send.
struct RawCase {
    var name: String
    var bytes: Bytes
    /// A PING is sent behind the bytes, and its answer tells that all before it has been answered. Without it the bytes
    /// are incomplete, or their end would be read as part of the PING.
    var isFollowedByPing = true

    init(_ name: String, _ text: String, followedByPing: Bool = true) {
        self.init(name, Bytes(text.utf8), followedByPing: followedByPing)
    }

    init(_ name: String, _ bytes: Bytes, followedByPing: Bool = true) {
        self.name = name
        self.bytes = bytes
        isFollowedByPing = followedByPing
    }
}

/// What a connection gave back for raw bytes.
struct RawOutcome: Equatable, CustomStringConvertible {
    var bytes: Bytes
    var closed: Bool

    var description: String { quoted(bytes) + (closed ? ", then closed" : ", still open") }
}

/// Sends the bytes on a new connection and takes what comes until the server closes or has answered the PING.
/// With a password, AUTH stands before the PING.
func outcome(of raw: RawCase, on server: ServerProcess, password: String? = nil) throws -> RawOutcome {
    let connection = try server.connect()
    let ping = (password.map { encodedRequest("AUTH", $0) } ?? []) + encodedRequest("PING", "the end of the case")
    let pong = Bytes("$19\r\nthe end of the case\r\n".utf8)
    do {
        try connection.send(raw.isFollowedByPing ? raw.bytes + ping : raw.bytes)
    } catch HarnessError.closed {
        // What the server said before it closed can still be read.
    }
    // Where no PING tells the end, silence has to.
    let patience = raw.isFollowedByPing ? 10_000 : 300
    let received = try connection.receiveBytes(withinMilliseconds: patience) { $0.suffix(pong.count) == pong }
    return RawOutcome(bytes: received.bytes, closed: received.closed)
}
