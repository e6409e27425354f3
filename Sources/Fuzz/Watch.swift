import Glibc

/// Tells which input it was when the process ends, or one takes too long.
enum Watch {
    /// The input in hand.
    nonisolated(unsafe) static var input: UInt64 = 0
    private nonisolated(unsafe) static var seed: UInt64 = 0
    private nonisolated(unsafe) static var kind = ""
    /// Seconds that an input may take.
    private static let mostSeconds: UInt32 = 20
    /// Bytes that may be allocated beyond what there is at the beginning.
    private static let mostBytes: UInt = 1 << 30

    /// Limits memory, and waits for signals.
    static func begin(seed: UInt64, kind: String) {
        (self.seed, self.kind) = (seed, kind)
        limitMemory()
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] { Glibc.signal(signal, tell) }
    }

    /// Notes that an input begins.
    static func begin(_ input: UInt64) {
        self.input = input
        if input % 1024 == 0 { alarm(mostSeconds) }
    }

    private static func limitMemory() {
        guard let file = fopen("/proc/self/statm", "r") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return }
        let bytes = UInt(strtoul(line, nil, 10)) * UInt(getpagesize())
        var limit = rlimit(rlim_cur: bytes + mostBytes, rlim_max: bytes + mostBytes)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    }

    private static let tell: @convention(c) (Int32) -> Void = { signal in
        print("signal \(signal): apus-fuzz --kind \(Watch.kind) --seed \(Watch.seed) --from \(Watch.input) --count 1")
        fflush(nil)
        _exit(1)
    }
}

/// Ends the process where something does not hold, and says what: in a release the system's own traps do not.
func hold(_ condition: Bool, _ what: String = "a value is not what it says") {
    if condition { return }
    print(what)
    abort()
}
