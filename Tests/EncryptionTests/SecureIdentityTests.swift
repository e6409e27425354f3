import Encryption
import Harness
import Settings
import Testing

/// Who is let in, and what is said of files and values that make no sense.
@Suite struct SecureIdentityTests {
    struct Admission: CustomTestStringConvertible, Sendable {
        let asked: ClientCertificates
        let shown: String?
        let isAdmitted: Bool
        var testDescription: String { "\(asked), \(shown ?? "nothing") shown" }
    }

    @Test(arguments: [
        Admission(asked: .no, shown: nil, isAdmitted: true),
        Admission(asked: .no, shown: "alice", isAdmitted: true),
        Admission(asked: .optional, shown: nil, isAdmitted: true),
        Admission(asked: .optional, shown: "alice", isAdmitted: true),
        Admission(asked: .optional, shown: "stranger", isAdmitted: false),
        Admission(asked: .yes, shown: nil, isAdmitted: false),
        Admission(asked: .yes, shown: "alice", isAdmitted: true),
        Admission(asked: .yes, shown: "stranger", isAdmitted: false),
    ])
    func certificatesOfClients(admission: Admission) throws {
        let (certificates, elsewhere) = (try TestCertificates(), try TestCertificates())
        let issuer = admission.shown == "stranger" ? elsewhere : certificates
        if let name = admission.shown { try issuer.issue(name) }
        let pair = try Pair(certificates) {
            $0.clientCertificates = admission.asked
        } client: {
            guard let name = admission.shown else { return }
            $0.certificateFile = issuer.certificate(name)
            $0.keyFile = issuer.key(name)
        }
        pair.shakeHands()
        #expect(pair.server.isOpen == admission.isAdmitted)
        let isNamed = admission.isAdmitted && admission.asked != .no
        #expect(pair.server.peerCommonName == (isNamed ? admission.shown : nil))
    }

    @Test func aClientTrustsNoStranger() throws {
        let elsewhere = try TestCertificates()
        let pair = try Pair(client: { $0.authorityFile = elsewhere.authority })
        pair.shakeHands()
        #expect(!pair.server.isOpen && pair.client.failure?.contains("CERTIFICATE_VERIFY_FAILED") == true)
    }

    @Test(arguments: ["TLSv1.2", "TLSv1.3", "tlsv1.2 TLSv1.3", "TLSv1 TLSv1.1 TLSv1.2"])
    func versions(protocols: String) throws {
        let pair = try Pair(server: { $0.protocols = protocols })
        pair.shakeHands()
        #expect(pair.server.isOpen)
        #expect(pair.server.version == (protocols.hasSuffix("3") ? "TLSv1.3" : "TLSv1.2"))
    }

    @Test func versionsThatDoNotMeetFail() throws {
        let pair = try Pair(server: { $0.protocols = "TLSv1.3" }, client: { $0.protocols = "TLSv1.2" })
        pair.shakeHands()
        #expect(!pair.server.isOpen && pair.server.failure != nil)
    }

    @Test(arguments: [
        "DEFAULT", "HIGH:!aNULL:!MD5", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE+AESGCM:ECDHE+CHACHA20",
        "ALL:!RSA:@STRENGTH", "EECDH,AES256", "AES128-SHA:DEFAULT:+AES128",
    ])
    func ciphers(list: String) throws {
        let pair = try Pair {
            $0.ciphers = list
            $0.protocols = "TLSv1.2"
        }
        pair.shakeHands()
        #expect(pair.server.isOpen)
    }

    @Test func ciphersThatDoNotMeetFail() throws {
        let pair = try Pair {
            $0.ciphers = "ECDHE+AES256"
            $0.protocols = "TLSv1.2"
        } client: {
            $0.ciphers = "CHACHA20"
        }
        pair.shakeHands()
        #expect(!pair.server.isOpen && pair.server.failure?.contains("NO_SHARED_CIPHER") == true)
    }

    @Test(arguments: ["foo", "ALL:foo", "!ALL", "ALL:-AES:-CHACHA20", "DES", ":", "MD5:NULL"])
    func ciphersThatNobodyHas(list: String) throws {
        #expect(try refusal { $0.ciphers = list } == "Failed to configure ciphers: \(list)")
    }

    @Test func wishesThatCannotBeGranted() throws {
        #expect(try refusal { $0.cipherSuites = "foo" } == "Failed to configure ciphersuites: foo")
        let versions = "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."
        #expect(try refusal { $0.protocols = "foo" } == "Invalid tls-protocols specified. \(versions)")
        #expect(try refusal { $0.protocols = "TLSv1.1 TLSv1.3" }?.hasPrefix("tls-protocols cannot leave") == true)
        #expect(try refusal { $0.certificateFile = "" } == "No tls-cert-file configured!")
        #expect(try refusal { $0.keyFile = "" } == "No tls-key-file configured!")
        let missing = try refusal {
            $0.authorityFile = ""
            $0.clientCertificates = .yes
        }
        #expect(missing?.hasPrefix("Either tls-ca-cert-file or tls-ca-cert-dir must be specified") == true)
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let certificates = try TestCertificates()
        try certificates.issue("other")
        let (none, nonsense) = ("/nowhere/file", try certificates.nonsense())
        let absent = "\(none): No such file or directory"
        #expect(try refusal { $0.certificateFile = none } == "Failed to load certificate: \(absent)")
        #expect(try refusal { $0.keyFile = none } == "Failed to load private key: \(absent)")
        let authority = "Failed to configure CA certificate(s) file/directory: "
        #expect(try refusal { $0.authorityFile = none } == authority + absent)
        #expect(try refusal { $0.authorityDirectory = none } == authority + absent)
        let empty = "\(nonsense): no certificate in it"
        #expect(try refusal { $0.certificateFile = nonsense } == "Failed to load certificate: \(empty)")
        #expect(try refusal { $0.authorityFile = nonsense } == authority + empty)
        #expect(try refusal { $0.keyFile = nonsense }?.hasPrefix("Failed to load private key: \(nonsense): ") == true)
        let mismatch = try refusal { $0.keyFile = certificates.key("other") }
        let foreign = "\(certificates.key("other")): it is not the certificate's key"
        #expect(mismatch == "Failed to load private key: \(foreign)")
    }

    @Test func keysWithAPassword() throws {
        let certificates = try TestCertificates()
        let path = try certificates.encryptKey("server", password: "secret")
        func withPassword(_ password: String) -> (inout SecurityOptions) -> Void {
            {
                $0.keyFile = path
                $0.keyPassword = password
            }
        }
        let pair = try Pair(certificates, server: withPassword("secret"))
        pair.shakeHands()
        #expect(pair.server.isOpen)
        for wrong in ["", "wrong"] {
            #expect(try refusal(certificates, withPassword(wrong))?.contains(path) == true)
        }
    }

    @Test func authoritiesInADirectory() throws {
        let certificates = try TestCertificates()
        try certificates.issue("alice")
        let directory = try certificates.authorityDirectory()
        for both in [false, true] {
            let pair = try Pair(certificates) {
                $0.authorityDirectory = directory
                if !both { $0.authorityFile = "" }
                $0.clientCertificates = .yes
            } client: {
                $0.certificateFile = certificates.certificate("alice")
                $0.keyFile = certificates.key("alice")
            }
            pair.shakeHands()
            #expect(pair.server.isOpen && pair.server.peerCommonName == "alice")
        }
    }

    /// Why a server with such options is refused; nil if it is not.
    private func refusal(
        _ certificates: TestCertificates? = nil, _ change: (inout SecurityOptions) -> Void
    ) throws -> String? {
        let certificates = try certificates ?? TestCertificates()
        var options = SecurityOptions.server(certificates)
        change(&options)
        // The files go away with their owner.
        return withExtendedLifetime(certificates) {
            do throws(SecurityError) {
                _ = try SecureIdentity(server: options)
                return nil
            } catch {
                return error.reason
            }
        }
    }
}
