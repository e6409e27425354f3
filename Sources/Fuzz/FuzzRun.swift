import CShims
import Glibc
import Payloads
import Persistence
import Primitives
import Storage
import Structures

/// Inputs made one after the other from a seed, and what became of them.
struct FuzzRun {
    private let seed: UInt64
    private let limits: [CollectionLimits]
    private var readCount = 0
    private var refused: [String: Int] = [:]

    /// Bytes that the C library may hold more at the end of some inputs than before them.
    private static let mostGrowth = 1 << 20
    private static let inputsBetweenReports: UInt64 = 100_000

    init(seed: UInt64) {
        self.seed = seed
        var small = CollectionLimits(hash: KeyHash(seed: seed))
        small.listMaxListpackSize = 4
        small.hashMaxListpackEntries = 2
        small.setMaxIntsetEntries = 2
        small.setMaxListpackEntries = 2
        small.zsetMaxListpackEntries = 2
        small.streamNodeMaxEntries = 2
        limits = [CollectionLimits(hash: KeyHash(seed: seed)), small]
    }

    /// Runs inputs. Returns whether nothing is wrong.
    mutating func inputs(_ numbers: Range<UInt64>) -> Bool {
        let start = FuzzRun.now()
        var bytesBefore: Int?
        for number in numbers {
            Watch.begin(number)
            run(number)
            guard (number + 1) % FuzzRun.inputsBetweenReports == 0 else { continue }
            let bytes = Int(mallinfo2().uordblks)
            // What is made once has been made after the first report.
            if let bytesBefore, bytes > bytesBefore + FuzzRun.mostGrowth {
                print("\(bytes - bytesBefore) bytes were not given back before input \(number)")
                return false
            }
            bytesBefore = bytesBefore ?? bytes
            report(Int(number + 1 - numbers.lowerBound), FuzzRun.now() - start, bytes)
        }
        report(numbers.count, FuzzRun.now() - start, Int(mallinfo2().uordblks))
        for (reason, count) in refused.sorted(by: { $0.value > $1.value }) { print("  \(count)  \(reason)") }
        return true
    }

    private func report(_ count: Int, _ seconds: Double, _ bytes: Int) {
        print(
            "\(count) inputs, \(Int(Double(count) / max(seconds, 1e-9))) a second, \(readCount) read, \(bytes) bytes in use"
        )
        fflush(nil)
    }

    private mutating func run(_ number: UInt64) {
        var random = RandomSource(seed: seed &+ number &* 0x9E37_79B9_7F4A_7C15)
        let input = FuzzInput.make(&random)
        let limits = self.limits[Int(random.next() % 2)]
        // Memory of that size and no more, so that a sanitizer sees who reads beyond it.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: input.bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: input.bytes)
        read(Bytes(UnsafeRawBufferPointer(copy)), input, limits)
    }

    private mutating func read(_ bytes: Bytes, _ input: FuzzInput, _ limits: CollectionLimits) {
        guard let type = RDBType(rawValue: input.type) else { preconditionFailure("an input of no type") }
        var reader = RDBReader(bytes)
        do throws(RDBError) {
            let value = try reader.value(type, limits, isValkey: input.isValkey)
            check(value)
            value.free()
            readCount += 1
        } catch {
            precondition(error.offset >= 0 && error.offset <= bytes.count, "an error outside of the input")
            refused[error.reason, default: 0] += 1
        }
    }

    /// A value has as many elements as it says, and none of them is damaged.
    private func check(_ value: LooseValue) {
        let contents = value.contents
        switch value {
        case .string: precondition(contents.count == 1)
        case .stream(let stream):
            precondition(contents.count >= value.count)
            for group in 0..<stream.groupCount { _ = stream.lag(group) }
        case .list, .set, .sortedSet, .hash: precondition(contents.count == value.count && value.count > 0)
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
