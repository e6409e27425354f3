import Primitives
import Settings

/// Configuration files: they are read or refused.
struct SettingsTarget: FuzzTarget {
    static let name = "settings"
    private static let lines = [
        "port 6379", "bind 127.0.0.1 -::1", "save 3600 1 300 100", "save \"\"", "maxmemory 100mb", "appendfsync always",
        "client-output-buffer-limit normal 0 0 0", "notify-keyspace-events KEA", "dir \"/tmp/a b\"",
        "user alice on >secret ~* &* +@all", "rename-command GET \"\"", "oom-score-adj-values 0 200 800", "# comment",
        "",
        "latency-tracking-info-percentiles 50 99 99.9", "shutdown-on-sigterm nosave now", "requirepass \"\\x41\\n\"",
    ]

    init(seed: UInt64) {}

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(4) + 1 { bytes += Array((random.pick(SettingsTarget.lines) + "\n").utf8) }
        let other = Array(random.pick(SettingsTarget.lines).utf8)
        if !random.isOne(of: 4) { for _ in 0..<random.below(4) { bytes.mutate(&random, splicing: other) } }
        var settings = Settings()
        do throws(SettingsError) {
            try settings.read(text: bytes, named: "fuzz")
            return .taken
        } catch {
            return .refused(String(error.fatalReport(version: "").suffix(60)))
        }
    }
}
