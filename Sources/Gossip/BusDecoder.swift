import Primitives

/// Takes messages out of the bytes of a connection, however these are cut.
///
/// What it remembers of a connection is at most a message and a read; a message that is longer than believed ends it.
/// Messages that cannot be understood are skipped, as long as it is clear where they end.
public struct BusDecoder: Sendable {
    /// The longest message to subscribers that is believed, in bytes.
    public static let longestMessage = 128 << 20

    private let longest: Int
    private var buffer: [UInt8] = []
    private var place = 0
    private var header: BusHeader?
    /// How many messages were skipped, and why the last of them was.
    public private(set) var (skipped, lastSkipped): (Int, BusCodecError?) = (0, nil)
    /// The bytes of the last message that was there.
    public private(set) var lastLength = 0

    /// For a connection.
    /// - Parameter longest: the longest message that is believed, in bytes.
    public init(longest: Int = BusDecoder.longestMessage) { self.longest = longest }

    /// Takes bytes that have come. Whoever feeds takes all messages before feeding again.
    public mutating func feed(_ bytes: Bytes) {
        if place > 0 {
            buffer.removeFirst(place)
            place = 0
        }
        buffer.append(bytes)
    }

    /// The next whole message; nil where more bytes are needed. An error ends the connection.
    public mutating func next() throws(BusCodecError) -> BusMessage? {
        while let outcome = try take() {
            switch outcome {
            case .success(let message):
                if !message.isLight { header = message.header }
                return message
            case .failure(let error):
                skipped += 1
                lastSkipped = error
            }
        }
        return nil
    }

    private mutating func take() throws(BusCodecError) -> Result<BusMessage, BusCodecError>? {
        let (place, longest, header) = (place, longest, header)
        let found = buffer.withBytes { BusDecoder.first($0.dropFirst(place), longest, header) }
        if let found { (self.place, lastLength) = (self.place + found.length, found.length) }
        if self.place == buffer.count { clear() }
        switch found?.outcome {
        case nil: return nil
        case .failure(.signature): throw .signature
        case .failure(.length(let length)): throw .length(length)
        case .success, .failure: return found?.outcome
        }
    }

    private static func first(
        _ bytes: Bytes, _ longest: Int, _ header: BusHeader?
    ) -> (length: Int, outcome: Result<BusMessage, BusCodecError>)? {
        do throws(BusCodecError) {
            guard let length = try BusFront.length(bytes, longest: longest), length <= bytes.count else { return nil }
            do throws(BusCodecError) {
                return (length, .success(try BusMessage(bytes[0..<length], after: header)))
            } catch { return (length, .failure(error)) }
        } catch { return (0, .failure(error)) }
    }

    /// Lets go of what a large message has taken.
    private mutating func clear() {
        place = 0
        if buffer.capacity > 1 << 16 { buffer = [] } else { buffer.removeAll(keepingCapacity: true) }
    }
}
