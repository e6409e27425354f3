import Primitives

/// A snapshot on its way, in one of the two forms in which primaries send it.
///
///     $<length>\r\n<snapshot>
///     $EOF:<mark of 40 bytes>\r\n<snapshot><mark>
///
/// The mark is compared with the last bytes that came: a primary sends nothing behind it before it is answered.
public struct IncomingSnapshot: Equatable, Sendable {
    /// Bytes of the whole; nil where the mark tells.
    public let total: Int?
    /// Bytes that came, those of the mark included.
    public private(set) var received = 0
    private let mark: [UInt8]
    /// The last bytes that came, at most as many as the mark has.
    private var tail: [UInt8] = []
    /// Whether all has come.
    public private(set) var isWhole: Bool

    static let markLength = 40

    /// Nil where the line announces no snapshot.
    init?(header: String) {
        if header.hasPrefix("$EOF:") {
            mark = Array(header.utf8.dropFirst(5))
            guard mark.count == IncomingSnapshot.markLength else { return nil }
            (total, isWhole) = (nil, false)
        } else {
            guard header.hasPrefix("$"), let count = Int(header.dropFirst()), count >= 0 else { return nil }
            (mark, total, isWhole) = ([], count, count == 0)
        }
    }

    /// Bytes at the end that are no part of the snapshot.
    var surplus: Int { mark.count }

    /// Takes as many bytes as belong to it; returns how many.
    mutating func take(_ bytes: Bytes) -> Int {
        let count = min(bytes.count, total.map { $0 - received } ?? .max)
        received += count
        if let total {
            isWhole = received == total
        } else {
            keepTail(bytes)
            isWhole = tail == mark
        }
        return count
    }

    private mutating func keepTail(_ bytes: Bytes) {
        if bytes.count >= mark.count {
            tail = Array(bytes.dropFirst(bytes.count - mark.count))
        } else {
            tail.append(bytes)
            tail.removeFirst(max(0, tail.count - mark.count))
        }
    }
}
