/// LZF, the compression of strings in RDB files and payloads.
///
///     000LLLLL                    L + 1 bytes as they are
///     LLLDDDDD dddddddd           L + 2 bytes from D·256 + d + 1 bytes back, L from 1 to 6
///     111DDDDD llllllll dddddddd  l + 9 bytes from there
public enum LZF {
    /// What was compressed; nil if it is not `length` bytes long, or was damaged.
    public static func decompressed(_ bytes: Bytes, length: Int) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(length)
        var position = 0
        while position < bytes.count {
            let control = Int(bytes[position])
            position += 1
            if control < 32 {
                guard position + control < bytes.count else { return nil }
                output.append(bytes[position..<position + control + 1])
                position += control + 1
            } else {
                let isLong = control >> 5 == 7
                guard position + (isLong ? 1 : 0) < bytes.count else { return nil }
                let count = isLong ? Int(bytes[position]) + 9 : (control >> 5) + 2
                position += isLong ? 1 : 0
                let start = output.count - ((control & 31) << 8) - Int(bytes[position]) - 1
                position += 1
                guard start >= 0, output.count + count <= length else { return nil }
                for index in start..<start + count { output.append(output[index]) }
            }
            if output.count > length { return nil }
        }
        return output.count == length ? output : nil
    }
}
