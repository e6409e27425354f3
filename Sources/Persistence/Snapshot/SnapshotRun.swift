import Storage

/// One snapshot on its way into a file: takes pieces from the writer while the walk goes on, and hands them to the disk.
///
///     walking ─▶ closing: last piece, synchronised, closed ─▶ renaming: put in the place of the old one ─▶ saved
///        └──────────┴──────────────────────────────────────────┴─▶ failed: the file is removed
final class SnapshotRun {
    enum State: Equatable {
        case walking, closing, renaming, saved
        case failed(Int32)
    }

    private(set) var state = State.walking
    let walk: SnapshotWalk
    private let writer: SnapshotWriter
    private let file: SnapshotFile
    /// Bytes handed to the disk that it has not written yet, by the number of the request.
    private var underWay: [Int: Int] = [:]
    private var bytesUnderWay = 0
    private var bytesSinceSynchronized = 0
    /// Bytes handed to the disk.
    private(set) var byteCount = 0
    private let submit: (DiskAction) -> Int

    /// Bytes that may wait for the disk.
    private static let budget = 8 << 20
    /// Bytes of entries that were about to change, before those who change them wait.
    private static let mostWaiting = 32 << 20
    /// Bytes after which the file is synchronised, so that the system does not gather it all.
    private static let synchronizingInterval = 4 << 20

    /// Cuts and begins.
    /// - Parameter submit: hands an action to the disk, and returns the number of the request.
    init(_ keyspace: Keyspace, _ options: SnapshotOptions, _ file: SnapshotFile, submit: @escaping (DiskAction) -> Int)
    {
        self.file = file
        self.submit = submit
        writer = SnapshotWriter(keyspace, options)
        walk = keyspace.beginSnapshot(writer)
        send(.create(file: file.number, path: file.temporaryPath))
    }

    /// Whether going on would do something, instead of waiting for the disk.
    var isReady: Bool { state == .walking && bytesUnderWay < SnapshotRun.budget }

    /// Whether more waits for the disk than may: those who would change something have to wait until it does not.
    var isOverfull: Bool { state == .walking && writer.waitingBytes > SnapshotRun.mostWaiting }

    /// Bytes that wait to be written.
    var bufferedBytes: Int { bytesUnderWay + writer.waitingBytes }

    /// Goes on until `isOver` says that time is up or the disk has enough to do.
    func advance(until isOver: () -> Bool) {
        while isReady {
            if let piece = writer.takePiece() { append(piece) }
            let isWritten = writer.writeHeld()
            if isWritten, walk.advance(until: isOver), writer.writeHeld() { return close() }
            if isOver() { return }
        }
    }

    private func append(_ piece: [UInt8]) {
        byteCount += piece.count
        bytesUnderWay += piece.count
        underWay[submit(.append(file: file.number, bytes: piece))] = piece.count
        bytesSinceSynchronized += piece.count
        if file.isSynchronizedOften, bytesSinceSynchronized >= SnapshotRun.synchronizingInterval {
            bytesSinceSynchronized = 0
            send(.synchronize(file: file.number))
        }
    }

    private func send(_ action: DiskAction) { underWay[submit(action)] = 0 }

    private func close() {
        append(writer.takeEnd())
        send(.synchronize(file: file.number))
        send(.close(file: file.number))
        state = .closing
    }

    /// Takes the result of an action. One that failed ends it all.
    func receive(_ result: DiskResult) {
        guard let size = underWay.removeValue(forKey: result.ticket) else { return }
        bytesUnderWay -= size
        if result.error != 0 { return fail(result.error) }
        guard underWay.isEmpty else { return }
        if state == .closing {
            state = .renaming
            send(.rename(from: file.temporaryPath, to: file.path))
            send(.synchronizeDirectory(path: file.directory))
        } else if state == .renaming {
            state = .saved
        }
    }

    /// Ends it; what there is of the file goes.
    func fail(_ error: Int32) {
        guard state != .saved else { return }
        walk.abandon()
        if state == .walking { _ = submit(.close(file: file.number)) }
        _ = submit(.remove(path: file.temporaryPath))
        underWay = [:]
        state = .failed(error)
    }
}

/// Where a snapshot goes.
struct SnapshotFile {
    /// By which the disk knows it while it is open.
    let number: Int
    let directory: String
    let name: String
    let temporaryName: String
    /// Whether it is synchronised every few megabytes.
    let isSynchronizedOften: Bool

    var path: String { "\(directory)/\(name)" }
    var temporaryPath: String { "\(directory)/\(temporaryName)" }
}
