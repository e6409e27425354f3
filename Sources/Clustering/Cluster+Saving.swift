import Commands

// Orders whose effect has to be on the disk before anybody hears of them.

/// A client that is answered as soon as what it has ordered is on the disk.
struct UnsavedReply {
    let client: WaitingClient
    /// The number of the order.
    let order: UInt64
    let text: String
}

extension Cluster {
    /// What was ordered up to a number is on the disk.
    func didSave(_ number: UInt64) {
        savedOrders = max(savedOrders, number)
        while let reply = unsaved.first, reply.order <= savedOrders {
            unsaved.removeFirst()
            node.end(reply.client) { $0.simple(reply.text) }
        }
    }
}
