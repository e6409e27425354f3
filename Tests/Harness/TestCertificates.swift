import Glibc

/// An authority and what it has signed, made by openssl in a directory that goes away with it.
public final class TestCertificates {
    private let directory: TemporaryDirectory

    /// Makes an authority with a certificate for a server (`server`).
    public init() throws {
        directory = try TemporaryDirectory()
        try run(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
                + ["-subj", "/CN=authority", "-keyout", key("authority"), "-out", authority])
        try issue("server")
    }

    /// The authority's certificate.
    public var authority: String { certificate("authority") }

    /// The path of a certificate.
    public func certificate(_ name: String) -> String { directory.file(name + ".crt") }

    /// The path of a certificate's key.
    public func key(_ name: String) -> String { directory.file(name + ".key") }

    /// Signs a certificate; its subject is its name unless another is given.
    public func issue(_ name: String, subject: String? = nil) throws {
        let request = directory.file(name + ".csr")
        try run(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + ["-subj", "/CN=\(subject ?? name)", "-keyout", key(name), "-out", request])
        let addition = try directory.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n", to: name + ".ext")
        try run([
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", key("authority"), "-CAcreateserial", "-days",
            "2", "-extfile", addition, "-out", certificate(name),
        ])
    }

    /// Writes a key again, encrypted with a password; its path.
    public func encryptKey(_ name: String, password: String) throws -> String {
        let path = directory.file(name + ".encrypted")
        try run(["pkey", "-in", key(name), "-aes128", "-passout", "pass:\(password)", "-out", path])
        return path
    }

    /// A directory that holds the authority under its hash, as `tls-ca-cert-dir` wants it.
    public func authorityDirectory() throws -> String {
        let path = directory.file("authorities")
        mkdir(path, 0o700)
        let hash = try run(["x509", "-in", authority, "-noout", "-hash"]).lines[0]
        symlink(authority, "\(path)/\(hash).0")
        return path
    }

    /// A file beside them that holds something else.
    public func nonsense() throws -> String { try directory.write("nonsense\n", to: "nonsense") }

    @discardableResult
    private func run(_ arguments: [String]) throws -> ProgramResult {
        let result = try runProgram("openssl", arguments)
        guard result.status == .exited(0) else { throw HarnessError.malformed("openssl: \(result.output)") }
        return result
    }
}
