import Storage

/// One snapshot on its way into a file: hands what its stream brings to the disk.
///
///     walking ─▶ closing: last piece, synchronised, closed ─▶ renaming: put in the place of the old one ─▶ saved
///        └──────────┴──────────────────────────────────────────┴─▶ failed: the file is removed
final class SnapshotRun: SnapshotTarget {
    enum State: Equatable {
        case walking, closing, renaming, saved
        case failed(Int32)
    }

    private(set) var state = State.walking
    let stream: SnapshotStream
    private let file: SnapshotFile
    /// Bytes handed to the disk that it has not written yet, by the number of the request.
    private var underWay: [Int: Int] = [:]
    private(set) var backlog = 0
    private var bytesSinceWriteOut = 0
    private let disk: any SnapshotDisk
    private let nextTicket: () -> Int

    /// Bytes after which they are written out, so that the system does not gather it all.
    private static let writingOutInterval = 4 << 20

    /// Begins with what a stream brings.
    /// - Parameter nextTicket: numbers for requests.
    init(_ stream: SnapshotStream, _ file: SnapshotFile, _ disk: any SnapshotDisk, nextTicket: @escaping () -> Int) {
        (self.stream, self.file, self.disk, self.nextTicket) = (stream, file, disk, nextTicket)
        send(.create(file: file.number, path: file.temporaryPath, isLarge: file.isWrittenOut))
    }

    /// Whether going on would do something, instead of waiting for others.
    var isReady: Bool { state == .walking && stream.isReady(self) }

    /// Goes on until `isOver` says that time is up or there is enough under way.
    func advance(until isOver: () -> Bool) {
        if state == .walking { stream.advance(into: self, until: isOver) }
    }

    // MARK: Bytes

    func take(_ bytes: DiskBytes, isLast: Bool) {
        guard state == .walking else { return }
        append(bytes)
        if isLast { close() }
    }

    func waitForBacklog(milliseconds: Int?) {
        for result in disk.waitForResults(milliseconds: milliseconds) { receive(result) }
    }

    private func append(_ bytes: DiskBytes) {
        backlog += bytes.count
        bytesSinceWriteOut += bytes.count
        send(.append(file: file.number, bytes: bytes), bytes.count)
        if file.isWrittenOut, bytesSinceWriteOut >= SnapshotRun.writingOutInterval {
            bytesSinceWriteOut = 0
            send(.writeOut(file: file.number))
        }
    }

    private func send(_ action: DiskAction, _ size: Int = 0) {
        let ticket = nextTicket()
        underWay[ticket] = size
        disk.submit([DiskRequest(ticket: ticket, action: action)])
    }

    private func close() {
        send(.synchronize(file: file.number))
        send(.close(file: file.number))
        state = .closing
    }

    /// Takes the result of an action. One that failed ends it all.
    func receive(_ result: DiskResult) {
        guard let size = underWay.removeValue(forKey: result.ticket) else { return }
        backlog -= size
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
        stream.walk.abandon()
        if state == .walking { send(.close(file: file.number)) }
        send(.remove(path: file.temporaryPath))
        underWay = [:]
        backlog = 0
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
    /// Whether the disk is given every few megabytes at once.
    let isWrittenOut: Bool

    var path: String { "\(directory)/\(name)" }
    var temporaryPath: String { "\(directory)/\(temporaryName)" }
}
