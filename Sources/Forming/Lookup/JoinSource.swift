import Primitives

/// Where nodes of a cluster that forms itself find each other: what `cluster-join` names.
public enum JoinSource: Equatable, Sendable {
    /// A list: `static:host:port,…`. A host is a name or an IP address.
    case list([HostPort])
    /// The addresses of a name: `dns:name[:port]`; without a port the node's own, and those that follow with several cores.
    case name(String, port: Int?)
    /// What a name has for services (SRV): `dns:_service._protocol.name`.
    case services(String)
    /// Keys that begin with the path: `etcd:http://host:port/prefix`.
    case etcd(HostPort, prefix: String)
    /// A service of an agent's catalogue: `consul:http://host:port/service`.
    case consul(HostPort, service: String)

    /// A host, by name or IP address, and a port.
    public struct HostPort: Hashable, Sendable, CustomStringConvertible {
        /// A name or an IP address, without brackets.
        public let host: String
        /// From 1 to 65535.
        public let port: Int

        /// From `host:port`.
        public init?(_ text: some StringProtocol, defaultPort: Int? = nil) {
            var host = String(text)
            var port = defaultPort
            if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
                guard let number = Int(text[text.index(after: colon)...]) else { return nil }
                (host, port) = (String(text[..<colon]), number)
            }
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            guard let port, (1...65_535).contains(port), isHost(host) else { return nil }
            (self.host, self.port) = (host, port)
        }

        /// `host:port`.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// What a directive says: sources, separated by spaces. Throws what is wrong with the first that makes no sense.
    public static func parse(_ text: String) throws(JoinSourceError) -> [JoinSource] {
        var sources: [JoinSource] = []
        for word in text.split(separator: " ") {
            guard let source = JoinSource(word) else { throw JoinSourceError(text: String(word)) }
            sources.append(source)
        }
        return sources
    }

    private init?(_ text: Substring) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon] {
        case "static":
            let places = rest.split(separator: ",", omittingEmptySubsequences: false).map { HostPort($0) }
            guard !places.contains(nil) else { return nil }
            self = .list(places.compactMap { $0 })
        case "dns":
            guard let source = JoinSource.dns(rest) else { return nil }
            self = source
        case "etcd":
            guard let (place, path) = JoinSource.address(rest, defaultPort: 2379) else { return nil }
            self = .etcd(place, prefix: path.hasSuffix("/") ? path : path + "/")
        case "consul":
            guard let (place, path) = JoinSource.address(rest, defaultPort: 8500) else { return nil }
            guard !path.contains("/"), path.utf8.allSatisfy(isNameByte) else { return nil }
            self = .consul(place, service: path)
        default: return nil
        }
    }

    private static func dns(_ text: Substring) -> JoinSource? {
        if text.hasPrefix("_") { return isHost(String(text)) ? .services(String(text)) : nil }
        guard let place = HostPort(text, defaultPort: 1) else { return nil }
        return .name(place.host, port: text.contains(":") ? place.port : nil)
    }

    /// `http://host[:port]/path`; the path without its first slash.
    private static func address(_ text: Substring, defaultPort: Int) -> (HostPort, String)? {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        let path = rest[rest.index(after: slash)...]
        guard let place = HostPort(rest[..<slash], defaultPort: defaultPort), !path.isEmpty,
            path.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return nil }
        return (place, String(path))
    }
}

/// A source that makes no sense.
public struct JoinSourceError: Error, Equatable {
    /// As it was given.
    public let text: String

    /// For people.
    public var reason: String {
        "'\(text)' is no source of a cluster: static:host:port,… or dns:name[:port] or dns:_service._protocol.name or "
            + "etcd:http://host:port/prefix or consul:http://host:port/service"
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
}

/// Whether a text can be the name of a host, or an IP address.
private func isHost(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ":") }
}
