import Glibc
import Harness
import Testing

extension ProcessTests {
    /// TLS with the clients that come with Redis and with openssl.
    @Suite(.serialized) struct EncryptionTests {
        @Test func redisCommandLine() throws {
            try withSecureServer { server in
                try expect(server.cli(["SET", "k", "two words"]).output, is: "OK\n")
                try expect(server.cli(["GET", "k"]).output, is: "two words\n")
                try expect(server.process.connect().run("GET", "k"), is: .text("two words"))
                let information = try server.cli(["INFO", "server"]).output
                #expect(information.contains("tcp_port:\(server.process.port)\r\n"))
                #expect(information.contains("listener1:name=tls,bind=127.0.0.1,port=\(server.port)\r\n"))
                #expect(server.process.logs("Ready to accept connections tls\n"))
                #expect(!server.process.log.contains("have no effect yet"))
            }
        }

        @Test func aPipelineOfLargeValues() throws {
            try withSecureServer { server in
                let value = String(repeating: "0123456789", count: 100_000)
                let requests = (0..<20).map { encodedRequest("SET", "key:\($0)", value) }
                let result = try server.cli(["--pipe"], input: Bytes(requests.joined()))
                #expect(result.output.contains("errors: 0, replies: 20"))
                try #expect(server.cli(["MGET"] + (0..<20).map { "key:\($0)" }).output.utf8.count == 20 * 1_000_001)
            }
        }

        @Test func repliesWaitForTheDiskToo() throws {
            try withSecureServer(["appendonly yes", "appendfsync always"]) { server in
                try expect(server.cli(["SET", "k", "v"]).output, is: "OK\n")
                try server.process.child.limitFileSize(200)
                let unknown = try server.cli(["SET", "k", String(repeating: "x", count: 1000)]).output
                #expect(unknown.hasPrefix("UNKNOWNOUTCOME "))
                try server.process.child.limitFileSize(nil)
                #expect(
                    eventually { (try? server.cli(["SET", "k", "w"]).output) == "OK\n" })
            }
        }

        @Test func openssl() throws {
            try withSecureServer { server in
                let result = try server.openssl(["-quiet"], input: "PING\r\nECHO hello\r\nQUIT\r\n")
                #expect(result.output.contains("+PONG\r\n$5\r\nhello\r\n+OK\r\n"))
                let old = try server.openssl(["-tls1_1"], input: "PING\r\n")
                #expect(!old.output.contains("+PONG"))
            }
        }

        @Test func oneVersionAndOneCipher() throws {
            let wishes = ["tls-protocols TLSv1.2", "tls-ciphers ECDHE-ECDSA-AES256-GCM-SHA384"]
            try withSecureServer(wishes) { server in
                let result = try server.openssl([], input: "PING\r\n")
                #expect(result.output.contains("TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"))
                let other = try server.openssl(["-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], input: "PING\r\n")
                #expect(!other.output.contains("+PONG"))
            }
        }

        @Test func aSecondHandshakeEndsTheConnection() throws {
            try withSecureServer(["tls-protocols TLSv1.2"]) { server in
                // `R` at the beginning of a line asks openssl for it.
                let result = try server.openssl([], input: "R\nPING\r\n")
                #expect(!result.output.contains("+PONG"))
                try expect(server.cli(["PING"]).output, is: "PONG\n")
            }
        }

        @Test func tlsAlone() throws {
            let certificates = try TestCertificates()
            let port = try freePort()
            let process = try ServerProcess(
                .apus, port: 0, SecureServer.configuration(port, certificates) + ["tls-auth-clients no"])
            defer { process.stop() }
            let server = SecureServer(process: process, port: port, certificates: certificates)
            #expect(eventually { (try? server.cli(["PING"]).output) == "PONG\n" })
            #expect(try server.cli(["INFO", "server"]).output.contains("tcp_port:\(port)\r\n"))
        }

        @Test(
            arguments: [
                ("no", nil, true), ("no", "alice", true), ("optional", nil, true), ("optional", "alice", true),
                ("optional", "stranger", false), ("yes", nil, false), ("yes", "alice", true),
                ("yes", "stranger", false),
            ] as [(String, String?, Bool)])
        func certificatesOfClients(asked: String, shown: String?, isAdmitted: Bool) throws {
            try withSecureServer(["tls-auth-clients \(asked)"]) { server in
                let issuer = shown == "stranger" ? try TestCertificates() : server.certificates
                if let shown { try issuer.issue(shown) }
                let words = shown.map { ["--cert", issuer.certificate($0), "--key", issuer.key($0)] } ?? []
                let output = try server.cli(words + ["PING"]).output
                #expect((output == "PONG\n") == isAdmitted, "\(output)")
                let refusal = "Error accepting a client connection: error:"
                #expect(isAdmitted ? !server.process.log.contains(refusal) : server.process.logs(refusal))
            }
        }

        @Test func theCertificateNamesTheUser() throws {
            try withSecureServer(["tls-auth-clients yes", "tls-auth-clients-user CN"]) { server in
                let connection = try server.process.connect()
                try expect(connection.run("CONFIG", "SET", "requirepass", "secret"), is: .ok)
                try server.certificates.issue("known", subject: "default")
                try server.certificates.issue("unknown", subject: "nobody")
                func ping(_ name: String) throws -> String {
                    try server.cli(
                        ["--cert", server.certificates.certificate(name), "--key", server.certificates.key(name)]
                            + ["PING"]
                    ).output
                }
                try expect(ping("known"), is: "PONG\n")
                try #expect(ping("unknown").hasPrefix("NOAUTH "))
                let counted = try connection.run("INFO", "stats").text ?? ""
                #expect(counted.contains("acl_access_denied_tls_cert:1\r\n"))
            }
        }

        @Test func certificatesAreReadAnew() throws {
            try withSecureServer { server in
                let connection = try server.process.connect()
                let path = server.certificates.certificate("server")
                let before = try server.subject()
                try server.certificates.issue("server", subject: "renewed")
                #expect(try server.subject() == before)
                try expect(connection.run("CONFIG", "SET", "tls-key-file", server.certificates.key("server")), is: .ok)
                #expect(try server.subject().contains("renewed"))
                try server.certificates.issue("server", subject: "renewed again")
                let shown = try connection.run("INFO", "tls").text ?? ""
                try expect(connection.run("CONFIG", "SET", "tls-cert-file", path), is: .ok)
                #expect(try server.subject().contains("renewed again"))
                #expect(try connection.run("INFO", "tls").text != shown)
            }
        }

        /// What INFO shows is what openssl reads in the files.
        @Test func certificatesAreShown() throws {
            try withSecureServer { server in
                let shown = try server.process.connect().run("INFO", "tls").text ?? ""
                for (name, path) in [
                    ("server", server.certificates.certificate("server")), ("ca", server.certificates.authority),
                ] {
                    let read = try runProgram(
                        "openssl", ["x509", "-noout", "-serial", "-enddate", "-in", path]
                    ).output
                    for (label, field) in [("serial=", "serial"), ("notAfter=", "expire_time")] {
                        let line = try #require(read.split(separator: "\n").first { $0.hasPrefix(label) })
                        #expect(
                            shown.contains("tls_\(name)_cert_\(field):\(line.dropFirst(label.count))\r\n"), "\(shown)")
                    }
                }
                #expect(shown.contains("tls_client_cert_serial:none\r\ntls_client_cert_expires_in_seconds:0\r\n"))
            }
        }

        @Test func connectionsOutliveTheCertificates() throws {
            try withSecureServer { server in
                let script = """
                    PING
                    CONFIG SET tls-cert-file \(server.certificates.certificate("server"))
                    PING
                    """
                try expect(server.cli([], input: Bytes(script.utf8)).lines, is: ["PONG", "OK", "PONG"])
            }
        }

        @Test func aWrongFileChangesNothing() throws {
            try withSecureServer { server in
                let connection = try server.process.connect()
                let nonsense = try server.certificates.nonsense()
                let changes = [
                    ("tls-cert-file", nonsense), ("tls-key-file", "/nowhere"), ("tls-ca-cert-file", nonsense),
                    ("tls-protocols", "foo"), ("tls-ciphers", "foo"), ("tls-ca-cert-dir", "/nowhere"),
                ]
                for (name, value) in changes {
                    let before = try connection.run("CONFIG", "GET", name)
                    let reason = "Unable to update TLS configuration. Check server logs."
                    let refusal = "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)"
                    try expect(connection.run("CONFIG", "SET", name, value), is: .error(refusal))
                    try expect(connection.run("CONFIG", "GET", name), is: before)
                    let log = server.process.log
                    #expect(log.contains(value) || log.contains("Invalid \(name) specified"))
                    try expect(server.cli(["PING"]).output, is: "PONG\n")
                }
            }
        }

        @Test func thePortCanBeChanged() throws {
            try withSecureServer { server in
                let connection = try server.process.connect()
                var moved = server
                moved.port = try freePort()
                try expect(connection.run("CONFIG", "SET", "tls-port", "\(moved.port)"), is: .ok)
                try expect(moved.cli(["PING"]).output, is: "PONG\n")
                try #expect(server.cli(["PING"]).output.contains("Connection refused"))
                try expect(connection.run("CONFIG", "SET", "tls-port", "0"), is: .ok)
                try #expect(moved.cli(["PING"]).output.contains("Connection refused"))
                try expect(connection.run("PING"), is: .simple("PONG"))
            }
        }

        @Test func aStartThatCannotWorkSaysWhy() throws {
            let certificates = try TestCertificates()
            let nonsense = try certificates.nonsense()
            let wrong: [([String], String)] = [
                (["tls-cert-file \(nonsense)"], "Failed to load certificate: \(nonsense): "),
                (["tls-key-file /nowhere"], "Failed to load private key: /nowhere: No such file or directory"),
                (["tls-ca-cert-file \(nonsense)"], "file/directory: \(nonsense): "),
                (["tls-ciphers foo"], "Failed to configure ciphers: foo"),
                (["tls-cert-file \"\""], "No tls-cert-file configured!"),
            ]
            for (lines, reason) in wrong {
                let port = try freePort()
                let process = try ServerProcess(
                    .apus, port: try freePort(), SecureServer.configuration(port, certificates) + lines)
                #expect(process.child.wait() == .exited(1))
                #expect(process.logs(reason), "\(process.log)")
                #expect(process.logs("Failed to configure TLS. Check logs for more info."))
            }
        }

        // MARK: Hostile peers

        @Test(arguments: ["PING\r\n", "GET / HTTP/1.0\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}", "\u{0}\u{0}\u{0}"])
        func whatIsNoHandshakeEndsTheConnection(text: String) throws {
            try withSecureServer { server in
                let connection = try Connection(port: server.port)
                try connection.send(text: text + String(repeating: "x", count: 20_000))
                #expect(try connection.receiveBytes().closed)
                try expect(server.cli(["PING"]).output, is: "PONG\n")
                #expect(server.process.logs("Error accepting a client connection: error:"))
            }
        }

        @Test func halfAHandshakeCountsAsAClient() throws {
            try withSecureServer(["maxclients 3"]) { server in
                let first = try server.process.connect()
                let half = try Connection(port: server.port)
                try half.send([0x16, 0x03, 0x01])
                let silent = try Connection(port: server.port)
                #expect(eventually { (try? first.run("CLIENT", "LIST").text?.split(separator: "\n").count) == 3 })
                #expect(try server.cli(["PING"]).output != "PONG\n")
                half.endWriting()
                #expect(try half.receiveBytes().closed)
                silent.endWriting()
                #expect(try silent.receiveBytes().closed)
                #expect(eventually { (try? server.cli(["PING"]).output) == "PONG\n" })
            }
        }

        @Test func aSlowReaderIsCut() throws {
            try withSecureServer(["client-output-buffer-limit normal 2mb 0 0"]) { server in
                let connection = try server.process.connect()
                try connection.run("SET", "k", String(repeating: "x", count: 1 << 20))
                // Nobody takes what openssl writes, so it reads no more; until the flag goes away.
                let directory = try TemporaryDirectory()
                let flag = try directory.write("", to: "flag")
                let child = try ChildProcess(
                    "sh", ["-c", SecureServer.deafClient, flag, "\(server.port)"], directory: directory.path,
                    outputPath: directory.file("output"))
                #expect(
                    eventually {
                        (try? connection.run("INFO", "stats").text)?.contains(
                            "client_output_buffer_limit_disconnections:1\r\n") == true
                    })
                unlink(flag)
                #expect(child.wait() != nil)
                try expect(connection.run("PING"), is: .simple("PONG"))
            }
        }
    }
}

/// A server that listens with TLS beside the plain port.
private struct SecureServer {
    let process: ServerProcess
    var port: Int
    let certificates: TestCertificates

    static func configuration(_ port: Int, _ certificates: TestCertificates) -> [String] {
        [
            "tls-port \(port)", "tls-cert-file \(certificates.certificate("server"))",
            "tls-key-file \(certificates.key("server"))", "tls-ca-cert-file \(certificates.authority)",
        ]
    }

    /// Asks for much through openssl and takes nothing, as long as there is the file it is called with.
    static let deafClient = """
        await() { while [ -e "$0" ]; do sleep 0.1; done; }
        (for i in $(seq 100); do echo GET k; done; await) |
            openssl s_client -quiet -connect 127.0.0.1:$1 2>/dev/null | await
        """

    func cli(_ arguments: [String], input: Bytes = []) throws -> ProgramResult {
        let words = ["-p", "\(port)", "--tls", "--cacert", certificates.authority]
        return try runProgram("redis-cli", words + arguments, input: input)
    }

    func openssl(_ arguments: [String], input: String) throws -> ProgramResult {
        let words = ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.authority]
        return try runProgram("openssl", words + arguments, input: Bytes(input.utf8))
    }

    /// The line in which openssl tells whose certificate the server shows.
    func subject() throws -> String {
        try openssl([], input: "QUIT\r\n").lines.first { $0.hasPrefix("subject=") } ?? ""
    }
}

private func withSecureServer<Result>(
    _ configuration: [String] = [], _ body: (SecureServer) throws -> Result
) throws -> Result {
    let certificates = try TestCertificates()
    let port = try freePort()
    let lines = SecureServer.configuration(port, certificates)
    let hasRule = configuration.contains { $0.hasPrefix("tls-auth-clients ") }
    return try withServer(.apus, lines + (hasRule ? [] : ["tls-auth-clients no"]) + configuration) { process in
        try body(SecureServer(process: process, port: port, certificates: certificates))
    }
}
