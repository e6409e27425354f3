import Settings

/// What one end of TLS connections shows, trusts and agrees to.
public struct SecurityOptions: Sendable {
    /// The file with the certificate and those that lead to its authority; empty for none.
    public var certificateFile = ""
    /// The file with the certificate's key.
    public var keyFile = ""
    /// What the key is encrypted with.
    public var keyPassword = ""
    /// The file with the certificates of authorities; empty for none.
    public var authorityFile = ""
    /// The directory with the certificates of authorities, named by their hashes; empty for none.
    public var authorityDirectory = ""
    /// Names of the versions, separated by spaces; empty for 1.2 and 1.3.
    public var protocols = ""
    /// Cipher suites up to version 1.2; empty for the usual ones.
    public var ciphers = ""
    /// Cipher suites of version 1.3; empty for all.
    public var cipherSuites = ""
    /// Whether clients have to show a certificate.
    public var clientCertificates = ClientCertificates.yes

    /// Nothing shown, nothing trusted.
    public init() {}

    /// What the directives ask of a server.
    public init(server settings: Settings) {
        self.init(common: settings)
        certificateFile = settings.tlsCertFile
        keyFile = settings.tlsKeyFile
        keyPassword = settings.tlsKeyFilePass
        clientCertificates = settings.tlsAuthClients
    }

    /// What the directives ask of a node that is a client of another: its own certificate, unless there is one for that.
    public init(client settings: Settings) {
        self.init(common: settings)
        let isSeparate = !settings.tlsClientCertFile.isEmpty
        certificateFile = isSeparate ? settings.tlsClientCertFile : settings.tlsCertFile
        keyFile = isSeparate ? settings.tlsClientKeyFile : settings.tlsKeyFile
        keyPassword = isSeparate ? settings.tlsClientKeyFilePass : settings.tlsKeyFilePass
    }

    private init(common settings: Settings) {
        authorityFile = settings.tlsCaCertFile
        authorityDirectory = settings.tlsCaCertDir
        protocols = settings.tlsProtocols
        ciphers = settings.tlsCiphers
        cipherSuites = settings.tlsCiphersuites
    }

    /// Whether any authority is trusted.
    var hasAuthority: Bool { !authorityFile.isEmpty || !authorityDirectory.isEmpty }
}
