import Encryption

/// TLS over a socket.
final class SecureStream: ByteStream {
    let socket: BlockingSocket
    private let engine = SecureEngine()
    let channel: SecureChannel
    private static let handshakeMilliseconds = 10_000

    init(_ socket: BlockingSocket, _ identity: SecureIdentity, _ serverName: String?) throws(AdminFailure) {
        self.socket = socket
        do {
            channel = try engine.connect(identity, serverName: serverName)
        } catch {
            throw AdminFailure("\(error)")
        }
        while !channel.isOpen {
            try flush(SecureStream.handshakeMilliseconds)
            if channel.isOpen { break }
            try take(SecureStream.handshakeMilliseconds)
        }
        try flush(SecureStream.handshakeMilliseconds)
    }

    deinit { channel.close() }

    func write(_ bytes: [UInt8], _ timeoutMilliseconds: Int) throws(AdminFailure) {
        try check()
        bytes.withUnsafeBytes { channel.send($0) }
        try flush(timeoutMilliseconds)
    }

    func read(_ timeoutMilliseconds: Int) throws(AdminFailure) -> [UInt8] {
        while !channel.hasPlaintext { try take(timeoutMilliseconds) }
        var bytes: [UInt8] = []
        channel.takePlaintext { bytes = Array($0) }
        return bytes
    }

    private func flush(_ timeoutMilliseconds: Int) throws(AdminFailure) {
        while channel.hasCiphertext {
            var bytes: [UInt8] = []
            _ = channel.sendCiphertext {
                bytes = Array($0)
                return $0.count
            }
            try socket.write(bytes, timeoutMilliseconds)
        }
    }

    private func take(_ timeoutMilliseconds: Int) throws(AdminFailure) {
        try check()
        let bytes = try socket.read(timeoutMilliseconds)
        bytes.withUnsafeBytes { channel.receive($0) }
        // The alert that says why goes out all the same.
        try flush(timeoutMilliseconds)
        try check()
    }

    private func check() throws(AdminFailure) {
        if let failure = channel.failure { throw AdminFailure("TLS: \(failure)") }
        if channel.hasPeerEnded { throw AdminFailure("TLS: the node has closed the connection") }
    }
}
