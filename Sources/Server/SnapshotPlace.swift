import Primitives
import Replication

#if canImport(Glibc)
    import Glibc
#endif

/// A file for a snapshot that a replica receives: written, read where it lies, and then kept or dropped.
final class SnapshotPlace {
    private let path: String
    private let descriptor: Int32
    private let isHidden: Bool
    private let writesOut: Bool
    private var size = 0
    private var writtenOut = 0
    private var content: MappedFile?

    /// Bytes after which the system is told to write.
    private static let step = 8 << 20

    /// - Parameters:
    ///   - isHidden: whether the file has no name, so that nothing of it can be left.
    ///   - tag: what no other node puts into names.
    init(isHidden: Bool, writesOut: Bool, tag: String) throws(SnapshotPlaceError) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        path = "temp-\(time.tv_sec).\(tag).rdb"
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        (self.isHidden, self.writesOut) = (isHidden, writesOut)
        if descriptor < 0 { throw SnapshotPlaceError("Opening the temp file: \(systemError())") }
        if isHidden { unlink(path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func append(_ bytes: Bytes) throws(SnapshotPlaceError) {
        var done = 0
        while done < bytes.count {
            let count = write(descriptor, bytes.base + done, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SnapshotPlaceError(systemError()) }
            done += count
        }
        size += bytes.count
        if writesOut, !isHidden, size - writtenOut >= SnapshotPlace.step { writeOut() }
    }

    /// Keeps the system from gathering all of it until the end.
    private func writeOut() {
        _ = SystemFiles().writeOut(descriptor, writtenOut..<size, waits: false)
        writtenOut = size
    }

    /// All bytes but the last ones, as long as the place is there.
    func open(without surplus: Int) throws(SnapshotPlaceError) -> Bytes {
        guard size >= surplus, ftruncate(descriptor, size - surplus) == 0, let content = MappedFile(descriptor) else {
            throw SnapshotPlaceError(systemError())
        }
        self.content = content
        return content.bytes
    }

    /// Gives the file a name, as soon as it is on the disk; returns why that cannot be.
    func keep(as name: String) -> String? {
        if isHidden { return nil }
        guard fdatasync(descriptor) == 0, rename(path, name) == 0 else {
            let reason = systemError()
            unlink(path)
            return reason
        }
        return nil
    }

    func drop() { if !isHidden { unlink(path) } }
}
