import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The threads that carry out what the append-only file wants: one for its increments and names, one for bases and the
/// removal of files. On one thread, a reply that waits for an fsync of some bytes would wait for one of a base as well,
/// and for a large file to be taken off the disk.
final class LogDisk {
    private let done = WakeUp(isBlocking: false)
    private let urgent: DiskHelper
    private let patient: DiskHelper

    /// What the loop watches: readable when there are results.
    var descriptor: Int32 { done.descriptor }

    /// - Parameter account: where the threads count their memory.
    init(_ files: any FileLayer = SystemFiles(), account: MemoryAccount? = nil) {
        urgent = DiskHelper(files, waking: done, account: account)
        patient = DiskHelper(files, waking: done, account: account, isPatient: true)
    }

    /// Hands actions in; those of a lane are carried out in order.
    func submit(_ requests: [DiskRequest]) {
        if requests.isEmpty { return }
        let late = requests.filter { $0.lane == .patient }
        if late.isEmpty { return urgent.submit(requests) }
        patient.submit(late)
        if late.count < requests.count { urgent.submit(requests.filter { $0.lane == .urgent }) }
    }

    /// What has been carried out since it was last asked.
    func takeResults() -> [DiskResult] {
        done.take()
        return urgent.collect() + patient.collect()
    }

    /// Waits until there are results, so many milliseconds at most; with nil as long as it takes.
    func waitForResults(milliseconds: Int? = nil) -> [DiskResult] {
        done.wait(milliseconds: milliseconds, for: takeResults)
    }
}
