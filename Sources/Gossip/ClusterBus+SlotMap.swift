import Primitives

extension ClusterBus {
    /// The map as it is now.
    public func slotMap() -> SlotMap {
        var builder = SlotMapBuilder(bus: self)
        var numbers = [UInt16](repeating: SlotMap.nobody, count: table.indices.count)
        var slots = [UInt16](repeating: SlotMap.nobody, count: hashSlotCount)
        for slot in 0..<hashSlotCount {
            guard let index = ownerIndex(slot) else { continue }
            if numbers[index] == SlotMap.nobody { numbers[index] = builder.number(of: index) }
            slots[slot] = numbers[index]
        }
        return builder.finish(slots)
    }

    /// A node as clients are told of it.
    func endpoint(_ index: Int) -> SlotMap.Endpoint {
        let texts = texts[index] ?? MemberTexts()
        let (short, long) = (
            table[index].address.told(as: texts.clientAddress, overIPv6: false),
            table[index].address.told(as: texts.clientAddress, overIPv6: true)
        )
        return SlotMap.Endpoint(
            name: table[index].name, host: preferredHost(short, texts), ipv6Host: preferredHost(long, texts),
            port: short.port, tlsPort: short.tlsPort)
    }

    private func preferredHost(_ address: NodeAddress, _ texts: MemberTexts) -> String {
        switch configuration.preferredEndpoint {
        case .address: address.host
        case .hostname: texts.hostname.isEmpty ? "?" : texts.hostname
        case .unknown: ""
        }
    }
}

/// Collects the endpoints of a map.
private struct SlotMapBuilder {
    let bus: ClusterBus
    var endpoints: [SlotMap.Endpoint] = []
    var numbers: [Int: UInt16] = [:]

    init(bus: ClusterBus) { self.bus = bus }

    mutating func number(of index: Int) -> UInt16 {
        if let number = numbers[index] { return number }
        let number = UInt16(endpoints.count)
        endpoints.append(bus.endpoint(index))
        numbers[index] = number
        return number
    }

    private mutating func numbers(of moves: [Int: NodeName]) -> [Int: UInt16] {
        var found: [Int: UInt16] = [:]
        for (slot, name) in moves {
            if let index = bus.table.find(name) { found[slot] = number(of: index) }
        }
        return found
    }

    mutating func finish(_ owners: [UInt16]) -> SlotMap {
        let here = number(of: bus.me)
        let primary = bus.myPrimary.map { number(of: $0) } ?? SlotMap.nobody
        let (migrating, importing) = (numbers(of: bus.migrating), numbers(of: bus.importing))
        return SlotMap(
            endpoints: endpoints, owners: owners, here: here, primary: primary, migrating: migrating,
            importing: importing, isUp: bus.isUp)
    }
}
