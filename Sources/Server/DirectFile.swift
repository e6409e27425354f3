import CShims
import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A large file that is written past the system's cache, in whole blocks: copying it there and finding room for it would
/// cost more than all else that writing takes, and nobody is going to read it soon.
///
///     append ─▶ buffer ─ full ─▶ disk
///                └ finish ─▶ cache: the rest, which is no whole block
final class DirectFile {
    private let files: any FileLayer
    private let descriptor: Int32
    private let buffer: UnsafeMutableRawPointer
    private var count = 0
    /// Whether the file is still written past the cache.
    private(set) var isDirect = true

    /// What is written at once, in bytes: little enough to stay near the processor.
    private static let size = 512 << 10
    /// What disks want memory, sizes and places to be a multiple of.
    private static let alignment = 4096

    /// - Parameter descriptor: an open file that is empty; nil where its file system does not know how to do this.
    init?(_ descriptor: Int32, _ files: any FileLayer) {
        guard apus_set_direct(descriptor, true) else { return nil }
        (self.descriptor, self.files) = (descriptor, files)
        buffer = .allocate(byteCount: DirectFile.size, alignment: DirectFile.alignment)
    }

    deinit { buffer.deallocate() }

    /// Takes the next bytes. Returns 0, or the number of the error.
    func append(_ bytes: Bytes) -> Int32 {
        var rest = bytes
        while rest.count > 0 {
            let size = min(rest.count, DirectFile.size - count)
            (buffer + count).copyMemory(from: rest.base, byteCount: size)
            count += size
            rest = rest.dropFirst(size)
            guard count == DirectFile.size else { break }
            let error = write()
            if error != 0 { return error }
        }
        return 0
    }

    /// Writes what is left; from here on the file is written by way of the cache. Returns 0, or the number of the error.
    func finish() -> Int32 {
        leaveDirect()
        return write()
    }

    private func leaveDirect() {
        if isDirect { _ = apus_set_direct(descriptor, false) }
        isDirect = false
    }

    private func write() -> Int32 {
        var written = 0
        defer { count = 0 }
        while written < count {
            let result = files.write(
                descriptor, UnsafeRawBufferPointer(start: buffer + written, count: count - written))
            if result > 0 {
                written += result
            } else if result == -Int(EINVAL), isDirect {
                // A disk of larger blocks, or one that had room for a part of a block.
                leaveDirect()
            } else if result != -Int(EINTR) {
                // A write of nothing would be tried for ever.
                return result == 0 ? EIO : Int32(-result)
            }
        }
        return 0
    }
}
