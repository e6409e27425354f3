import Forming
import Gossip
import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Where the record of a node is on the disk: beside `nodes.conf`, and like it always whole.
struct FormingPlace {
    private let path: String

    /// - Parameter nodesFile: the full path of `nodes.conf`.
    init(beside nodesFile: String) { path = nodesFile + ".forming" }

    /// What is there: a fresh record where there is none. Throws where it makes no sense.
    func read(_ name: NodeName) throws(StartError) -> FormingRecord {
        guard let bytes = readBytes(path) else {
            // Should somebody have removed the file of this very node: its attempts are new ones all the same.
            var record = FormingRecord()
            record.number = UInt64(max(1, Clock.system.wallMilliseconds))
            return record
        }
        guard let record = FormingRecord(bytes, of: name) else {
            throw StartError(reason: "The file \(path), which tells what this node has agreed to, makes no sense.")
        }
        return record
    }

    /// Replaces it, and waits for the disk. Returns why that failed; nil where it did not.
    func replace(_ record: FormingRecord, _ name: NodeName) -> String? {
        let temporary = "\(path).tmp-\(getpid())"
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let actions: [DiskAction] = [
            .create(file: 0, path: temporary), .append(file: 0, bytes: DiskBytes(record.bytes(of: name))),
            .synchronize(file: 0), .close(file: 0), .rename(from: temporary, to: path),
            .synchronizeDirectory(path: directory.isEmpty ? "/" : directory),
        ]
        var hand = DiskHand(SystemFiles())
        for action in actions {
            let error = hand.carryOut(action)
            if error != 0 { return String(cString: strerror(error)) }
        }
        return nil
    }
}
