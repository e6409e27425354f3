@testable import Persistence

/// A disk in memory, whose actions are carried out when somebody waits for them, and fail where a test wants it.
final class MemoryDisk: SnapshotDisk {
    var files: [String: [UInt8]] = [:]
    /// Everything that was asked for, in order.
    private(set) var log: [DiskAction] = []
    /// Which actions fail, and how.
    var failure: (DiskAction) -> Int32 = { _ in 0 }
    private var open: [Int: String] = [:]
    private var waiting: [DiskRequest] = []

    func submit(_ requests: [DiskRequest]) { waiting += requests }

    /// Within a moment it does nothing.
    func waitForResults(milliseconds: Int?) -> [DiskResult] {
        if milliseconds != nil { return [] }
        precondition(!waiting.isEmpty, "would wait for ever")
        defer { waiting = [] }
        return waiting.map { DiskResult(ticket: $0.ticket, error: carryOut($0.action)) }
    }

    /// Carries out what waits, if anything does.
    func results() -> [DiskResult] { waiting.isEmpty ? [] : waitForResults() }

    private func carryOut(_ action: DiskAction) -> Int32 {
        log.append(action)
        let error = failure(action)
        if error != 0 { return error }
        switch action {
        case .create(let file, let path, _): (open[file], files[path]) = (path, [])
        case .open(let file, let path): (open[file], files[path]) = (path, files[path] ?? [])
        case .append(let file, let bytes): return change(file) { $0 += bytes.array }
        case .truncate(let file, let size): return change(file) { $0.removeLast($0.count - size) }
        case .close(let file): open[file] = nil
        case .rename(let from, let to): files[to] = files.removeValue(forKey: from)
        case .remove(let path): files[path] = nil
        case .synchronize, .writeOut, .synchronizeDirectory: break
        }
        return 0
    }

    /// Changes an open file; 9 is the number for one that is not.
    private func change(_ file: Int, _ body: (inout [UInt8]) -> Void) -> Int32 {
        guard let path = open[file], files[path] != nil else { return 9 }
        body(&files[path]!)
        return 0
    }

    func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = files[path] else { throw DiskError(number: 2) }
        return bytes
    }

    func text(of error: Int32) -> String { "error \(error)" }
}
