import CShims

#if canImport(Glibc)
    import Glibc
#endif

/// The system calls that files are written with, so that tests can make each of them fail. What fails returns the negative
/// number of the error.
protocol FileLayer: Sendable {
    func open(_ path: String, _ flags: Int32) -> Int32
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    func synchronize(_ descriptor: Int32) -> Int32
    /// Has a part of a file written out, and with `waits` waits until it is. That it is safe only `synchronize` tells.
    func writeOut(_ descriptor: Int32, _ part: Range<Int>, waits: Bool) -> Int32
    func truncate(_ descriptor: Int32, _ size: Int) -> Int32
    func close(_ descriptor: Int32) -> Int32
    func rename(_ old: String, _ new: String) -> Int32
    func remove(_ path: String) -> Int32
}

extension FileLayer {
    /// Leaves it to `synchronize`.
    func writeOut(_ descriptor: Int32, _ part: Range<Int>, waits: Bool) -> Int32 { 0 }
}

/// The files of the system.
struct SystemFiles: FileLayer {
    private func checked<Value: SignedInteger>(_ result: Value) -> Value { result < 0 ? Value(-errno) : result }

    func open(_ path: String, _ flags: Int32) -> Int32 { checked(Glibc.open(path, flags | O_CLOEXEC, 0o644)) }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        checked(Glibc.write(descriptor, bytes.baseAddress, bytes.count))
    }

    func synchronize(_ descriptor: Int32) -> Int32 { checked(fdatasync(descriptor)) }
    func writeOut(_ descriptor: Int32, _ part: Range<Int>, waits: Bool) -> Int32 {
        let result = apus_write_out(descriptor, Int64(part.lowerBound), Int64(part.count), waits)
        // Not every file system knows this.
        return result < 0 && (errno == EIO || errno == ENOSPC) ? -errno : 0
    }

    func truncate(_ descriptor: Int32, _ size: Int) -> Int32 { checked(ftruncate(descriptor, size)) }
    func close(_ descriptor: Int32) -> Int32 { checked(Glibc.close(descriptor)) }
    func rename(_ old: String, _ new: String) -> Int32 { checked(Glibc.rename(old, new)) }
    func remove(_ path: String) -> Int32 { checked(unlink(path)) }
}
