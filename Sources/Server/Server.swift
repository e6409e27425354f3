// Server: the only place with I/O. Event loop, sockets, files, signals, threads, and the wiring of a node to them. May import
// every module below.
import Commands
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Runs one node in this process until it is told to end.
///
/// Steps of the start, in this order since each needs the one before: settings, directory, daemon, log, limits, sockets,
/// node, loop.
public enum Server {
    /// Runs `apus server`, or `redis-server` under that name; returns the exit code.
    public static func main(_ arguments: [String]) -> Int32 {
        switch Invocation.parse(arguments) {
        case .print(let text, let code):
            print(text)
            return code
        case .fail(let text):
            printError(text)
            return 1
        case .serve(let settings, let file): return serve(settings, configurationFile: file)
        }
    }

    private static func serve(_ settings: Settings, configurationFile: String?) -> Int32 {
        var settings = settings
        _ = Process.startDirectory
        do throws(SettingsError) {
            try enterDirectory(&settings)
            try settings.checkCores()
            _ = try FormingThread.sources(settings)
            try Node.checkRenames(settings)
            try Node.checkUsers(settings)
            try Log.check(settings)
        } catch {
            printError(error.fatalReport(version: Release.apus))
            return 1
        }
        if settings.daemonize, Process.daemonize() != 0 {
            printError("Can't become a daemon: \(systemError())")
            return 1
        }
        let log = Log(settings)
        defer { log.finish() }
        Process.prepare(settings, log)
        log.start()
        announce(log, configurationFile)
        warnOfIdleDirectives(settings, log)
        let plan = ServingPlan(settings: settings, configurationFile: configurationFile, log: log)
        let (code, restart) = run(plan)
        if code != 0 { return code }
        if let path = Process.pidFile(settings) { unlink(path) }
        log.write(.warning, "Apus is now ready to exit, bye bye...")
        if let restart {
            log.finish()
            restart.carryOut()
        }
        return 0
    }

    /// What all cores are started with.
    private struct ServingPlan: Sendable {
        let settings: Settings
        let configurationFile: String?
        let log: Log
    }

    /// Runs all cores until they end, the first on this thread.
    private static func run(_ plan: ServingPlan) -> (code: Int32, restart: Restart?) {
        let bus = plan.settings.clusterEnabled ? BusThread() : nil
        let http: HTTPThread?
        do throws(StartError) {
            http = try HTTPThread.start(plan.settings, plan.log, bus)
        } catch {
            plan.log.write(.warning, error.reason)
            return (1, nil)
        }
        defer { http?.end() }
        let group = CoreGroup(count: plan.settings.cores)
        let others = (1..<max(1, group.count)).map { index in
            CoreThread { run(plan, Core(index: index, group: group), bus, http) }
        }
        let code = run(plan, Core(index: 0, group: group), bus, http)
        return (others.reduce(code) { max($0, $1.join()) }, group.restart)
    }

    /// Runs one core until it ends; returns an exit code.
    private static func run(_ plan: ServingPlan, _ core: Core, _ bus: BusThread?, _ http: HTTPThread?) -> Int32 {
        let (settings, log) = (core.settings(plan.settings), plan.log)
        do throws(StartError) {
            let driver = try NodeDriver(
                settings: settings, configurationFile: plan.configurationFile, log: log, bus: bus, http: http,
                core: core)
            if core.isFirst { Process.writePIDFile(settings, log) }
            let mode = settings.clusterEnabled ? "cluster" : "standalone"
            log.write(.notice, "Running mode=\(mode), port=\(settings.port). PID: \(getpid())")
            log.write(.notice, "Server initialized")
            try driver.beginLoading()
            if !driver.isLoading { driver.announceReady() }
            driver.run()
            if let restart = driver.restart { core.group.begin(anew: restart) }
            return driver.exitCode
        } catch {
            log.write(.warning, error.reason)
            core.group.end(.now)
            return 1
        }
    }

    /// Goes where the settings say, which from then on name the place in full, as CONFIG GET does in the reference.
    private static func enterDirectory(_ settings: inout Settings) throws(SettingsError) {
        guard chdir(settings.dir) == 0 else {
            throw settings.failure(of: "dir", reason: "Can't chdir to '\(settings.dir)': \(systemError())")
        }
        settings.dir = workingDirectory()
    }

    /// Names what somebody has set and Apus does not heed yet, so that nobody relies on it.
    private static func warnOfIdleDirectives(_ settings: Settings, _ log: Log) {
        let idle = DirectiveTable.all.filter { $0.standing != .works && !$0.isInitial(in: settings) }.map(\.name)
        guard !idle.isEmpty else { return }
        log.write(
            .warning,
            "Warning: these directives are set and have no effect yet (see docs/configuration.md): "
                + idle.joined(separator: ", "))
    }

    private static func announce(_ log: Log, _ configurationFile: String?) {
        log.write(.notice, "oO0OoO0OoO0Oo Apus is starting oO0OoO0OoO0Oo")
        log.write(
            .notice, "Apus version=\(Release.apus), bits=64, commit=00000000, modified=0, pid=\(getpid()), just started"
        )
        if configurationFile == nil {
            log.write(.warning, "Warning: no config file specified, using the default config.")
        } else {
            log.write(.notice, "Configuration loaded")
        }
    }
}

/// Why a server cannot start or a resource cannot be had.
struct StartError: Error {
    let reason: String
}

/// The text of the last error of the C library.
func systemError() -> String { String(cString: strerror(errno)) }

/// The full path of the directory the process is in.
func workingDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "./" }
    defer { free(path) }
    return String(cString: path)
}

func printError(_ text: String) {
    var line = text.hasSuffix("\n") ? text : text + "\n"
    line.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
}
