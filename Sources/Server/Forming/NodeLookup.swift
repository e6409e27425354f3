import CShims
import Forming
import Gossip
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Asks the sources of `cluster-join` who is there, one after the other.
struct NodeLookup {
    /// Who is there, and whether every source has said so.
    struct Outcome {
        var addresses: Set<FormingAddress> = []
        var isComplete = true
        /// What did not work, for the log.
        var failures: [String] = []
    }

    private let sources: [JoinSource]
    private let settings: Settings
    private let name: NodeName
    private var registries: [Int: any Registry] = [:]
    private let conversations: Conversations

    init(_ sources: [JoinSource], _ settings: Settings, name: NodeName) {
        (self.sources, self.settings, self.name) = (sources, settings, name)
        conversations = Conversations(source: settings.bindSourceAddr, milliseconds: 1000)
    }

    /// Asks all of them.
    mutating func find(now: Int64) -> Outcome {
        var outcome = Outcome()
        for (index, source) in sources.enumerated() {
            switch source {
            case .list(let places): for place in places { add(place.host, [place.port], &outcome) }
            case .name(let name, let port): add(name, ports(port ?? settings.port), &outcome)
            case .services(let name): addServices(name, &outcome)
            case .etcd(let server, _), .consul(let server, _): addRegistered(index, source, server, &outcome, now)
            }
        }
        return outcome
    }

    /// The ports of all nodes of a process, which are configured alike.
    private func ports(_ first: Int) -> [Int] { (0..<settings.cores).map { first + $0 } }

    // MARK: Names

    private func add(_ host: String, _ ports: [Int], _ outcome: inout Outcome) {
        guard let found = addresses(host) else {
            outcome.isComplete = false
            return outcome.failures.append("the address of \(host) cannot be looked up")
        }
        for address in found { for port in ports { insert(address, port, &outcome) } }
    }

    private func insert(_ host: String, _ port: Int, _ outcome: inout Outcome) {
        if let address = FormingAddress(host: host, port: port) { outcome.addresses.insert(address) }
    }

    private func addServices(_ name: String, _ outcome: inout Outcome) {
        guard let answer = query(name, .srv) else {
            outcome.isComplete = false
            return outcome.failures.append("the services of \(name) cannot be looked up")
        }
        for service in answer.services {
            let known = answer.addresses(of: service.host)
            if known.isEmpty { add(service.host, [service.port], &outcome) }
            for address in known { insert(address, service.port, &outcome) }
        }
    }

    /// The addresses of a host; none where there is no such host, nil where nobody can tell.
    private func addresses(_ host: String) -> [String]? {
        if FormingAddress(host: host, port: 1) != nil { return [host] }
        if settings.clusterJoinResolver.isEmpty { return systemAddresses(host) }
        guard let short = query(host, .a), let long = query(host, .aaaa) else { return nil }
        return short.addresses + long.addresses
    }

    private func systemAddresses(_ host: String) -> [String]? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &first)
        if code == EAI_NONAME || code == NodeLookup.noData { return [] }
        guard code == 0, let first else { return nil }
        defer { freeaddrinfo(first) }
        return sequence(first: first, next: \.pointee.ai_next).compactMap { text($0.pointee) }
    }

    /// EAI_NODATA, which the C library shows to sources with GNU extensions only.
    private static let noData: Int32 = -5

    private func text(_ address: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            address.ai_addr, address.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        return code == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    private func query(_ name: String, _ kind: DNSAnswer.Kind) -> DNSAnswer? {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let resolver = JoinSource.HostPort(settings.clusterJoinResolver, defaultPort: 53)
        let length = apus_dns_query(
            name, Int32(kind.rawValue), resolver?.host, Int32(resolver?.port ?? 0), &bytes, Int32(bytes.count))
        if length == 0 { return DNSAnswer() }
        return length < 0 ? nil : DNSAnswer(Array(bytes[..<min(Int(length), bytes.count)]))
    }

    // MARK: Registries

    private mutating func addRegistered(
        _ index: Int, _ source: JoinSource, _ server: JoinSource.HostPort, _ outcome: inout Outcome, _ now: Int64
    ) {
        guard var registry = registries[index] ?? enter(source, server) else {
            outcome.isComplete = false
            return outcome.failures.append("\(server) does not answer")
        }
        while let request = registry.next(now: now) { registry.receive(ask(request).response, now: now) }
        registries[index] = registry
        if let failure = registry.failure { outcome.failures.append("\(server): \(failure)") }
        outcome.isComplete = outcome.isComplete && registry.found != nil
        outcome.addresses.formUnion(registry.found ?? [])
    }

    /// The entry of this node: at the address that it is to be told by, or that by which it reaches the registry.
    private func enter(_ source: JoinSource, _ server: JoinSource.HostPort) -> (any Registry)? {
        let announced = settings.clusterAnnounceIp
        let host = announced.isEmpty ? ask(HTTPRequest(server, "GET", "/")).localHost : announced
        let port = settings.clusterAnnouncePort != 0 ? settings.clusterAnnouncePort : settings.port
        guard let own = FormingAddress(host: host, port: port) else { return nil }
        switch source {
        case .etcd(let server, let prefix): return EtcdRegistry(server, prefix: prefix, name: name, own: own)
        case .consul(let server, let service): return ConsulRegistry(server, service: service, name: name, own: own)
        case .list, .name, .services: return nil
        }
    }

    private func ask(_ request: HTTPRequest) -> (response: HTTPResponse?, localHost: String) {
        let exchange = HTTPExchange(request)
        let hosts = conversations.hold([(request.server.host, request.server.port, exchange)])
        return (exchange.response, hosts[0])
    }

    /// Takes the node out where it has entered itself.
    mutating func leave() {
        for index in registries.keys.sorted() {
            if let request = registries[index]?.leave() { _ = ask(request) }
        }
    }
}
