import Persistence
import Primitives
import Replication

/// A disk in memory. Actions are carried out when the node's turn ends; a crash before that loses them.
final class SimulatedDisk: SnapshotDisk {
    private(set) var files: [String: [UInt8]] = [:]
    private var open: [Int: String] = [:]
    private var waiting: [DiskRequest] = []

    func submit(_ requests: [DiskRequest]) { waiting += requests }

    func waitForResults(milliseconds: Int?) -> [DiskResult] {
        defer { waiting = [] }
        return waiting.map { DiskResult(ticket: $0.ticket, error: carryOut($0.action)) }
    }

    /// What the process asked for that is no more is not done; what it had open is closed.
    func crash() { (waiting, open) = ([], [:]) }

    /// The bytes of a file; nil where there is none.
    func content(_ path: String) -> [UInt8]? { files[path] }

    /// Makes a file, or replaces it.
    func put(_ path: String, _ bytes: [UInt8]) { files[path] = bytes }

    func remove(_ path: String) { files[path] = nil }

    private func carryOut(_ action: DiskAction) -> Int32 {
        switch action {
        case .create(let file, let path, _): (open[file], files[path]) = (path, [])
        case .open(let file, let path): (open[file], files[path]) = (path, files[path] ?? [])
        case .append(let file, let bytes): return change(file) { content in bytes.withBytes { content.append($0) } }
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

/// Bytes that stay in their place.
final class FixedBytes {
    private let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        memory = .allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
        view = Bytes(base: UnsafeRawPointer(memory.baseAddress!), count: bytes.count)
    }

    deinit { memory.deallocate() }

    let view: Bytes
}

extension FilePayload {
    /// A file's bytes as they are now.
    convenience init(_ bytes: [UInt8]) {
        let owner = FixedBytes(bytes)
        self.init(owner.view, owner: owner)
    }
}
