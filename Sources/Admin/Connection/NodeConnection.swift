import Encryption
import Glibc
import Primitives
import RESP

/// A connection to one node, on which commands wait for their replies.
final class NodeConnection {
    let address: NodeAddress
    private let settings: ConnectionSettings
    let stream: ByteStream
    private var parser = ReplyParser()

    /// - Throws: where the node cannot be reached, or does not take the password.
    init(_ address: NodeAddress, _ settings: ConnectionSettings) throws(AdminFailure) {
        (self.address, self.settings) = (address, settings)
        let socket = try BlockingSocket(address, settings)
        stream =
            try settings.identity.map { identity throws(AdminFailure) in
                try SecureStream(socket, identity, settings.serverName)
            } ?? socket
        try authenticate()
    }

    private func authenticate() throws(AdminFailure) {
        guard let password = settings.password else { return }
        let reply = try call(["AUTH"] + (settings.user.map { [$0] } ?? []) + [password])
        guard let error = reply.errorText else { return }
        // A node without a password takes everybody.
        if error.contains("without any password configured") { return }
        throw AdminFailure("\(address) does not take the password: \(error)")
    }

    /// The reply to a command, which may be an error.
    func call(_ words: [String]) throws(AdminFailure) -> Reply { try call(words.map { Array($0.utf8) }) }

    /// The reply to a command.
    func call(_ words: [[UInt8]], timeoutMilliseconds: Int? = nil) throws(AdminFailure) -> Reply {
        try stream.write(NodeConnection.encoded(words), settings.replyTimeoutMilliseconds)
        return try receive(timeoutMilliseconds)
    }

    /// The replies to commands that are sent together.
    func pipeline(_ commands: [[String]]) throws(AdminFailure) -> [Reply] {
        var replies: [Reply] = []
        // Replies that nobody reads must not fill both directions.
        for start in stride(from: 0, to: commands.count, by: 500) {
            let part = commands[start..<min(start + 500, commands.count)]
            let bytes = part.flatMap { words in NodeConnection.encoded(words.map { Array($0.utf8) }) }
            try stream.write(bytes, settings.replyTimeoutMilliseconds)
            for _ in part { replies.append(try receive(nil)) }
        }
        return replies
    }

    private func receive(_ timeoutMilliseconds: Int?) throws(AdminFailure) -> Reply {
        while true {
            do {
                if let reply = try parser.next() { return reply }
            } catch {
                throw AdminFailure("\(address) sends something that is no reply: \(error.reason)")
            }
            let bytes = try stream.read(timeoutMilliseconds ?? settings.replyTimeoutMilliseconds)
            bytes.withBytes { parser.append($0) }
        }
    }

    /// Sends a command whose answer is not a reply.
    func send(_ words: [String]) throws(AdminFailure) {
        try stream.write(NodeConnection.encoded(words.map { Array($0.utf8) }), settings.replyTimeoutMilliseconds)
    }

    /// What has come since the last reply.
    func readRaw() throws(AdminFailure) -> [UInt8] { try stream.read(settings.replyTimeoutMilliseconds) }

    private static func encoded(_ words: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [0x0D, 0x0A] }
        return bytes
    }
}

/// Bytes both ways, waiting.
protocol ByteStream: AnyObject {
    func write(_ bytes: [UInt8], _ timeoutMilliseconds: Int) throws(AdminFailure)
    /// At least one byte.
    func read(_ timeoutMilliseconds: Int) throws(AdminFailure) -> [UInt8]
}
