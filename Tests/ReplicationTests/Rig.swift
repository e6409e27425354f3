import Persistence
import Primitives
import RESP
import Settings
import Storage

@testable import Commands
@testable import Replication

/// A disk that does all at once, and holds files in memory.
final class InstantDisk: SnapshotDisk {
    private(set) var files: [String: [UInt8]] = [:]
    private var open: [Int: String] = [:]
    private var results: [DiskResult] = []
    /// The system's number of the error with which writes fail.
    var failure: Int32 = 0

    func submit(_ requests: [DiskRequest]) {
        for request in requests { results.append(DiskResult(ticket: request.ticket, error: carryOut(request.action))) }
    }

    private func carryOut(_ action: DiskAction) -> Int32 {
        switch action {
        case .create(let file, let path):
            open[file] = path
            files[path] = []
        case .append(let file, let bytes):
            if failure != 0 { return failure }
            if let path = open[file] { files[path]? += bytes }
        case .rename(let from, let to):
            files[to] = files[from]
            files[from] = nil
        case .remove(let path): files[path] = nil
        case .close(let file): open[file] = nil
        case .open, .synchronize, .writeOut, .truncate, .synchronizeDirectory: break
        }
        return 0
    }

    func takeResults() -> [DiskResult] {
        defer { results = [] }
        return results
    }

    func waitForResults() -> [DiskResult] { takeResults() }
    func read(_ path: String) throws(DiskError) -> [UInt8] {
        guard let bytes = files[path] else { throw DiskError(number: 2) }
        return bytes
    }
    func text(of error: Int32) -> String { "error \(error)" }
}

/// A primary without sockets, and what its replicas have been sent.
final class Rig {
    let test: TestNode
    let disk = InstantDisk()
    let snapshots: Snapshots
    let replication: Replication
    var node: Node { test.node }
    var primary: PrimarySide { replication.primary }

    init(_ configuration: String = "") throws {
        var settings = Settings()
        try settings.read(
            text: "dir /d\nsave \"\"\nrepl-diskless-sync-delay 0\n\(configuration)", named: "test")
        test = TestNode(settings: settings, families: allFamilies + persistenceFamilies + replicationFamilies)
        snapshots = Snapshots(test.node, disk)
        replication = Replication(test.node, snapshots)
        let disk = disk
        replication.primary.openFile = { name in
            disk.files["/d/\(name)"].map { bytes in
                let owner = HeldBytes(bytes)
                return FilePayload(owner.bytes, owner: owner)
            }
        }
        replication.primary.removeFile = { [unowned self] in removed.append($0) }
    }

    private(set) var removed: [String] = []

    /// A replica's connection.
    func connect() -> Wire { Wire(self, test.connect()) }

    /// Does what a driver does in a turn: results of the disk, timers, the walk, endings.
    func turn() {
        for result in disk.takeResults() { snapshots.receive(result) }
        replication.tick()
        primary.holdBack()
        if primary.isReadyToWalk { primary.advance { false } }
        if snapshots.isReady { snapshots.advance { false } }
        primary.endTurn()
        for case .close(let session) in node.takeActions() { node.remove(session) }
    }

    func turns(_ count: Int = 6) { for _ in 0..<count { turn() } }

    func advance(seconds: Int64) {
        for _ in 0..<seconds {
            test.hands.advance(milliseconds: 1000)
            node.beginTurn()
            node.tickTimers()
            turn()
        }
    }
}

final class HeldBytes {
    let bytes: Bytes
    private let copy: UnsafeMutableRawPointer

    init(_ array: [UInt8]) {
        copy = .allocate(byteCount: max(1, array.count), alignment: 1)
        copy.copyMemory(from: array, byteCount: array.count)
        bytes = Bytes(base: copy, count: array.count)
    }

    deinit { copy.deallocate() }
}

/// A replica that reads what it is sent.
final class Wire {
    let rig: Rig
    let client: TestClient
    private(set) var received: [UInt8] = []

    init(_ rig: Rig, _ client: TestClient) { (self.rig, self.client) = (rig, client) }

    var session: Session { client.session }
    var link: ReplicaLink? { session.replica as? ReplicaLink }

    /// Sends a request; what is answered is what comes of it at once, by whatever way.
    @discardableResult
    func send(_ words: String...) -> String {
        let mark = received.count
        var request: [UInt8] = []
        EffectArguments.append(words.count, to: &request) { effect in
            for word in words { Bytes.with(word) { effect.append($0) } }
        }
        client.send(request)
        read()
        return String(decoding: received[mark...], as: UTF8.self)
    }

    /// Reads all that there is, or so many bytes.
    @discardableResult
    func read(_ most: Int = .max) -> String {
        let mark = received.count
        received += Array(session.writer.bytes)
        session.didSend(session.writer.count)
        while let link, received.count - mark < most {
            let bytes = link.withWaiting { Array($0.buffer.prefix(most - (received.count - mark))) }
            if bytes.isEmpty { break }
            received += bytes
            rig.primary.didSend(bytes.count, link)
        }
        return String(decoding: received[mark...], as: UTF8.self)
    }

    var text: String { String(decoding: received, as: UTF8.self) }
    func forget() { received = [] }
}
