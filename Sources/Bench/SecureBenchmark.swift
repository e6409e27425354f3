import Glibc

/// GET over TLS at one pipeline, both servers.
struct SecureResult: Sendable {
    let pipeline: Int
    /// CPU time of the server for each command, in nanoseconds.
    let samples: [Sides<Double>]

    var ratio: Double { samples.medianRatio(\.self) }
}

/// Commands over TLS. The client is `redis-benchmark --tls`, since encrypting is not what this program is about.
struct SecureBenchmark {
    static let pipelines = [1, 16]
    private static let keyCount = 100_000

    /// Measures what the options let through; tells in `failures` why it could not.
    static func run(_ options: Options, _ failures: inout [String]) -> [SecureResult] {
        var results: [SecureResult] = []
        for pipeline in pipelines where options.includes("tls-get-p\(pipeline)") {
            do throws(BenchmarkFailure) {
                results.append(try measure(options, pipeline))
                progress("tls-get-p\(pipeline): CPU ratio \(Text.ratio(results.last!.ratio))")
            } catch {
                failures.append("tls-get-p\(pipeline): \(error.text)")
                progress(failures.last!)
            }
        }
        return results
    }

    private static func measure(_ options: Options, _ pipeline: Int) throws(BenchmarkFailure) -> SecureResult {
        let certificate = try Certificate()
        let servers = try Sides(ours: options.ours, theirs: options.theirs).map { program throws(BenchmarkFailure) in
            try SecureServer(program, certificate)
        }
        for server in [servers.ours, servers.theirs] {
            try server.load("set", commands: keyCount * 10, pipeline: 64, options)
        }
        // So many that the handshakes of the clients weigh little.
        let commands = Int(options.seconds * (pipeline == 1 ? 800_000 : 4_000_000))
        var samples: [Sides<Double>] = []
        for _ in 0..<options.pairs {
            samples.append(
                try servers.map { server throws(BenchmarkFailure) in
                    let before = server.process.cpuNanoseconds
                    try server.load("get", commands: commands, pipeline: pipeline, options)
                    return Double(server.process.cpuNanoseconds - before) / Double(commands)
                })
        }
        return SecureResult(pipeline: pipeline, samples: samples)
    }

    /// A server that listens with TLS too, and how to load it.
    private struct SecureServer {
        let process: ServerProcess
        private let port: UInt16
        private let certificate: Certificate

        init(_ program: ServerProgram, _ certificate: Certificate) throws(BenchmarkFailure) {
            self.certificate = certificate
            port = try ServerProcess.freePort()
            process = try ServerProcess(
                program,
                [
                    "--tls-port", "\(port)", "--tls-cert-file", certificate.path, "--tls-key-file", certificate.keyPath,
                    "--tls-ca-cert-file", certificate.path, "--tls-auth-clients", "no",
                ])
        }

        func load(_ test: String, commands: Int, pipeline: Int, _ options: Options) throws(BenchmarkFailure) {
            try ChildProcesses.run([
                "redis-benchmark", "-p", "\(port)", "--tls", "--cacert", certificate.path, "-t", test,
                "-n", "\(commands)", "-P", "\(pipeline)", "-c", "\(options.connections)", "-r", "\(keyCount)", "-d",
                "16",
                "-q",
            ])
        }
    }

    /// A key and a certificate that it has signed itself, for the time of the run.
    private final class Certificate {
        private let directory: String
        var path: String { directory + "/certificate" }
        var keyPath: String { directory + "/key" }

        init() throws(BenchmarkFailure) {
            var template = Array("/tmp/apus-bench-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw .system("mkdtemp") }
            directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try ChildProcesses.run([
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyPath, "-out", path,
            ])
        }

        deinit {
            for file in [path, keyPath, directory] { remove(file) }
        }
    }
}
