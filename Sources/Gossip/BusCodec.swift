import Primitives

/// The bytes of the bus: version 1 of the reference's, numbers in network order.
///
///        0  RCmb | length u32 | version u16 | port u16 | type u16 | entries u16
///       16  current epoch u64 | epoch of the claim u64 | offset u64 | sender 40
///       80  slots 2048 | primary 40, zeros for none | host 46, ends with zero | extensions u16
///           APUS, or zeros: from a node that knows of terms | 26 unused
///     2246  other port u16 | port of the bus u16 | flags u16 | state u8 | message flags 3
///     2256  ping, pong, meet   entries: name 40 | ping sent u32 | pong received u32 | host 46
///                                       | port u16 | port of the bus u16 | flags u16 | other port u16 | 2 unused
///                              extensions: length u32, this included, a multiple of 8 | type u16 | 2 unused | content
///           fail               name 40
///           publish            length of the channel u32 | of the message u32 | channel | message
///           update             epoch of the claim u64 | name 40 | slots 2048
///           module             module u64 | length u32 | type u8 | content
///
/// A light message has bit 15 of its type set, and what follows the type begins at byte 16.
enum BusLayout {
    static let signature: UInt32 = 0x5243_6D62
    static let version: UInt16 = 1

    static let (length, versionPlace, port, type, entries) = (4, 8, 10, 12, 14)
    static let (currentEpoch, configEpoch, offset, sender) = (16, 24, 32, 40)
    static let (slots, primary, host, extensions, mark) = (80, 2128, 2168, 2214, 2216)
    /// `APUS`, where others have zeros that nobody looks at.
    static let apus: UInt32 = 0x4150_5553
    static let (otherPort, busPort, flags, state, messageFlags) = (2246, 2248, 2250, 2252, 2253)
    static let (header, lightHeader) = (2256, 16)
    static let light: UInt16 = 0x8000
    /// Epochs beyond this one have never come about, and nobody who counts on from them may come to an end.
    static let highestEpoch: UInt64 = 1 << 62 - 1

    static let (hostLength, slotsLength) = (46, hashSlotCount / 8)
    static let (entry, extensionHeader, publish, update, module) = (104, 8, 8, 2096, 13)

    /// The places within an entry.
    enum Entry {
        static let (pingSent, pongReceived, host, port, busPort, flags, otherPort) = (40, 44, 48, 94, 96, 98, 100)
    }

    /// The bits of the first of the message flags.
    enum MessageFlag {
        static let (paused, forced, extensions): (UInt8, UInt8, UInt8) = (1, 2, 4)
    }

    /// The types of extensions.
    enum Extension {
        static let (hostname, humanName, forgotten, shard): (UInt16, UInt16, UInt16, UInt16) = (0, 1, 2, 3)
        /// Of Valkey. From Redis 8 another one comes as 4, which is no text.
        static let (clientIPv4, clientIPv6, clientPort, clientTLSPort): (UInt16, UInt16, UInt16, UInt16) = (4, 5, 6, 7)
        /// Of Apus alone; sent to nobody else.
        static let (promiseAsked, promiseGranted): (UInt16, UInt16) = (0x4150, 0x4151)
        static let (promiseRefused, promiseGrantedInPart): (UInt16, UInt16) = (0x4152, 0x4153)
    }
}

/// The types of messages, by their numbers on the bus.
enum BusType: UInt16 {
    case ping, pong, meet, fail, publish, voteRequest, vote, update, manualFailover, module, publishSharded

    init(_ body: BusMessage.Body) {
        self =
            switch body {
            case .ping: .ping
            case .pong: .pong
            case .meet: .meet
            case .fail: .fail
            case .publish(_, _, let isSharded): isSharded ? .publishSharded : .publish
            case .voteRequest: .voteRequest
            case .vote: .vote
            case .update: .update
            case .manualFailover: .manualFailover
            case .module: .module
            }
    }
}

/// Why bytes are no message.
public enum BusCodecError: Error, Equatable, Sendable {
    /// They do not begin as a message does. The connection is of no use any more.
    case signature
    /// No message of this type is so short, or so long. The connection is of no use any more.
    case length(Int)
    /// Another version of the bus. The message is skipped.
    case version(UInt16)
    /// A type that nobody here knows. The message is skipped.
    case type(UInt16)
    /// A light message before any other of its connection. The message is skipped.
    case noHeader
    /// A field that cannot be, or a length that does not fit. The message is skipped.
    case malformed(String)

    /// For the log.
    public var text: String {
        switch self {
        case .signature: "no signature of a message"
        case .length(let length): "a message of \(length) bytes"
        case .version(let version): "a message of version \(version)"
        case .type(let type): "a message of type \(type)"
        case .noHeader: "a light message before any other"
        case .malformed(let reason): reason
        }
    }
}
