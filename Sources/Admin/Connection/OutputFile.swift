import Glibc

/// A file that is written from the beginning.
final class OutputFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(AdminFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AdminFailure("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws(AdminFailure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw AdminFailure("\(path): \(String(cString: strerror(errno)))") }
            start += count
        }
    }

    /// Gives the whole file its name.
    func finish(as name: String) throws(AdminFailure) {
        guard fsync(descriptor) == 0, rename(path, name) == 0 else {
            throw AdminFailure("\(name): \(String(cString: strerror(errno)))")
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws(AdminFailure) {
        let file = try OutputFile(path + ".part")
        try file.write(bytes)
        try file.finish(as: path)
    }
}
