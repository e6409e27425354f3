import Commands
import Encryption
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

// Connections that are encrypted.
//
//     socket ─ read ─▶ channel ─ plaintext ─▶ session ─ output ─▶ channel ─ ciphertext ─ write ─▶ socket

extension NodeDriver {
    /// The most plaintext that is encrypted at once, in bytes. So little ciphertext ever waits; with what encryption adds
    /// it fits into 64 KiB, of which the channel keeps a buffer.
    private static let encryptedAtOnce = 60 << 10
    /// More ciphertext than this waits only for a peer that makes the channel itself answer, and reads nothing: it is not
    /// listened to until it does.
    private static let mostCiphertext = 256 << 10

    // MARK: Input

    func receive(_ connection: Connection, from channel: SecureChannel) {
        let count = channel.receive { recv(connection.descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else {
            if count == 0 || errno != EAGAIN && errno != EINTR { endUnfinished(connection, nil) }
            return
        }
        if !channel.hasPlaintext { node.noteRead(0) }
        if channel.hasCiphertext { _ = flush(connection, channel) }
        if let failure = channel.failure { return endUnfinished(connection, failure) }
        if channel.isOpen, security.concludes(connection) { identifyUser(connection, channel) }
        var isDrained = true
        channel.takePlaintext { isDrained = run(connection.session, $0) }
        settle(connection, isDrained: isDrained && channel.ciphertextCount < NodeDriver.mostCiphertext)
        // A peer that sends nothing more gets the replies to what it has sent, and then the end.
        guard channel.hasPeerEnded || channel.hasEnded else { return }
        if connections[Int(connection.descriptor)] === connection { send(connection, through: channel) }
    }

    /// Runs plaintext in place if the session has no input of its own.
    private func run(_ session: Session, _ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        node.noteRead(bytes.count)
        if session.hasOwnInput {
            session.roomForInput(bytes.count).copyMemory(from: UnsafeRawBufferPointer(bytes))
            session.didReceive(bytes.count)
            return node.run(session)
        }
        session.lend(start, count: bytes.count)
        defer { session.endLoan() }
        return node.run(session)
    }

    private func identifyUser(_ connection: Connection, _ channel: SecureChannel) {
        guard node.settings.tlsAuthClientsUser == .commonName, let name = channel.peerCommonName else { return }
        if node.enter(connection.session, certifiedAs: Array(name.utf8)) { return }
        log.write(.notice, "No user for the certificate of \(name) (addr=\(connection.session.peerAddress))")
    }

    // MARK: Output

    func send(_ connection: Connection, through channel: SecureChannel) {
        let session = connection.session
        while flush(connection, channel) {
            let ready = node.releasableOutput(session)
            guard ready > 0, channel.isOpen else {
                if channel.hasPeerEnded || channel.hasEnded { connection.hasPeerEnded = true }
                return didSendAll(connection)
            }
            let count = min(ready, NodeDriver.encryptedAtOnce)
            channel.send(UnsafeRawBufferPointer(start: session.waitingOutput.base, count: count))
            node.noteWrite(count)
            session.didSend(count)
        }
    }

    /// Sends ciphertext; false if some of it has to wait, or the connection has ended.
    private func flush(_ connection: Connection, _ channel: SecureChannel) -> Bool {
        while channel.hasCiphertext {
            let count = channel.sendCiphertext { Glibc.send(connection.descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 || errno == EINTR { continue }
            if errno == EAGAIN { waitForRoom(connection) } else { end(connection) }
            return false
        }
        return true
    }

    // MARK: The end

    /// Ends a connection; a failed handshake is logged with its reason.
    private func endUnfinished(_ connection: Connection, _ failure: String?) {
        if security.concludes(connection) {
            let reason = failure ?? "Connection closed during the handshake"
            let session = connection.session
            log.write(
                .warning,
                "Error accepting a client connection: \(reason) (addr=\(session.peerAddress) "
                    + "laddr=\(session.localAddress))")
        }
        end(connection)
    }

    /// Says that nothing more will come; whoever does not take it at once does not hear of it.
    func sayGoodbye(_ connection: Connection, _ channel: SecureChannel) {
        _ = security.concludes(connection)
        if channel.isOpen { channel.close() }
        _ = channel.sendCiphertext { Glibc.send(connection.descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// Ends connections whose handshake has taken too long, and looks after the certificates.
    func tickSecurity() {
        if security.reloadsChangedFiles(node.settings, log, now: node.monotonic) { identifyCertificates() }
        for connection in security.late(now: node.monotonic) {
            endUnfinished(connection, "The handshake has taken too long")
        }
    }

    /// Shows in INFO what is in force.
    func identifyCertificates() {
        let identities = security.identities
        node.identity.serverCertificate = CertificateIdentity(identities.server?.certificate)
        node.identity.clientCertificate = CertificateIdentity(identities.client?.certificate)
        node.identity.authorityCertificate = CertificateIdentity(identities.server?.authority)
    }

    // MARK: Settings

    /// Reads certificates anew if a directive of TLS was set, also to the name that it had before; what is returned puts
    /// them in force.
    func securityChange(_ settings: Settings, changed: [String]) throws(CommandError) -> (() -> Void)? {
        guard changed.contains(where: { $0.hasPrefix("tls-") }) else { return nil }
        do throws(SecurityError) {
            let fresh = try TransportSecurity.Identities(settings)
            let bus = try busPost == nil ? nil : BusIdentities(settings)
            return { [unowned self] in
                security.identities = fresh
                busPost?.adopt(BusTerms(settings, bus))
                identifyCertificates()
            }
        } catch {
            log.write(.warning, error.reason)
            throw .text("Unable to update TLS configuration. Check server logs.")
        }
    }
}

extension CertificateIdentity {
    fileprivate init?(_ summary: CertificateSummary?) {
        guard let summary else { return nil }
        self.init(serial: summary.serial, expiry: summary.expiry)
    }
}
