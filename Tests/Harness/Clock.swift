import Glibc

/// Milliseconds that only ever grow; for bounds on waiting.
public func monotonicMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Milliseconds of Unix time, as PXAT and PEXPIRETIME count them.
public func unixMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Lets this many milliseconds go by.
public func pause(milliseconds: Int) {
    usleep(UInt32(milliseconds) * 1000)
}

/// Asks again and again until the answer is yes or the time is over, and says which it was. The time is what a machine
/// may take whose disk is busy for seconds: who waits for what comes does not pay for it.
public func eventually(withinMilliseconds bound: Int = 60_000, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = monotonicMilliseconds() + bound
    while true {
        if try condition() { return true }
        if monotonicMilliseconds() > end { return false }
        pause(milliseconds: 10)
    }
}
