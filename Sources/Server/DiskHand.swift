import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// Carries actions out, one after the other, on open files that it knows by number.
struct DiskHand {
    private let files: any FileLayer
    private var open: [Int: Int32] = [:]

    init(_ files: any FileLayer) { self.files = files }

    /// Returns 0, or the number of the error.
    mutating func carryOut(_ action: DiskAction) -> Int32 {
        switch action {
        case .create(let file, let path): return openFile(file, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        case .open(let file, let path): return openFile(file, path, O_WRONLY | O_APPEND)
        case .append(let file, let bytes): return append(file, bytes)
        case .synchronize(let file): return with(file) { files.synchronize($0) }
        case .truncate(let file, let size): return with(file) { files.truncate($0, size) }
        case .close(let file):
            guard let descriptor = open.removeValue(forKey: file) else { return EBADF }
            return error(files.close(descriptor))
        case .rename(let from, let to): return error(files.rename(from, to))
        case .remove(let path): return error(files.remove(path))
        case .synchronizeDirectory(let path): return synchronizeDirectory(path)
        }
    }

    private func error(_ result: Int32) -> Int32 { result < 0 ? -result : 0 }

    private mutating func openFile(_ file: Int, _ path: String, _ flags: Int32) -> Int32 {
        let descriptor = files.open(path, flags)
        if descriptor < 0 { return -descriptor }
        open[file] = descriptor
        return 0
    }

    private func with(_ file: Int, _ body: (Int32) -> Int32) -> Int32 {
        guard let descriptor = open[file] else { return EBADF }
        return error(body(descriptor))
    }

    private func append(_ file: Int, _ bytes: [UInt8]) -> Int32 {
        guard let descriptor = open[file] else { return EBADF }
        return bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = files.write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count == -Int(EINTR) { continue }
                // A write of nothing would be tried for ever.
                if count <= 0 { return count == 0 ? EIO : Int32(-count) }
                rest = rest.dropFirst(count)
            }
            return 0
        }
    }

    private func synchronizeDirectory(_ path: String) -> Int32 {
        let descriptor = files.open(path, O_RDONLY | O_DIRECTORY)
        if descriptor < 0 { return -descriptor }
        defer { _ = files.close(descriptor) }
        return error(files.synchronize(descriptor))
    }
}
