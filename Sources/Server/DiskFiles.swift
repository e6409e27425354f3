import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// Carries disk actions out, one after the other, for files that go by numbers.
final class DiskFiles {
    private var descriptors: [Int: Int32] = [:]

    deinit { for descriptor in descriptors.values { Glibc.close(descriptor) } }

    /// Returns 0, or the system's number of the error.
    func perform(_ action: DiskAction) -> Int32 {
        switch action {
        case .create(let file, let path): open(file, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        case .open(let file, let path): open(file, path, O_WRONLY | O_APPEND)
        case .append(let file, let bytes): on(file) { DiskFiles.write(bytes, to: $0) }
        case .synchronize(let file): on(file) { fdatasync($0) == 0 }
        case .truncate(let file, let size): on(file) { ftruncate($0, size) == 0 }
        case .close(let file): close(file)
        case .rename(let from, let to): outcome(Glibc.rename(from, to) == 0)
        case .remove(let path): outcome(unlink(path) == 0)
        case .synchronizeDirectory(let path): synchronizeDirectory(path)
        }
    }

    private func outcome(_ succeeded: Bool) -> Int32 { succeeded ? 0 : errno }

    private func open(_ file: Int, _ path: String, _ flags: Int32) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        if descriptor >= 0 { descriptors[file] = descriptor }
        return outcome(descriptor >= 0)
    }

    private func close(_ file: Int) -> Int32 {
        guard let descriptor = descriptors.removeValue(forKey: file) else { return EBADF }
        return outcome(Glibc.close(descriptor) == 0)
    }

    private func on(_ file: Int, _ body: (Int32) -> Bool) -> Int32 {
        guard let descriptor = descriptors[file] else { return EBADF }
        return outcome(body(descriptor))
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if count < 0, errno != EINTR { return false }
                written += max(0, count)
            }
            return true
        }
    }

    private func synchronizeDirectory(_ path: String) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { Glibc.close(descriptor) }
        return outcome(fsync(descriptor) == 0)
    }
}
