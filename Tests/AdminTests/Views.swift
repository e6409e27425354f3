@testable import Admin

/// A name of forty digits that begins with a letter.
func name(_ letter: Character) -> String { String(repeating: letter, count: 40) }

/// A node that sees nobody else.
func node(
    _ letter: Character, _ slots: ClosedRange<Int>? = nil, host: String = "10.0.0.1", replicates: Character? = nil,
    migrating: [Int: String] = [:], importing: [Int: String] = [:]
) -> NodeView {
    let port = 7000 + Int(letter.asciiValue!)
    let flags = replicates == nil ? "myself,master" : "myself,slave"
    let primary = replicates.map { name($0) } ?? "-"
    var own = NodeRecord("\(name(letter)) \(host):\(port)@\(port + 10000) \(flags) \(primary) 0 0 1 connected")!
    own.slots = slots.map { Array($0) } ?? []
    (own.migrating, own.importing) = (migrating, importing)
    return NodeView(address: NodeAddress(host: host, port: port), own: own)
}

/// Nodes that see each other as each is.
func view(_ nodes: NodeView...) -> ClusterView {
    let seen = nodes.map { node in
        var node = node
        node.others = nodes.filter { $0.id != node.id }.map { other in
            var record = other.own
            record.flags.remove("myself")
            (record.migrating, record.importing) = ([:], [:])
            return record
        }
        return node
    }
    return ClusterView(nodes: seen)
}
