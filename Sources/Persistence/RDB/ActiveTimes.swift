import Primitives
import Structures

/// When the consumers of a stream were last active, as a fact that a file tells before the stream.
///
/// Nearly every stream with consumers has such times. A type for them came with version 11 of the format, which Redis 7.0 does
/// not read; facts that it does not know it passes over. So a type has them only where another thing needs a newer one anyway.
///
///     for each group, for each consumer, by name: milliseconds since 1970, or -1 for never, in 8 bytes
enum ActiveTimes {
    static let name = "apus-active-times"

    /// The times; nil where each is that at which the consumer was seen, which is what whoever reads nothing assumes.
    static func bytes(of stream: StreamValue) -> [UInt8]? {
        var bytes: [UInt8] = []
        var isKnown = true
        stream.forEachConsumer { _, _, consumer in
            isKnown = isKnown && consumer.activeAt == consumer.seenAt
            withUnsafeBytes(of: consumer.activeAt.littleEndian) { bytes += $0 }
        }
        return isKnown ? nil : bytes
    }

    /// Gives the consumers their times; false if these are not as many as they, or impossible.
    static func set(_ bytes: [UInt8], of stream: StreamValue) -> Bool {
        var (rest, isRight) = (bytes[...], true)
        stream.forEachConsumer { group, number, consumer in
            guard rest.count >= 8 else { return isRight = false }
            let time = rest.prefix(8).withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
            rest = rest.dropFirst(8)
            isRight = isRight && time >= -1
            if isRight { stream.setConsumerTimes(group, number, seenAt: consumer.seenAt, activeAt: time) }
        }
        return isRight && rest.isEmpty
    }
}

extension StreamValue {
    /// Calls `body` with the groups and the consumers in each, by name.
    fileprivate func forEachConsumer(_ body: (_ group: Int, _ number: Int, StreamConsumer) -> Void) {
        for group in 0..<groupCount {
            let group = (place: group, value: self[group: group])
            for number in group.value.consumerNumbers { body(group.place, number, group.value.consumer(number)) }
        }
    }
}
