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
        let restart: Restart?
        _ = Process.startDirectory
        do throws(SettingsError) {
            try enterDirectory(&settings)
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
        do {
            let driver = try NodeDriver(settings: settings, configurationFile: configurationFile, log: log)
            Process.writePIDFile(settings, log)
            log.write(.notice, "Running mode=standalone, port=\(settings.port). PID: \(getpid())")
            log.write(.notice, "Server initialized")
            try driver.beginLoading()
            if !driver.isLoading { driver.announceReady() }
            driver.run()
            if driver.exitCode != 0 { return driver.exitCode }
            restart = driver.restart
        } catch {
            log.write(.warning, error.reason)
            return 1
        }
        if let path = Process.pidFile(settings) { unlink(path) }
        log.write(.warning, "Apus is now ready to exit, bye bye...")
        if let restart {
            log.finish()
            restart.carryOut()
        }
        return 0
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
            "Warning: these directives are set and have no effect yet (see docs/compatibility.md): "
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
