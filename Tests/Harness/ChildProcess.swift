import Glibc

/// How a process ended.
public enum ExitStatus: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
}

/// A program that runs beside the test. What it writes to either output goes to one file.
public final class ChildProcess {
    /// Its process id.
    public let pid: pid_t
    /// The file with what it has written.
    public let outputPath: String
    private var status: ExitStatus?

    /// Starts a program found by path or by name in PATH.
    /// - Parameter launcher: options of env, and programs that become this one.
    public init(
        _ program: String, _ arguments: [String], directory: String, inputPath: String = "/dev/null",
        outputPath: String, launcher: [String] = []
    ) throws {
        self.outputPath = outputPath
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // env changes the directory and becomes the program, so the process id is the program's.
        pid = try ChildProcess.spawn("env", ["-C", directory] + launcher + [program] + arguments, &actions)
    }

    deinit { _ = kill() }

    private static func spawn(
        _ program: String, _ arguments: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads that run tests block signals, and a child would inherit that and be deaf to SIGTERM.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, &attributes, &argv, environ)
        guard code == 0 else { throw HarnessError.system("starting \(program)", errno: code) }
        return pid
    }

    /// What it has written so far.
    public var output: String { textOfFile(outputPath) }

    /// How it ended, nil while it runs.
    public func exitStatus() -> ExitStatus? {
        if let status { return status }
        var word: Int32 = 0
        guard waitpid(pid, &word, WNOHANG) == pid else { return nil }
        status = word & 0x7F == 0 ? .exited((word >> 8) & 0xFF) : .signalled(word & 0x7F)
        return status
    }

    /// Waits for its end, nil when the time is over before.
    public func wait(upToMilliseconds bound: Int = 60_000) -> ExitStatus? {
        _ = eventually(withinMilliseconds: bound) { exitStatus() != nil }
        return status
    }

    /// Sends it a signal.
    public func signal(_ number: Int32) {
        if exitStatus() == nil { _ = Glibc.kill(pid, number) }
    }

    /// Asks it to end, and when it has not ended after the bound makes it.
    @discardableResult
    public func terminate(upToMilliseconds bound: Int = 60_000) -> ExitStatus? {
        signal(SIGTERM)
        return wait(upToMilliseconds: bound) ?? kill()
    }

    /// The size to which files may grow under its hands, in bytes; nil for any. What is written beyond fails.
    public func limitFileSize(_ bytes: Int?) throws {
        let result = try runProgram(
            "prlimit", ["--pid", "\(pid)", "--fsize=\(bytes.map(String.init) ?? "unlimited"):"])
        guard result.status == .exited(0) else { throw HarnessError.malformed("prlimit: \(result.output)") }
    }

    /// Ends it at once.
    @discardableResult
    public func kill() -> ExitStatus? {
        signal(SIGKILL)
        return wait()
    }
}

/// What a program that ran to its end left behind.
public struct ProgramResult: Sendable {
    /// How it ended; nil when it took too long and was killed.
    public let status: ExitStatus?
    /// What it wrote to standard output and standard error.
    public let output: String

    /// The lines of the output without empty ones.
    public var lines: [String] {
        output.split { $0.isNewline }.map(String.init)
    }
}

/// Runs a program to its end, with these bytes as its standard input.
public func runProgram(
    _ program: String, _ arguments: [String], input: Bytes = [], withinMilliseconds bound: Int = 180_000
) throws -> ProgramResult {
    let directory = try TemporaryDirectory()
    let inputPath = try directory.write(input, to: "input")
    let child = try ChildProcess(
        program, arguments, directory: directory.path, inputPath: inputPath, outputPath: directory.file("output"))
    let status = child.wait(upToMilliseconds: bound)
    if status == nil { child.kill() }
    return ProgramResult(status: status, output: child.output)
}
