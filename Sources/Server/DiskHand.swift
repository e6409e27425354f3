import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// Carries actions out, one after the other, on open files that it knows by number.
struct DiskHand {
    private let files: any FileLayer
    private var open: [Int: Int32] = [:]
    /// For files that are written out in parts: bytes that were appended, and the part whose writing was begun last.
    private var progress: [Int: (size: Int, part: Range<Int>)] = [:]
    /// Files that are written past the system's cache.
    private var direct: [Int: DirectFile] = [:]

    init(_ files: any FileLayer) { self.files = files }

    /// Returns 0, or the number of the error.
    mutating func carryOut(_ action: DiskAction) -> Int32 {
        switch action {
        case .create(let file, let path, let isLarge): return create(file, path, isLarge: isLarge)
        case .open(let file, let path): return openFile(file, path, O_WRONLY | O_APPEND)
        case .append(let file, let bytes): return append(file, bytes)
        case .synchronize(let file): return synchronize(file)
        case .writeOut(let file): return writeOut(file)
        case .truncate(let file, let size): return with(file) { files.truncate($0, size) }
        case .close(let file):
            (progress[file], direct[file]) = (nil, nil)
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

    private mutating func create(_ file: Int, _ path: String, isLarge: Bool) -> Int32 {
        progress[file] = (0, 0..<0)
        let error = openFile(file, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        direct[file] = isLarge && error == 0 ? open[file].flatMap { DirectFile($0, files) } : nil
        return error
    }

    private func synchronize(_ file: Int) -> Int32 {
        let error = direct[file]?.finish() ?? 0
        return error != 0 ? error : with(file) { files.synchronize($0) }
    }

    private func with(_ file: Int, _ body: (Int32) -> Int32) -> Int32 {
        guard let descriptor = open[file] else { return EBADF }
        return error(body(descriptor))
    }

    /// Begins to write out what was appended since, and waits for what was begun before: so the disk always has something to
    /// do, and the system never much to keep.
    private mutating func writeOut(_ file: Int) -> Int32 {
        guard let descriptor = open[file], let (size, before) = progress[file] else { return EBADF }
        if let direct = direct[file], direct.isDirect { return 0 }
        let part = before.upperBound..<size
        progress[file]?.part = part
        let result = files.writeOut(descriptor, part, waits: false)
        return result < 0 || before.isEmpty ? error(result) : error(files.writeOut(descriptor, before, waits: true))
    }

    private mutating func append(_ file: Int, _ bytes: DiskBytes) -> Int32 {
        guard let descriptor = open[file] else { return EBADF }
        progress[file]?.size += bytes.count
        if let direct = direct[file] { return bytes.withBytes { direct.append($0) } }
        return bytes.withBytes { bytes in
            var rest = bytes.buffer[...]
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
