import CShims

#if canImport(Glibc)
    import Glibc
#endif

/// Where a node takes its time from. It is handed in, so that a simulation can turn the hands itself.
public enum Clock {
    /// The machine's clocks.
    case system
    /// Hands that a test turns.
    case manual(ManualClock)

    /// Milliseconds since 1970.
    public var wallMilliseconds: Int64 {
        switch self {
        case .system: Clock.read(CLOCK_REALTIME) / 1_000_000
        case .manual(let hands): hands.nanoseconds / 1_000_000
        }
    }

    /// Microseconds since 1970.
    public var wallMicroseconds: Int64 {
        switch self {
        case .system: Clock.read(CLOCK_REALTIME) / 1000
        case .manual(let hands): hands.nanoseconds / 1000
        }
    }

    /// Milliseconds that never go back, from an unspecified start.
    public var monotonicMilliseconds: Int64 {
        switch self {
        case .system: Clock.read(CLOCK_MONOTONIC) / 1_000_000
        case .manual(let hands): hands.look() / 1_000_000
        }
    }

    /// A fast counter for short spans of time.
    @inlinable @inline(__always)
    public var ticks: UInt64 {
        switch self {
        case .system: apus_ticks()
        case .manual(let hands): UInt64(bitPattern: hands.nanoseconds)
        }
    }

    /// The length of a tick in nanoseconds.
    public var nanosecondsPerTick: Double {
        switch self {
        case .system: Clock.measuredTick
        case .manual: 1
        }
    }

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Calibrated once, against the monotonic clock, over two milliseconds.
    private static let measuredTick: Double = {
        let startTime = read(CLOCK_MONOTONIC)
        let startTicks = apus_ticks()
        while read(CLOCK_MONOTONIC) - startTime < 2_000_000 {}
        let ticks = apus_ticks() &- startTicks
        return Double(read(CLOCK_MONOTONIC) - startTime) / Double(max(1, ticks))
    }()
}

/// A clock that stands until it is moved.
public final class ManualClock {
    /// Nanoseconds since 1970, and of the monotonic clock at once.
    public var nanoseconds: Int64

    /// A clock that shows `wallMilliseconds` since 1970.
    public init(wallMilliseconds: Int64 = 1_700_000_000_000) { nanoseconds = wallMilliseconds * 1_000_000 }

    /// How far the hands move when somebody looks at the monotonic clock, for what has to see time pass.
    public var nanosecondsPerLook: Int64 = 0

    func look() -> Int64 {
        nanoseconds += nanosecondsPerLook
        return nanoseconds
    }

    /// Moves the hands.
    public func advance(milliseconds: Int64) { nanoseconds += milliseconds * 1_000_000 }
}
