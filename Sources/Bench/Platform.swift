// Bench: the benchmark of the house, Apus beside a real redis-server in one run. May import Primitives, RESP, Storage,
// Commands and CShims.
//
//     Options ─▶ main ─┬─ NetworkBenchmark ────┬─ Comparison ─┬─ LoadGenerator ─ LoadConnection ─ RequestTemplate
//                      ├─ CollectionBenchmark ─┘              │                      │
//                      ├─ MemoryBenchmark ────────────────────┘                      └─ ReplyScanner
//                      ├─ PauseBenchmark ─ Prober                     all of them: ServerProcess
//                      ├─ EngineBenchmark
//                      ├─ EvictionBenchmark ─ EvictionTraces, EvictionSubject ─▶ EvictionReport
//                      └─▶ Report, Bars
import Glibc

/// Why a run ended early; the text is for people.
struct BenchmarkFailure: Error {
    let text: String

    init(_ text: String) { self.text = text }

    /// A system call that failed, with the reason of `errno`.
    static func system(_ call: String) -> BenchmarkFailure {
        BenchmarkFailure("\(call): \(String(cString: strerror(errno)))")
    }
}

enum Clock {
    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds of any clock.
    static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }

    static func sleep(seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}

/// Functions of the C library whose headers the Swift overlay does not show: looked up by name.
enum CLibrary {
    static func function<Function>(_ name: String, as: Function.Type) throws(BenchmarkFailure) -> Function {
        guard let address = dlsym(nil, name) else { throw BenchmarkFailure("no \(name) in the C library") }
        // A function pointer of C is its address.
        return unsafeBitCast(address, to: Function.self)
    }
}

enum Core {
    private typealias SetAffinity = @convention(c) (pid_t, Int, UnsafeRawPointer) -> Int32

    /// Where the server runs.
    static let server = 0
    /// Where the load generator runs.
    static let client = 1

    static var count: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// Lets the calling thread, and what it starts from now on, run on every core.
    static func unpin() throws(BenchmarkFailure) { try pin(toAll: Array(0..<count)) }

    /// Keeps the calling thread, and what it starts from now on, on one core.
    static func pin(to core: Int) throws(BenchmarkFailure) { try pin(toAll: [core]) }

    private static func pin(toAll cores: [Int]) throws(BenchmarkFailure) {
        let setAffinity = try CLibrary.function("sched_setaffinity", as: SetAffinity.self)
        var set = cpu_set_t()
        let status = withUnsafeMutableBytes(of: &set) { bytes in
            for core in cores { bytes[core / 8] |= 1 << UInt8(core % 8) }
            return setAffinity(0, bytes.count, bytes.baseAddress!)
        }
        guard status == 0 else { throw .system("pinning to cores \(cores)") }
    }
}

/// The text of a small file, such as those of /proc; nil if there is none.
func textOfFile(_ path: String) -> String? {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
        let count = read(file, &chunk, chunk.count)
        guard count > 0 else { break }
        bytes.append(contentsOf: chunk[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The names in a directory, without those that begin with a dot.
func namesInDirectory(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}

/// Writes one line of progress for people; standard output is kept for the report.
func progress(_ line: String) {
    var text = line + "\n"
    _ = text.withUTF8 { write(2, $0.baseAddress, $0.count) }
}
