import Primitives

extension NodesFile {
    /// For whom a line is.
    public enum Form: Equatable, Sendable {
        /// `nodes.conf`, with the fields that only files have. The first port is that for TLS where the bus uses it.
        case file(usesTLS: Bool)
        /// CLUSTER NODES, for a client whose connection uses TLS, or does not, and IPv6, or IPv4.
        case reply(usesTLS: Bool, overIPv6: Bool = false)
    }

    /// The file.
    public func bytes(usesTLS: Bool) -> [UInt8] {
        var bytes = lines(.file(usesTLS: usesTLS))
        bytes.append(text: "vars currentEpoch \(currentEpoch) lastVoteEpoch \(lastVoteEpoch)")
        // The reference skips variables that it does not know.
        if let promised {
            bytes.append(text: " apus-promised-term \(promised.term) apus-promised-node \(promised.candidate)")
        }
        for grant in grants { bytes.append(text: " apus-grant \(grant.text)") }
        if dataTerm > 0 { bytes.append(text: " apus-data-term \(dataTerm)") }
        bytes.append(0x0A)
        return bytes
    }

    /// The lines of all nodes, each with its end; in a file without those in handshake.
    public func lines(_ form: Form) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nodes.count * 256)
        for node in nodes {
            if case .file = form, node.flags.contains(.handshake) { continue }
            append(node, form, to: &bytes)
            bytes.append(0x0A)
        }
        return bytes
    }

    /// Appends a node's line without its end. Slots that move stand in the line of the node whose file it is.
    public func append(_ node: Node, _ form: Form, to bytes: inout [UInt8]) {
        node.append(form, to: &bytes)
        guard node.flags.contains(.myself) else { return }
        for slot in Set(migrating.keys).union(importing.keys).sorted() {
            if let target = migrating[slot] {
                bytes.append(text: " [\(slot)->-")
                bytes.append(target)
            } else if let source = importing[slot] {
                bytes.append(text: " [\(slot)-<-")
                bytes.append(source)
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }
}

extension NodesFile.Node {
    /// Appends the line without its end, and without slots that move.
    public func append(_ form: NodesFile.Form, to bytes: inout [UInt8]) {
        bytes.append(name)
        bytes.append(UInt8(ascii: " "))
        appendAddress(form, to: &bytes)
        bytes.append(text: " \(flags.words) ")
        if let primary { bytes.append(primary) } else { bytes.append(UInt8(ascii: "-")) }
        bytes.append(text: " \(pingSentAt) \(pongReceivedAt) \(configEpoch)")
        bytes.append(text: isConnected || flags.contains(.myself) ? " connected" : " disconnected")
        for range in slots.ranges {
            bytes.append(text: " \(range.lowerBound)")
            if range.count > 1 { bytes.append(text: "-\(range.upperBound)") }
        }
    }

    private func appendAddress(_ form: NodesFile.Form, to bytes: inout [UInt8]) {
        switch form {
        case .file(let usesTLS):
            append(address, usesTLS: usesTLS, to: &bytes)
            bytes.append(text: ",\(hostname)")
            appendFields(usesTLS: usesTLS, to: &bytes)
        case .reply(let usesTLS, let overIPv6):
            append(address.told(as: clientAddress, overIPv6: overIPv6), usesTLS: usesTLS, to: &bytes)
            if !hostname.isEmpty { bytes.append(text: ",\(hostname)") }
        }
    }

    private func append(_ address: NodeAddress, usesTLS: Bool, to bytes: inout [UInt8]) {
        bytes.append(text: "\(address.host):\(usesTLS ? address.tlsPort : address.port)@\(address.busPort)")
    }

    private func appendFields(usesTLS: Bool, to bytes: inout [UInt8]) {
        if clientAddress.tlsPort != 0 { bytes.append(text: ",client-tls-port=\(clientAddress.tlsPort)") }
        if clientAddress.port != 0 { bytes.append(text: ",client-tcp-port=\(clientAddress.port)") }
        if !clientAddress.ipv6.isEmpty { bytes.append(text: ",client-ipv6=\(clientAddress.ipv6)") }
        if !clientAddress.ipv4.isEmpty { bytes.append(text: ",client-ipv4=\(clientAddress.ipv4)") }
        bytes.append(text: usesTLS ? ",tcp-port=\(address.port)" : ",tls-port=\(address.tlsPort)")
        if !humanName.isEmpty { bytes.append(text: ",nodename=\(humanName)") }
        if let shard {
            bytes.append(text: ",shard-id=")
            bytes.append(shard)
        }
    }
}

extension MemberFlags {
    /// The words of the reference for those flags that it writes, in its order.
    static let written: [(flag: MemberFlags, word: String)] = [
        (.myself, "myself"), (.primary, "master"), (.replica, "slave"), (.suspected, "fail?"), (.failed, "fail"),
        (.handshake, "handshake"), (.noAddress, "noaddr"), (.noFailover, "nofailover"),
    ]

    /// As lines of CLUSTER NODES have them: `myself,master`, and `noflags` for none.
    public var words: String {
        let words = MemberFlags.written.filter { contains($0.flag) }.map(\.word)
        return words.isEmpty ? "noflags" : words.joined(separator: ",")
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ name: NodeName) { append(contentsOf: name.digits) }
}
