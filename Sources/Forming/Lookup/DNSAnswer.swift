import Primitives

/// What a DNS server has answered, as its bytes (RFC 1035; SRV: RFC 2782).
public struct DNSAnswer: Equatable, Sendable {
    /// What a record says that is of use here.
    public enum Record: Equatable, Sendable {
        /// An IP address of a host.
        case address(host: String, String)
        /// A service at a port of a host.
        case service(host: String, port: Int)
    }

    /// The records in the order of the answer; those of other types are left out.
    public private(set) var records: [Record] = []

    /// The types of records that can be asked for.
    public enum Kind: Int, Sendable {
        case a = 1
        case aaaa = 28
        case srv = 33
    }

    /// An answer without records.
    public init() {}

    /// Reads an answer; nil where it makes no sense, or is no answer.
    public init?(_ bytes: [UInt8]) {
        var reader = DNSReader(bytes)
        guard let header = reader.take(12), header[2] & 0x80 != 0, header[3] & 0x0F == 0 else { return nil }
        func count(_ place: Int) -> Int { Int(header[place]) << 8 | Int(header[place + 1]) }
        for _ in 0..<count(4) { guard reader.name() != nil, reader.take(4) != nil else { return nil } }
        // What stands in the additional part belongs to what was asked for.
        for _ in 0..<count(6) + count(8) + count(10) {
            guard let record = reader.record() else { return nil }
            if let record = record.value { records.append(record) }
        }
    }

    /// The IP addresses of a host among the records, without regard to upper and lower case.
    public func addresses(of host: String) -> [String] {
        records.compactMap { record in
            if case .address(let owner, let address) = record, owner.lowercased() == host.lowercased() {
                address
            } else {
                nil
            }
        }
    }

    /// All IP addresses among the records.
    public var addresses: [String] {
        records.compactMap { record in if case .address(_, let address) = record { address } else { nil } }
    }

    /// The services among the records.
    public var services: [(host: String, port: Int)] {
        records.compactMap { record in if case .service(let host, let port) = record { (host, port) } else { nil } }
    }
}

private struct DNSReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard bytes.count - place >= count else { return nil }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    private mutating func number() -> Int? { take(2).map { Int($0[0]) << 8 | Int($0[1]) } }

    /// A name, parts of which may stand further in front.
    mutating func name() -> String? {
        var labels: [String] = []
        var (at, end) = (place, -1)
        // Each jump goes to the front, so that there is an end.
        var earliest = place
        while at < bytes.count, labels.count < 128 {
            let length = Int(bytes[at])
            if length == 0 {
                place = end < 0 ? at + 1 : end
                return labels.joined(separator: ".")
            }
            if length & 0xC0 == 0xC0 {
                guard at + 1 < bytes.count else { return nil }
                let target = (length & 0x3F) << 8 | Int(bytes[at + 1])
                guard target < earliest else { return nil }
                if end < 0 { end = at + 2 }
                (at, earliest) = (target, target)
                continue
            }
            guard length & 0xC0 == 0, at + 1 + length <= bytes.count else { return nil }
            labels.append(String(decoding: bytes[at + 1..<at + 1 + length], as: UTF8.self))
            at += 1 + length
        }
        return nil
    }

    /// The next record; `value` is nil for one of another type. Nil where there is none.
    mutating func record() -> (value: DNSAnswer.Record?, Void)? {
        guard let owner = name(), let type = number(), take(6) != nil, let length = number() else { return nil }
        let start = place
        guard bytes.count - start >= length else { return nil }
        defer { place = start + length }
        switch DNSAnswer.Kind(rawValue: type) {
        case .a: return length == 4 ? (.address(host: owner, DNSReader.short(bytes[start..<start + 4])), ()) : nil
        case .aaaa: return length == 16 ? (.address(host: owner, DNSReader.long(bytes[start..<start + 16])), ()) : nil
        case .srv:
            guard length >= 7, take(4) != nil, let port = number(), let host = name() else { return nil }
            return (.service(host: host, port: port), ())
        case nil: return (nil, ())
        }
    }

    private static func short(_ bytes: ArraySlice<UInt8>) -> String { bytes.map { "\($0)" }.joined(separator: ".") }

    private static func long(_ bytes: ArraySlice<UInt8>) -> String {
        let all = Array(bytes)
        return stride(from: 0, to: 16, by: 2).map { String(Int(all[$0]) << 8 | Int(all[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }
}
