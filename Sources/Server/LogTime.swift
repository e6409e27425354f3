import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The time of a log line.
struct LogTime {
    /// Since 1970.
    var seconds: Int
    var milliseconds: Int

    /// The time now.
    static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// In local time, or as milliseconds since 1970.
    func text(_ format: LogTimestampFormat) -> String {
        switch format {
        case .legacy: local("%d %b %Y %H:%M:%S") + fraction
        case .iso8601: local("%Y-%m-%dT%H:%M:%S") + fraction + offset
        case .milliseconds: String(seconds * 1000 + milliseconds)
        }
    }

    /// As the system log wants it, without the year.
    var systemLogText: String { local("%b %e %H:%M:%S") }

    private var fraction: String { "." + LogTime.padded(milliseconds, 3) }

    /// How far local time is ahead of UTC.
    private var offset: String {
        let minutes = parts.tm_gmtoff / 60
        let distance = abs(minutes)
        return "\(minutes < 0 ? "-" : "+")\(LogTime.padded(distance / 60, 2)):\(LogTime.padded(distance % 60, 2))"
    }

    private var parts: tm {
        var seconds = self.seconds
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts
    }

    private func local(_ format: String) -> String {
        var parts = self.parts
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, format, &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
