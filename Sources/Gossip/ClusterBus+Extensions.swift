import Primitives

/// What people and clients know a member by.
struct MemberTexts: Equatable, Sendable {
    var (hostname, humanName) = ("", "")
    var clientAddress = ClientAddress()
}

/// What pings say beyond the reference's first version.
extension ClusterBus {
    /// What a member is told of this node; nothing where it would not understand.
    mutating func extensions(for receiver: Int) -> [PingExtension] {
        guard table[receiver].flags.contains(.extensions) else { return [] }
        var extensions: [PingExtension] = []
        if !configuration.hostname.isEmpty { extensions.append(.hostname(configuration.hostname)) }
        if !configuration.humanName.isEmpty { extensions.append(.humanName(configuration.humanName)) }
        let client = configuration.clientAddress
        if !client.ipv4.isEmpty { extensions.append(.clientIPv4(client.ipv4)) }
        if !client.ipv6.isEmpty { extensions.append(.clientIPv6(client.ipv6)) }
        if client.port != 0 { extensions.append(.clientPort(client.port)) }
        if client.tlsPort != 0 { extensions.append(.clientTLSPort(client.tlsPort)) }
        // Rounded down, or nodes would keep each other from taking it in for ever.
        for (name, milliseconds) in blacklist.remaining(now: now) where milliseconds >= 1000 {
            extensions.append(.forgotten(name, seconds: UInt64(milliseconds / 1000)))
        }
        extensions.append(.shard(table[me].shard))
        if let word = promises.words[receiver] { extensions.append(word) }
        return extensions
    }

    mutating func processExtensions(_ extensions: [PingExtension], of sender: Int) {
        var found = MemberTexts()
        var shard: NodeName?
        for piece in extensions {
            switch piece {
            case .hostname(let hostname): found.hostname = hostname
            case .humanName(let name): found.humanName = name
            // No message has another text (`BusCodec`); `nodes.conf` is not believed with one.
            case .clientIPv4(let host): if isAddress(host) { found.clientAddress.ipv4 = host }
            case .clientIPv6(let host): if isAddress(host) { found.clientAddress.ipv6 = host }
            case .clientPort(let port): found.clientAddress.port = port
            case .clientTLSPort(let port): found.clientAddress.tlsPort = port
            case .forgotten(let name, let seconds): forgotten(name, seconds, by: sender)
            case .shard(let name): shard = name
            case .promiseAsked(let term): promiseAsked(term, by: sender)
            case .promiseGranted(let term, let place, let isWhole): promiseGranted(term, place, isWhole, by: sender)
            case .promiseRefused(let term): promiseRefused(term, by: sender)
            case .other: continue
            }
        }
        describe(sender, found)
        guard let shard = shard ?? primaryIndex(sender).map({ table[$0].shard }) else { return }
        update(shard, of: sender)
    }

    private mutating func describe(_ index: Int, _ found: MemberTexts) {
        guard found != texts[index] ?? MemberTexts() else { return }
        texts[index] = found == MemberTexts() ? nil : found
        pending.insert([.save, .map])
    }

    /// Takes over what this node is known by from the configuration.
    mutating func describeMyself() {
        let found = MemberTexts(
            hostname: configuration.hostname, humanName: configuration.humanName,
            clientAddress: configuration.clientAddress)
        describe(me, found)
    }

    private mutating func update(_ shard: NodeName, of index: Int) {
        if table[index].shard != shard {
            table[index].shard = shard
            pending.insert(.save)
        }
        if myPrimary == index, table[me].shard != shard {
            table[me].shard = shard
            pending.insert(.save)
        }
    }

    /// Another has forgotten a node, and so does this one.
    private mutating func forgotten(_ name: NodeName, _ seconds: UInt64, by sender: Int) {
        guard let index = table.find(name), index != me, index != myPrimary, index != sender else { return }
        let seconds = Int64(clamping: seconds)
        if blacklist.isPardoned(name, seconds: seconds, now: now) { return }
        banish(index, seconds: seconds)
    }

    /// Forgets a node, and keeps it from coming back by gossip for a while.
    mutating func banish(_ index: Int, seconds: Int64) {
        blacklist.insert(table[index].name, seconds: seconds, now: now)
        remove(index)
    }
}
