#if canImport(Glibc)
    import Glibc
#endif

/// LZF, the compression of strings in RDB files and payloads.
///
///     000LLLLL                    L + 1 bytes as they are
///     LLLDDDDD dddddddd           L + 2 bytes from D·256 + d + 1 bytes back, L from 1 to 6
///     111DDDDD llllllll dddddddd  l + 9 bytes from there
public enum LZF {
    /// What was compressed; nil if it is not `length` bytes long, or was damaged. Memory for `length` bytes is asked for at
    /// once: whoever does not know that to be sensible compares it with `bytes` first.
    public static func decompressed(_ bytes: Bytes, length: Int) -> [UInt8]? {
        guard length > 0 else { return length == 0 && bytes.isEmpty ? [] : nil }
        var isWhole = false
        let output = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            isWhole = decompress(bytes, to: UnsafeMutableRawPointer(buffer.baseAddress!), length: length)
            count = isWhole ? length : 0
        }
        return isWhole ? output : nil
    }

    /// Fills `length` bytes. Returns whether these are all there is, and nothing is damaged.
    private static func decompress(_ bytes: Bytes, to target: UnsafeMutableRawPointer, length: Int) -> Bool {
        var position = 0
        var written = 0
        while position < bytes.count {
            let control = Int(bytes[position])
            position += 1
            if control < 32 {
                let run = control + 1
                guard run <= bytes.count - position, run <= length - written else { return false }
                memcpy(target + written, bytes.base + position, run)
                position += run
                written += run
            } else {
                guard let (run, distance) = reference(control, bytes, &position),
                    distance <= written, run <= length - written
                else { return false }
                repeatBytes(at: target + written, distance, run)
                written += run
            }
        }
        return written == length
    }

    /// How many bytes come once more, and from how far back; nil where the end is missing.
    @inline(__always)
    private static func reference(_ control: Int, _ bytes: Bytes, _ position: inout Int) -> (run: Int, distance: Int)? {
        var run = control >> 5
        if run == 7 {
            guard position < bytes.count else { return nil }
            run += Int(bytes[position])
            position += 1
        }
        guard position < bytes.count else { return nil }
        let distance = (control & 31) << 8 + Int(bytes[position]) + 1
        position += 1
        return (run + 2, distance)
    }

    /// Copies bytes from before `target`; where they reach into what is written, that comes again and again.
    @inline(__always)
    private static func repeatBytes(at target: UnsafeMutableRawPointer, _ distance: Int, _ run: Int) {
        if distance >= run {
            memcpy(target, target - distance, run)
        } else if distance == 1 {
            memset(target, Int32((target - 1).load(as: UInt8.self)), run)
        } else {
            for index in 0..<run {
                target.storeBytes(
                    of: target.load(fromByteOffset: index - distance, as: UInt8.self), toByteOffset: index,
                    as: UInt8.self)
            }
        }
    }
}
