import Gossip
import Primitives

/// A place where nodes enter themselves, and look others up: a machine. One request is under way at a time.
///
///     next(now:) ─▶ request ─▶ (HTTP) ─▶ receive(response) ─▶ addresses
public protocol Registry: Sendable {
    /// What is to be asked next in a round; nil where the round is over.
    mutating func next(now: Int64) -> HTTPRequest?
    /// What has been answered to the last request; nil for nothing.
    mutating func receive(_ response: HTTPResponse?, now: Int64)
    /// What takes the node out again; nil where it is not in.
    mutating func leave() -> HTTPRequest?
    /// Who was there in the last round; nil where that is not known.
    var found: [FormingAddress]? { get }
    /// Why the last round has come to nothing; nil where it has not.
    var failure: String? { get }
}

/// For how long an entry outlives its node, in seconds.
public let registrationSeconds = 15

/// What a registry is asked, one after the other, until all is answered or something fails.
private struct RegistryRound {
    var isUnderWay = false
    /// Why the last round has come to nothing; nil where it has not.
    var failure: String?

    /// Whether there is more to ask: a round begins anew, and ends with its first failure.
    mutating func goesOn() -> Bool {
        if isUnderWay, failure != nil {
            isUnderWay = false
            return false
        }
        if !isUnderWay { (isUnderWay, failure) = (true, nil) }
        return true
    }
}

/// Keys of etcd (version 3, through its gateway for JSON): a lease that the node keeps alive, a key under the prefix with its
/// address that goes with the lease, and the range of all such keys.
public struct EtcdRegistry: Registry {
    private enum Step { case lease, entry, renewal, range, over }

    private let server: JoinSource.HostPort
    private let prefix: String
    private let name: NodeName
    /// Where this node serves clients.
    private let own: FormingAddress
    private var lease: String?
    private var isEntered = false
    private var renewedAt: Int64 = 0
    private var step = Step.over
    private var round = RegistryRound()
    /// See `Registry`.
    public private(set) var found: [FormingAddress]?
    /// See `Registry`.
    public var failure: String? { round.failure }

    /// The entry of a node.
    public init(_ server: JoinSource.HostPort, prefix: String, name: NodeName, own: FormingAddress) {
        (self.server, self.prefix, self.name, self.own) = (server, prefix, name, own)
    }

    /// See `Registry`.
    public mutating func next(now: Int64) -> HTTPRequest? {
        guard round.goesOn() else { return nil }
        switch step {
        case .over: step = lease == nil ? .lease : isEntered ? .renewal : .entry
        case .lease: step = .entry
        case .entry, .renewal: step = .range
        case .range: (step, round.isUnderWay) = (.over, false)
        }
        if step == .renewal, now - renewedAt < Int64(registrationSeconds) * 1000 / 3 { step = .range }
        return request
    }

    private var request: HTTPRequest? {
        let lease = lease ?? "0"
        switch step {
        case .lease: return post("/v3/lease/grant", ["TTL": .text("\(registrationSeconds)")])
        case .renewal: return post("/v3/lease/keepalive", ["ID": .text(lease)])
        case .entry:
            let (key, value) = (base64("\(prefix)\(name)"), base64("\(own)"))
            return post("/v3/kv/put", ["key": .text(key), "value": .text(value), "lease": .text(lease)])
        case .range:
            let (from, to) = (base64(prefix), base64(EtcdRegistry.end(of: prefix)))
            return post("/v3/kv/range", ["key": .text(from), "range_end": .text(to)])
        case .over: return nil
        }
    }

    private func post(_ path: String, _ body: JSON) -> HTTPRequest { HTTPRequest(server, "POST", path, body.encoded) }

    /// The first text that is behind all that begin with a prefix.
    private static func end(of prefix: String) -> [UInt8] {
        var bytes = Array(prefix.utf8)
        bytes[bytes.count - 1] += 1
        return bytes
    }

    /// See `Registry`.
    public mutating func receive(_ response: HTTPResponse?, now: Int64) {
        guard let response, response.isGood, let value = JSONValue(response.body) else { return fail(response) }
        switch step {
        case .lease:
            lease = value["ID"]?.string
            if lease == nil { return fail(response) }
            renewedAt = now
        case .entry: isEntered = true
        case .renewal: renew(value, now)
        case .range: found = (value["kvs"]?.elements ?? []).compactMap(address)
        case .over: return
        }
    }

    /// A lease that is unknown has ended, and the entry with it.
    private mutating func renew(_ value: JSONValue, _ now: Int64) {
        renewedAt = now
        if value["result"]?["TTL"]?.integer ?? 0 > 0 { return }
        (lease, isEntered, step) = (nil, false, .over)
    }

    private func address(_ pair: JSONValue) -> FormingAddress? {
        pair["value"]?.string.flatMap { unbase64($0) }.flatMap { FormingAddress(String(decoding: $0, as: UTF8.self)) }
    }

    private mutating func fail(_ response: HTTPResponse?) {
        round.failure = response.map { "it has answered with status \($0.status)" } ?? "it does not answer"
        // What has not worked with this lease may with another.
        if response != nil { (lease, isEntered) = (nil, false) }
        (step, found) = (.over, nil)
    }

    /// See `Registry`.
    public mutating func leave() -> HTTPRequest? {
        guard let lease else { return nil }
        self.lease = nil
        return post("/v3/lease/revoke", ["ID": .text(lease)])
    }
}

/// A service in the catalogue of a Consul agent, with a check that the node has to pass in time.
public struct ConsulRegistry: Registry {
    private enum Step { case entry, renewal, list, over }

    private let server: JoinSource.HostPort
    private let service: String
    private let name: NodeName
    private let own: FormingAddress
    private var isEntered = false
    private var renewedAt: Int64 = 0
    private var step = Step.over
    private var round = RegistryRound()
    /// See `Registry`.
    public private(set) var found: [FormingAddress]?
    /// See `Registry`.
    public var failure: String? { round.failure }

    /// The entry of a node.
    public init(_ server: JoinSource.HostPort, service: String, name: NodeName, own: FormingAddress) {
        (self.server, self.service, self.name, self.own) = (server, service, name, own)
    }

    private var identifier: String { "\(service)-\(name)" }

    /// See `Registry`.
    public mutating func next(now: Int64) -> HTTPRequest? {
        guard round.goesOn() else { return nil }
        switch step {
        case .over: step = isEntered ? .renewal : .entry
        case .entry, .renewal: step = .list
        case .list: (step, round.isUnderWay) = (.over, false)
        }
        if step == .renewal, now - renewedAt < Int64(registrationSeconds) * 1000 / 3 { step = .list }
        return request
    }

    private var request: HTTPRequest? {
        switch step {
        case .entry: HTTPRequest(server, "PUT", "/v1/agent/service/register", entry.encoded)
        case .renewal: HTTPRequest(server, "PUT", "/v1/agent/check/pass/service:\(identifier)")
        case .list: HTTPRequest(server, "GET", "/v1/health/service/\(service)?passing=true")
        case .over: nil
        }
    }

    private var entry: JSON {
        let check: JSON = [
            "TTL": .text("\(registrationSeconds)s"), "Status": "passing", "DeregisterCriticalServiceAfter": "1m",
        ]
        return [
            "ID": .text(identifier), "Name": .text(service), "Address": .text(own.host), "Port": .integer(own.port),
            "Check": check,
        ]
    }

    /// See `Registry`.
    public mutating func receive(_ response: HTTPResponse?, now: Int64) {
        guard let response, response.isGood else { return fail(response) }
        switch step {
        case .entry: (isEntered, renewedAt) = (true, now)
        case .renewal: renewedAt = now
        case .list:
            guard let value = JSONValue(response.body) else { return fail(response) }
            found = value.elements.compactMap(address)
        case .over: return
        }
    }

    /// A service without an address is where its agent is.
    private func address(_ entry: JSONValue) -> FormingAddress? {
        guard let port = entry["Service"]?["Port"]?.integer else { return nil }
        let own = entry["Service"]?["Address"]?.string ?? ""
        let host = own.isEmpty ? entry["Node"]?["Address"]?.string ?? "" : own
        return FormingAddress(host: host, port: port)
    }

    private mutating func fail(_ response: HTTPResponse?) {
        round.failure = response.map { "it has answered with status \($0.status)" } ?? "it does not answer"
        // An agent that has begun anew knows nobody.
        if response != nil { isEntered = false }
        (step, found) = (.over, nil)
    }

    /// See `Registry`.
    public mutating func leave() -> HTTPRequest? {
        guard isEntered else { return nil }
        isEntered = false
        return HTTPRequest(server, "PUT", "/v1/agent/service/deregister/\(identifier)")
    }
}
