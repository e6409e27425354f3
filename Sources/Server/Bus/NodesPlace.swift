import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// `nodes.conf` on the disk: this process's alone, and always whole.
///
///     bytes ─▶ temporary file ─ fsync ─ rename ─▶ nodes.conf ─ fsync of its directory
///
/// The lock is on the file that has the name. So it goes over to each new file before the old one is let go of.
final class NodesPlace: Sendable {
    /// The full path, whatever directory the process is in later.
    let path: String
    /// The descriptor that holds the lock.
    private let lock: Locked<Int32>

    /// Takes possession of a file, which is made where it is not there.
    init(_ name: String) throws(StartError) {
        path = name.hasPrefix("/") ? name : workingDirectory() + "/" + name
        lock = Locked(try NodesPlace.acquire(path))
    }

    deinit { lock.withLock { _ = close($0) } }

    private static func acquire(_ path: String) throws(StartError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw StartError(reason: "Can't open \(path) in order to acquire a lock: \(systemError())")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                defer { close(descriptor) }
                throw refusal(path, errno)
            }
            if isNamed(descriptor, path) { return descriptor }
            // Somebody has replaced it meanwhile.
            close(descriptor)
        }
    }

    private static func refusal(_ path: String, _ error: Int32) -> StartError {
        guard error == EWOULDBLOCK else {
            return StartError(reason: "Impossible to lock \(path): \(String(cString: strerror(error)))")
        }
        return StartError(
            reason: "Sorry, the cluster configuration file \(path) is already used by a different Redis Cluster node. "
                + "Please make sure that different nodes use different cluster configuration files.")
    }

    /// Whether a path leads to an open file.
    private static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
        var (own, named) = (stat(), stat())
        guard fstat(descriptor, &own) == 0, stat(path, &named) == 0 else { return false }
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    /// What it holds.
    func read() throws(StartError) -> [UInt8] {
        guard let bytes = readBytes(path) else {
            throw StartError(reason: "Loading the cluster node config file \(path): \(systemError())")
        }
        return bytes
    }

    // MARK: Replacing it

    /// Beside the file, so that it can take its name.
    private var temporaryPath: String { "\(path).tmp-\(getpid())" }

    private var directory: String {
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return parent.isEmpty ? "/" : parent
    }

    /// What a disk has to do to replace the file. As soon as that is done `didReplace` is to be called.
    /// - Parameter file: a number for the file while it is written.
    func replacing(with bytes: [UInt8], file: Int) -> [DiskAction] {
        [
            .create(file: file, path: temporaryPath), .append(file: file, bytes: DiskBytes(bytes)),
            .synchronize(file: file), .close(file: file), .rename(from: temporaryPath, to: path),
            .synchronizeDirectory(path: directory),
        ]
    }

    /// The new file is there: it is what has to be locked.
    func didReplace() {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            return
        }
        lock.withLock { old in
            close(old)
            old = descriptor
        }
    }

    /// Replaces the file at once. Returns why that failed; nil where it did not.
    func replace(with bytes: [UInt8]) -> String? {
        var hand = DiskHand(SystemFiles())
        for action in replacing(with: bytes, file: 0) {
            let error = hand.carryOut(action)
            if error != 0 { return String(cString: strerror(error)) }
        }
        didReplace()
        return nil
    }
}
