import Primitives

/// What a reply of a workload looks like.
struct ReplyShape: Sendable {
    /// Its length in bytes, the same for all.
    let length: Int
    /// The byte that tells its type.
    let firstByte: UInt8
}

/// Counts replies in a stream by their known length and looks at the first byte of each, so that an error is seen at
/// the place where it stands.
struct ReplyScanner {
    let shape: ReplyShape
    /// The bytes still to come of a reply that has begun.
    private var missing = 0

    init(_ shape: ReplyShape) { self.shape = shape }

    /// The number of replies that end within `bytes`, which continue the stream.
    @inline(__always)
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(BenchmarkFailure) -> Int {
        if bytes.count < missing {
            missing -= bytes.count
            return 0
        }
        var completed = missing > 0 ? 1 : 0
        var position = missing
        while position < bytes.count {
            guard bytes[position] == shape.firstByte else { throw ReplyScanner.failure(bytes, at: position) }
            position &+= shape.length
            completed &+= 1
        }
        missing = position &- bytes.count
        return missing > 0 ? completed &- 1 : completed
    }

    private static func failure(_ bytes: UnsafeRawBufferPointer, at position: Int) -> BenchmarkFailure {
        let line = bytes[position...].prefix(200).prefix { $0 != UInt8(ascii: "\r") }
        let kind = bytes[position] == UInt8(ascii: "-") ? "an error reply" : "an unexpected reply"
        return BenchmarkFailure("\(kind): \(String(decoding: line, as: UTF8.self))")
    }
}
