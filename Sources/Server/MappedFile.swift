import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// The content of a file, read by the system where it is looked at, so that a file larger than memory can be gone through.
/// Nobody else may shorten the file meanwhile.
final class MappedFile {
    /// The whole content.
    let bytes: Bytes

    private init(_ bytes: Bytes) { self.bytes = bytes }

    deinit { if bytes.count > 0 { munmap(UnsafeMutableRawPointer(mutating: bytes.base), bytes.count) } }

    /// Nil, with errno set, where the file cannot be read.
    static func opening(_ path: String) -> MappedFile? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return MappedFile(descriptor)
    }

    /// Nil, with errno set, where an open file cannot be read.
    convenience init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        guard status.st_size > 0 else {
            self.init(.empty)
            return
        }
        guard let base = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
        else { return nil }
        madvise(base, Int(status.st_size), MADV_SEQUENTIAL)
        self.init(Bytes(base: base, count: Int(status.st_size)))
    }
}
