import Primitives
import Storage

// What the commands that give strings their values have in common: options for the expiry, and effects.

/// The option that says when a key expires: EX, PX, EXAT, PXAT; KEEPTTL and PERSIST where a command knows them.
struct ExpiryOption {
    enum Choice {
        case seconds, milliseconds, unixSeconds, unixMilliseconds
        case keep, persist
    }

    private(set) var choice: Choice?
    private var number = Bytes.empty

    /// Whether a time was given.
    var isTime: Bool { choice != nil && choice != .keep && choice != .persist }

    /// Takes the next option, with its number, if it is a time.
    mutating func take(_ reader: inout ArgumentReader) throws(CommandError) -> Bool {
        guard let choice = ExpiryOption.unit(&reader) else { return false }
        try choose(choice)
        number = try reader.next()
        return true
    }

    private static func unit(_ reader: inout ArgumentReader) -> Choice? {
        if reader.take("ex") { return .seconds }
        if reader.take("px") { return .milliseconds }
        if reader.take("exat") { return .unixSeconds }
        return reader.take("pxat") ? .unixMilliseconds : nil
    }

    /// Makes a choice, which may be repeated but not changed.
    mutating func choose(_ choice: Choice) throws(CommandError) {
        guard self.choice == nil || self.choice == choice else { throw .syntax }
        self.choice = choice
    }

    /// What becomes of the key's expiry.
    func change(_ call: Call, otherwise: ExpiryChange) throws(CommandError) -> ExpiryChange {
        switch choice {
        case nil: otherwise
        case .keep: .keep
        case .persist: .clear
        case .seconds, .milliseconds, .unixSeconds, .unixMilliseconds: .at(try call.expiryTime(number, choice!))
        }
    }
}

/// A condition on the string that a key holds. A missing key holds no value, so it only differs.
enum ValueCondition {
    case equals(Bytes)
    case differs(from: Bytes)
    case hasDigest(UInt64)
    case hasOtherDigest(than: UInt64)

    /// Takes the next option with its operand if it is a condition: IFEQ, IFNE, IFDEQ, IFDNE.
    static func take(_ reader: inout ArgumentReader) throws(CommandError) -> ValueCondition? {
        if reader.take("ifeq") { return .equals(try reader.next()) }
        if reader.take("ifne") { return .differs(from: try reader.next()) }
        if reader.take("ifdeq") { return .hasDigest(try digest(try reader.next())) }
        return reader.take("ifdne") ? .hasOtherDigest(than: try digest(try reader.next())) : nil
    }

    private static func digest(_ text: Bytes) throws(CommandError) -> UInt64 {
        guard text.count == 16, let digest = UInt64(hexadecimal: text) else {
            throw .message("ERR must be exactly 16 hexadecimal characters")
        }
        return digest
    }

    /// Whether a string, or nil for a missing key, meets the condition.
    func isMet(by entry: Entry?) -> Bool {
        switch self {
        case .equals(let value): entry?.withString { $0 == value } ?? false
        case .differs(let value): entry?.withString { $0 != value } ?? true
        case .hasDigest(let digest): entry?.withString { XXH3.hash($0) == digest } ?? false
        case .hasOtherDigest(let digest): entry?.withString { XXH3.hash($0) != digest } ?? true
        }
    }
}

extension Call {
    /// The time, in milliseconds since 1970, that an option's number means; an error where it is not positive, or too
    /// far.
    func expiryTime(_ number: Bytes, _ unit: ExpiryOption.Choice) throws(CommandError) -> Int64 {
        guard let value = number.integer else { throw .notInteger }
        let isInSeconds = unit == .seconds || unit == .unixSeconds
        let isRelative = unit == .seconds || unit == .milliseconds
        let (milliseconds, overflowed) = value.multipliedReportingOverflow(by: isInSeconds ? 1000 : 1)
        let (time, carried) = milliseconds.addingReportingOverflow(isRelative ? keyspace.now : 0)
        if value <= 0 || overflowed || carried { throw .notPositiveExpiry(command: name) }
        return time
    }

    /// Whether a key with this expiry would be gone at once. Not on a replica, which waits for its primary's word.
    func hasPassed(_ time: Int64) -> Bool { time <= keyspace.now && keyspace.expiryMode == .remove }

    /// Gives a key a string value and records it as SET; with an expiry that has passed, removes it instead.
    mutating func assign(_ key: Key, _ value: StringValue, _ expiry: ExpiryChange, event: KeyspaceEvent = .set) {
        if case .at(let time) = expiry, hasPassed(time) { return removeRecorded(key) }
        keyspace.set(key, value, database, expiry: expiry, event: event)
        recordAssignment(key.bytes, value, expiry)
    }

    /// Removes a key, if it is there, and records that as DEL.
    mutating func removeRecorded(_ key: Key) {
        recordNothing()
        if keyspace.remove(key, database) { recordRemoval(key.bytes) }
    }

    /// Records `PERSIST key`.
    mutating func recordPersist(_ key: Bytes) {
        recordEffect(2) { effect in
            effect.append("PERSIST")
            effect.append(key)
        }
    }

    /// Records `SET key value`, with KEEPTTL or PXAT.
    private mutating func recordAssignment(_ key: Bytes, _ value: StringValue, _ expiry: ExpiryChange) {
        let count =
            switch expiry {
            case .clear: 3
            case .keep: 4
            case .at: 5
            }
        recordEffect(count) { effect in
            effect.append("SET")
            effect.append(key)
            effect.append(value)
            switch expiry {
            case .clear: break
            case .keep: effect.append("KEEPTTL")
            case .at(let time):
                effect.append("PXAT")
                effect.append(time)
            }
        }
    }
}

extension EffectArguments {
    fileprivate mutating func append(_ value: StringValue) {
        switch value {
        case .bytes(let bytes): append(bytes)
        case .integer(let integer): append(integer)
        }
    }
}

extension UInt64 {
    /// The number of at most 16 hexadecimal digits in either case.
    fileprivate init?(hexadecimal text: Bytes) {
        self = 0
        for byte in text.buffer {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
            self = self << 4 | UInt64(digit)
        }
    }
}
