import Commands
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What the command line asks for, in the reference's words: `[file|-] [--directive value …]`.
enum Invocation {
    case print(String, code: Int32)
    case fail(String)
    case serve(Settings, configurationFile: String?)

    static let usage = """
        Usage: apus server [/path/to/redis.conf] [options] [-]
               apus server - (read config from stdin)
               apus server -v or --version
               apus server -h or --help
               apus server --check-system

        Examples:
               apus server (run the server with default conf)
               echo 'maxmemory 128mb' | apus server -
               apus server /etc/redis/6379.conf
               apus server --port 7777
               apus server --port 7777 --loglevel verbose -
        """

    /// - Parameter arguments: without the name of the program.
    static func parse(_ arguments: [String]) -> Invocation {
        switch arguments.first {
        case "-v", "--version":
            return .print(
                "Redis server v=\(Release.reference) sha=00000000:0 malloc=libc bits=64 build=apus-\(Release.apus)",
                code: 0)
        case "-h", "--help": return .print(usage, code: 0)
        case "--check-system": return checkSystem()
        case "--test-memory": return .print("Apus does not test memory; use memtest86+ for that.", code: 1)
        default: break
        }
        do throws(SettingsError) {
            return try settings(arguments)
        } catch {
            return .fail(error.fatalReport(version: Release.apus))
        }
    }

    private static func settings(_ arguments: [String]) throws(SettingsError) -> Invocation {
        var settings = Settings()
        var rest = arguments[...]
        var file: String?
        if let first = rest.first, !first.hasPrefix("--") {
            rest.removeFirst()
            if first == "-" {
                try settings.read(text: readAll(0) ?? [], named: "(standard input)", include: include)
            } else {
                guard let text = readBytes(first) else {
                    return .fail("*** FATAL CONFIG FILE ERROR: can't open config file '\(first)': \(systemError())")
                }
                file = absolutePath(first)
                try settings.read(text: text, named: first, include: include)
            }
        }
        if rest.last == "-" {
            rest.removeLast()
            try settings.read(text: readAll(0) ?? [], named: "(standard input)", include: include)
        }
        try settings.read(arguments: Array(rest), include: include)
        try settings.checkTogether()
        return .serve(settings, configurationFile: file)
    }

    /// The files a pattern of `include` names, with their text.
    static func include(_ path: String) throws(Refusal) -> [ConfigurationText] {
        var found = glob_t()
        defer { globfree(&found) }
        let hasPattern = path.contains { "*?[".contains($0) }
        if hasPattern, glob(path, 0, nil, &found) == 0 {
            var texts: [ConfigurationText] = []
            for index in 0..<Int(found.gl_pathc) {
                texts.append(try text(String(cString: found.gl_pathv[index]!)))
            }
            return texts
        }
        return hasPattern ? [] : [try text(path)]
    }

    private static func text(_ path: String) throws(Refusal) -> ConfigurationText {
        guard let text = readBytes(path) else { throw Refusal("can't open config file '\(path)': \(systemError())") }
        return ConfigurationText(name: path, bytes: text)
    }

    private static func absolutePath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func checkSystem() -> Invocation {
        let overcommit = readText("/proc/sys/vm/overcommit_memory")?.first == "0" ? "0" : "fine"
        let clock = readText("/sys/devices/system/clocksource/clocksource0/current_clocksource") ?? "unknown\n"
        return .print(
            "[slow-clocksource] clock source is \(clock.dropLast())\n"
                + "[overcommit] vm.overcommit_memory is \(overcommit): Apus never forks, so it does not matter\n"
                + "[THP] transparent huge pages do no harm: there is no copy-on-write", code: 0)
    }
}
