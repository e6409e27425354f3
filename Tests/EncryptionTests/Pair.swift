import Encryption
import Harness

/// A server's and a client's channel, and the wire between them.
final class Pair {
    enum End { case server, client }

    let certificates: TestCertificates
    let server: SecureChannel
    let client: SecureChannel

    init(
        _ certificates: TestCertificates? = nil, engine: SecureEngine = SecureEngine(),
        server change: (inout SecurityOptions) -> Void = { _ in },
        client changeClient: (inout SecurityOptions) -> Void = { _ in }
    ) throws {
        let certificates = try certificates ?? TestCertificates()
        self.certificates = certificates
        var options = SecurityOptions.server(certificates)
        change(&options)
        server = engine.accept(try SecureIdentity(server: options))
        var clientOptions = SecurityOptions()
        clientOptions.authorityFile = certificates.authority
        changeClient(&clientOptions)
        client = try engine.connect(try SecureIdentity(client: clientOptions), serverName: "localhost")
    }

    /// Carries what either has to say to the other until both are silent.
    func shakeHands(piece: Int = .max) {
        while server.hasCiphertext || client.hasCiphertext {
            give(take(from: .client), to: server, piece: piece)
            give(take(from: .server), to: client, piece: piece)
        }
    }

    /// Everything that one end has to send.
    func take(from end: End) -> [UInt8] {
        var bytes: [UInt8] = []
        let channel = end == .server ? server : client
        while channel.hasCiphertext {
            _ = channel.sendCiphertext {
                bytes += $0
                return $0.count
            }
        }
        return bytes
    }

    func give(_ bytes: [UInt8], to channel: SecureChannel, piece: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty {
            rest.prefix(piece).withUnsafeBytes { channel.receive($0) }
            rest = rest.dropFirst(piece)
        }
    }

    func send(_ text: String, on channel: SecureChannel) {
        Array(text.utf8).withUnsafeBytes { channel.send($0) }
    }

    func plaintext(of channel: SecureChannel) -> String {
        var bytes: [UInt8] = []
        channel.takePlaintext { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    func transfer(_ text: String, from source: SecureChannel, to target: SecureChannel, piece: Int = .max) -> String {
        send(text, on: source)
        give(take(from: source === server ? .server : .client), to: target, piece: piece)
        return plaintext(of: target)
    }
}

extension SecurityOptions {
    /// A server's, that asks nobody for a certificate.
    static func server(_ certificates: TestCertificates) -> SecurityOptions {
        var options = SecurityOptions()
        options.certificateFile = certificates.certificate("server")
        options.keyFile = certificates.key("server")
        options.authorityFile = certificates.authority
        options.clientCertificates = .no
        return options
    }
}
