import CShims
import Glibc
import Primitives

/// Inputs of one kind, made one after the other from a seed, and what became of them.
struct FuzzRun<Target: FuzzTarget> {
    private let seed: UInt64
    private var target: Target
    private var takenCount = 0
    private var refused: [String: Int] = [:]

    /// Bytes that the C library may hold more at the end of some inputs than before them.
    private static var mostGrowth: Int { 1 << 20 }
    private static var inputsBetweenReports: UInt64 { 100_000 }

    init(seed: UInt64) {
        self.seed = seed
        target = Target(seed: seed)
    }

    /// Runs inputs. Returns whether nothing is wrong.
    mutating func inputs(_ numbers: Range<UInt64>) -> Bool {
        let start = now()
        var bytesBefore: Int?
        for number in numbers {
            Watch.begin(number)
            run(number)
            guard (number + 1) % Self.inputsBetweenReports == 0 else { continue }
            let bytes = Int(mallinfo2().uordblks)
            // What is made once has been made after the first report.
            if let bytesBefore, bytes > bytesBefore + Self.mostGrowth {
                print("\(bytes - bytesBefore) bytes were not given back before input \(number)")
                return false
            }
            bytesBefore = bytesBefore ?? bytes
            report(Int(number + 1 - numbers.lowerBound), now() - start, bytes)
        }
        report(numbers.count, now() - start, Int(mallinfo2().uordblks))
        for (reason, count) in refused.sorted(by: { $0.value > $1.value }).prefix(40) { print("  \(count)  \(reason)") }
        return true
    }

    private func report(_ count: Int, _ seconds: Double, _ bytes: Int) {
        let rate = Int(Double(count) / max(seconds, 1e-9))
        print("\(Target.name): \(count) inputs, \(rate) a second, \(takenCount) taken, \(bytes) bytes in use")
        fflush(nil)
    }

    private mutating func run(_ number: UInt64) {
        var random = RandomSource(seed: seed &+ number &* 0x9E37_79B9_7F4A_7C15)
        switch target.run(&random) {
        case .taken: takenCount += 1
        // Texts with numbers in them would be without end.
        case .refused(let reason):
            if refused.count < 1000 || refused[reason] != nil { refused[reason, default: 0] += 1 }
        }
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
