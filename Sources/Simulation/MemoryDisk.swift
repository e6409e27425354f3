import Persistence
import Primitives
import Replication

/// A disk in memory. Actions are carried out when somebody waits for them, or looks for results; a crash before that loses
/// them. They fail where a test wants it.
public final class MemoryDisk: SnapshotDisk {
    /// The bytes of each file.
    public var files: [String: [UInt8]] = [:]
    /// Which actions fail, and with which number; 0 for none.
    public var failure: (DiskAction) -> Int32 = { _ in 0 }
    private var open: [Int: String] = [:]
    private var waiting: [DiskRequest] = []

    /// A disk without files.
    public init() {}

    /// Hands actions in.
    public func submit(_ requests: [DiskRequest]) { waiting += requests }

    /// Within a moment it does nothing; with nil for the time, all that was asked for.
    public func waitForResults(milliseconds: Int?) -> [DiskResult] {
        if milliseconds != nil { return [] }
        precondition(!waiting.isEmpty, "would wait for ever")
        return results()
    }

    /// Carries out what waits, if anything does.
    public func results() -> [DiskResult] {
        defer { waiting = [] }
        return waiting.map { DiskResult(ticket: $0.ticket, error: carryOut($0.action)) }
    }

    /// Of what the process asked for that is no more, some is done, and the next only in part where it has parts; what it had
    /// open is closed.
    func crash(_ random: inout RandomSource) {
        let count = Int.random(in: 0...waiting.count, using: &random)
        for request in waiting.prefix(count) { _ = carryOut(request.action) }
        if count < waiting.count, case .append(let file, let bytes) = waiting[count].action {
            let part = bytes.withBytes { Array($0.buffer.prefix(Int.random(in: 0...$0.count, using: &random))) }
            _ = change(file) { $0 += part }
        }
        (waiting, open) = ([], [:])
    }

    /// Carries an action out at once. Returns 0, or the number of the error.
    public func carryOut(_ action: DiskAction) -> Int32 {
        let error = failure(action)
        if error != 0 { return error }
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

    /// The bytes of a file.
    public func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = files[path] else { throw DiskError(number: 2) }
        return bytes
    }

    /// What an error is called.
    public func text(of error: Int32) -> String { "error \(error)" }
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
