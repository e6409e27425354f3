import Glibc

/// The two sides of every comparison.
struct Sides<Value> {
    var ours: Value
    var theirs: Value

    /// Both sides of something else.
    func map<Other, Failure>(_ transform: (Value) throws(Failure) -> Other) throws(Failure) -> Sides<Other> {
        Sides<Other>(ours: try transform(ours), theirs: try transform(theirs))
    }
}

extension Sides: Sendable where Value: Sendable {}

/// How to start a server.
struct ServerProgram: Sendable {
    let path: String

    /// Whether the program is started as `redis-server` is, told by its name.
    var isReference: Bool { path.hasSuffix("redis-server") || path.hasSuffix("valkey-server") }

    func arguments(port: UInt16) -> [String] {
        let common = ["--bind", "127.0.0.1", "--protected-mode", "no"]
        if isReference { return [path, "--port", "\(port)", "--save", "", "--appendonly", "no"] + common }
        return [path, "server", "--port", "\(port)", "--save", ""] + common
    }
}

/// A running server on the server's core, and what the kernel knows of it.
final class ServerProcess {
    let port: UInt16
    private let process: pid_t
    private let cpuClock: clockid_t
    private var isRunning = true

    /// Starts a server and waits until it answers.
    /// - Parameter extra: words that follow the usual ones on its command line.
    /// - Parameter core: where it stays; nil for all cores, which its clients then have too.
    /// - Parameter port: where it listens; nil for any.
    init(
        _ program: ServerProgram, _ extra: [String] = [], core: Int? = Core.server, port: UInt16? = nil
    ) throws(BenchmarkFailure) {
        let port = if let port { port } else { try ServerProcess.freePort() }
        self.port = port
        // A child inherits the core of the thread that starts it, and its threads theirs.
        if let core { try Core.pin(to: core) } else { try Core.unpin() }
        process = try ChildProcesses.spawn(program.arguments(port: port) + extra)
        if core != nil { try Core.pin(to: Core.client) }
        var clock = clockid_t()
        guard clock_getcpuclockid(process, &clock) == 0 else { throw BenchmarkFailure("\(program.path) ended at once") }
        cpuClock = clock
        try waitUntilReady(program)
    }

    deinit { stop() }

    /// Ends the process and waits for its end.
    func stop() {
        guard isRunning else { return }
        isRunning = false
        ChildProcesses.remove(process)
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// CPU time of all threads so far, user and system, those that ended included.
    var cpuNanoseconds: UInt64 { Clock.read(cpuClock) }

    /// Resident memory (VmRSS).
    var residentBytes: Int {
        let status = textOfFile("/proc/\(process)/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line.flatMap { Int($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) }
        return (kibibytes ?? 0) * 1024
    }

    /// How long its threads were ready to run while something else had their core.
    var runQueueNanoseconds: UInt64 {
        let tasks = "/proc/\(process)/task"
        return namesInDirectory(tasks).reduce(0) { sum, task in
            let fields = (textOfFile("\(tasks)/\(task)/schedstat") ?? "").split(separator: " ")
            return sum + (fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0)
        }
    }

    /// What the server says it is: its name and version.
    func identity(of program: ServerProgram) throws(BenchmarkFailure) -> String {
        let lines = try ControlConnection(port: port).call("INFO", "server").split(whereSeparator: \.isNewline)
        for (field, name) in [("apus_version:", "Apus"), ("valkey_version:", "Valkey"), ("redis_version:", "Redis")] {
            if let line = lines.first(where: { $0.hasPrefix(field) }) {
                return "\(name) \(line.dropFirst(field.count))"
            }
        }
        return program.path
    }

    /// A port of the loopback interface that nobody uses now.
    static func freePort() throws(BenchmarkFailure) -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = Loopback.address(port: 0)
        guard Loopback.bind(probe, &address) else { throw .system("bind") }
        return Loopback.port(of: probe)
    }

    private func waitUntilReady(_ program: ServerProgram) throws(BenchmarkFailure) {
        for _ in 0..<500 {
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                isRunning = false
                ChildProcesses.remove(process)
                throw BenchmarkFailure("\(program.path) ended at once")
            }
            if let control = try? ControlConnection(port: port), let reply = try? control.call("PING"), reply == "PONG"
            {
                return
            }
            Clock.sleep(seconds: 0.02)
        }
        throw BenchmarkFailure("\(program.path) does not answer on port \(port)")
    }
}

/// The processes that must not outlive this one.
enum ChildProcesses {
    private static let capacity = 16
    /// Used by the thread that measures and by signal handlers, which only read it; 0 is an empty place.
    nonisolated(unsafe) private static let processes: UnsafeMutablePointer<pid_t> = {
        let places = UnsafeMutablePointer<pid_t>.allocate(capacity: capacity)
        places.initialize(repeating: 0, count: capacity)
        return places
    }()

    /// Starts a program with its output discarded, found in PATH when its name has no slash.
    static func spawn(_ arguments: [String]) throws(BenchmarkFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var child = pid_t()
        let result = posix_spawnp(&child, arguments[0], &actions, nil, &pointers, environ)
        guard result == 0 else { throw BenchmarkFailure("\(arguments[0]): \(String(cString: strerror(result)))") }
        add(child)
        return child
    }

    private static func add(_ process: pid_t) { replace(0, with: process) }

    static func remove(_ process: pid_t) { replace(process, with: 0) }

    private static func replace(_ old: pid_t, with new: pid_t) {
        for index in 0..<capacity where processes[index] == old {
            processes[index] = new
            return
        }
    }

    /// Runs a program to its end, which has to be a success and to come in time.
    static func run(_ arguments: [String], seconds: Int = 60) throws(BenchmarkFailure) {
        let child = try spawn(arguments)
        defer { remove(child) }
        var status: Int32 = 0
        for _ in 0..<100 * seconds {
            if waitpid(child, &status, WNOHANG) == child {
                guard status != 0 else { return }
                throw BenchmarkFailure("\(arguments.joined(separator: " ")): status \(status)")
            }
            Clock.sleep(seconds: 0.01)
        }
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        throw BenchmarkFailure("\(arguments[0]) did not end within \(seconds) s")
    }

    static func killAll() {
        for index in 0..<capacity where processes[index] != 0 { kill(processes[index], SIGKILL) }
    }

    /// Sees to it that an interrupted run leaves no server behind.
    static func killAllWhenInterrupted() {
        _ = processes
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                ChildProcesses.killAll()
                _exit(128 + number)
            }
        }
    }
}
