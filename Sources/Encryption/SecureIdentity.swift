import NIOCore
import NIOSSL
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What one end of TLS connections shows, trusts and agrees to, read from its files. It does not change: who wants other
/// certificates makes another one, and connections go on with what they began with.
public struct SecureIdentity: Sendable {
    let context: NIOSSLContext
    /// What it shows of itself; nil where it shows nothing.
    public let certificate: CertificateSummary?
    /// Of the authorities in the file that it trusts, the one that expires first; nil without such a file.
    public let authority: CertificateSummary?

    /// - Throws: names the directive or the file, and the reason.
    public init(server options: SecurityOptions) throws(SecurityError) {
        guard !options.certificateFile.isEmpty else { throw .missing("tls-cert-file") }
        guard !options.keyFile.isEmpty else { throw .missing("tls-key-file") }
        guard options.clientCertificates == .no || options.hasAuthority else { throw SecureIdentity.noAuthority }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try options.certificates, privateKey: try options.key)
        configuration.certificateVerification =
            switch options.clientCertificates {
            case .no: .none
            case .optional: .optionalVerification
            case .yes: .noHostnameVerification
            }
        self = try SecureIdentity(configuration, options)
    }

    /// - Throws: names the directive or the file, and the reason.
    public init(client options: SecurityOptions) throws(SecurityError) {
        guard options.hasAuthority else { throw SecureIdentity.noAuthority }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !options.certificateFile.isEmpty {
            configuration.certificateChain = try options.certificates
            configuration.privateKey = try options.key
        }
        configuration.certificateVerification = .noHostnameVerification
        self = try SecureIdentity(configuration, options)
    }

    private init(_ base: TLSConfiguration, _ options: SecurityOptions) throws(SecurityError) {
        var configuration = base
        (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = try options.versions
        if options.hasAuthority {
            configuration.trustRoots = try options.trustRoots
            configuration.additionalTrustRoots = try options.additionalTrustRoots
        }
        try options.checkSuites()
        if !options.ciphers.isEmpty { configuration.cipherSuites = try CipherList(options.ciphers).text }
        // Whoever closes does not wait for the other's good-bye.
        configuration.shutdownTimeout = .zero
        certificate = options.certificateFile.isEmpty ? nil : CertificateSummary(first: try options.ownCertificates)
        authority = options.authorityFile.isEmpty ? nil : CertificateSummary(first: try options.authorities)
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            let isForeignKey = error as? NIOSSLError == .failedToLoadPrivateKey
            let reason = isForeignKey ? "it is not the certificate's key" : SecurityError.text(of: error)
            throw .file(purpose: "private key", path: options.keyFile, reason: reason)
        }
    }

    private static let noAuthority = SecurityError.refused(
        "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or "
            + "tls-auth-clients are enabled!")
}

extension TLSVersion {
    static let names: KeyValuePairs<String, TLSVersion> = [
        "TLSv1": .tlsv1, "TLSv1.1": .tlsv11, "TLSv1.2": .tlsv12, "TLSv1.3": .tlsv13,
    ]
}

extension SecurityOptions {
    fileprivate var certificates: [NIOSSLCertificateSource] {
        get throws(SecurityError) {
            try ownCertificates.map { .certificate($0) }
        }
    }

    fileprivate var ownCertificates: [NIOSSLCertificate] {
        get throws(SecurityError) { try SecurityOptions.certificates(certificateFile, purpose: "certificate") }
    }

    fileprivate var key: NIOSSLPrivateKeySource {
        get throws(SecurityError) {
            let bytes = try SecurityOptions.bytes(of: keyFile, purpose: "private key")
            do {
                return .privateKey(try NIOSSLPrivateKey(bytes: bytes, format: .pem) { $0(keyPassword.utf8) })
            } catch {
                throw .file(purpose: "private key", path: keyFile, reason: "no key, or not with this password")
            }
        }
    }

    /// The directory if there is one, since only the main roots can be one; the file beside it, or alone.
    fileprivate var trustRoots: NIOSSLTrustRoots {
        get throws(SecurityError) {
            if authorityDirectory.isEmpty { return .certificates(try authorities) }
            guard let directory = opendir(authorityDirectory) else {
                throw SecurityOptions.authorityFailure(authorityDirectory, SecurityOptions.systemError)
            }
            closedir(directory)
            return .file(authorityDirectory)
        }
    }

    fileprivate var additionalTrustRoots: [NIOSSLAdditionalTrustRoots] {
        get throws(SecurityError) {
            authorityDirectory.isEmpty || authorityFile.isEmpty ? [] : [.certificates(try authorities)]
        }
    }

    fileprivate var authorities: [NIOSSLCertificate] {
        get throws(SecurityError) {
            do throws(SecurityError) {
                return try SecurityOptions.certificates(authorityFile, purpose: "")
            } catch {
                guard case .file(_, let path, let reason) = error else { throw error }
                throw SecurityOptions.authorityFailure(path, reason)
            }
        }
    }

    private static func authorityFailure(_ path: String, _ reason: String) -> SecurityError {
        .refused("Failed to configure CA certificate(s) file/directory: \(path): \(reason)")
    }

    /// The oldest and the newest version; those between them are agreed to as well.
    fileprivate var versions: (TLSVersion, TLSVersion) {
        get throws(SecurityError) {
            let words = protocols.split(separator: " ").map { $0.lowercased() }
            if words.isEmpty { return (.tlsv12, .tlsv13) }
            let known = TLSVersion.names.map { $0.key.lowercased() }
            let chosen = known.indices.filter { words.contains(known[$0]) }
            guard words.allSatisfy(known.contains), let first = chosen.first, let last = chosen.last else {
                throw .refused(
                    "Invalid tls-protocols specified. "
                        + "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.")
            }
            guard last - first + 1 == chosen.count else {
                throw .refused("tls-protocols cannot leave a version out between two others: \(protocols)")
            }
            return (TLSVersion.names[first].value, TLSVersion.names[last].value)
        }
    }

    /// The library agrees to all suites of version 1.3: fewer cannot be had, and unknown ones are a mistake.
    fileprivate func checkSuites() throws(SecurityError) {
        let known: Set = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
        guard cipherSuites.split(separator: ":").allSatisfy({ known.contains(String($0)) }) else {
            throw .refused("Failed to configure ciphersuites: \(cipherSuites)")
        }
    }

    private static func certificates(
        _ path: String, purpose: String
    ) throws(SecurityError) -> [NIOSSLCertificate] {
        let bytes = try bytes(of: path, purpose: purpose)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw .file(purpose: purpose, path: path, reason: "no certificate in it")
        }
        return found
    }

    private static func bytes(of path: String, purpose: String) throws(SecurityError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw .file(purpose: purpose, path: path, reason: systemError) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[0..<count] }
        if ferror(file) != 0 { throw .file(purpose: purpose, path: path, reason: systemError) }
        return bytes
    }

    private static var systemError: String { String(cString: strerror(errno)) }
}
