import Gossip
import Primitives

/// The connections between the machines of a cluster. What is sent on one arrives in order, after a while, or never where the
/// connection breaks. Where one node does not reach another, what is on its way waits until it does.
struct BusNetwork {
    /// What arrives at an end of a connection.
    enum Content {
        /// Somebody wants a connection.
        case opening
        /// It stands.
        case opened
        case ended
        case message(BusMessage)
    }

    /// Something that is on its way.
    struct Parcel {
        let connection: Int32
        /// Which end it goes to: 0 for the one that wanted the connection, 1 for the other.
        let end: Int
        let content: Content
    }

    /// One end of a connection.
    struct End {
        let node: Int32
        var link: UInt64 = 0
        var isOpen = false
        /// When the last thing that is on its way to it arrives.
        var lastArrival: Int64 = 0
    }

    private struct Connection {
        var ends: (End, End)
        /// Parcels on their way, which keep the place of the connection from being used again.
        var parcels: Int32 = 0

        subscript(end: Int) -> End {
            get { end == 0 ? ends.0 : ends.1 }
            set { if end == 0 { ends.0 = newValue } else { ends.1 = newValue } }
        }
    }

    private var connections: [Connection] = []
    private var freeConnections: [Int32] = []
    private var parcels: [Parcel?] = []
    private var freeParcels: [Int32] = []
    private let count: Int
    /// For each pair, whether the first does not reach the second, and what waits for that; empty where all always do.
    private var cuts: [Bool] = []
    private var waiting: [Int: [Int32]] = [:]

    /// - Parameter count: of nodes.
    init(_ count: Int, canCut: Bool) {
        self.count = count
        if canCut { cuts = Array(repeating: false, count: count * count) }
    }

    // MARK: Connections

    /// A connection that a node wants to another.
    mutating func connect(_ from: Int, link: UInt64, to: Int) -> Int32 {
        let near = End(node: Int32(from), link: link, isOpen: true)
        let connection = Connection(ends: (near, End(node: Int32(to))))
        guard let place = freeConnections.popLast() else {
            connections.append(connection)
            return Int32(connections.count - 1)
        }
        connections[Int(place)] = connection
        return place
    }

    func end(_ connection: Int32, _ end: Int) -> End { connections[Int(connection)][end] }

    mutating func open(_ connection: Int32, _ end: Int, link: UInt64) {
        connections[Int(connection)][end].link = link
        connections[Int(connection)][end].isOpen = true
    }

    /// An end knows the connection no more.
    mutating func close(_ connection: Int32, _ end: Int) {
        connections[Int(connection)][end].isOpen = false
        release(connection)
    }

    private mutating func release(_ connection: Int32) {
        let place = connections[Int(connection)]
        if place.parcels == 0, !place.ends.0.isOpen, !place.ends.1.isOpen { freeConnections.append(connection) }
    }

    // MARK: Parcels

    /// Sends something that arrives after a while; when, and its number.
    mutating func send(
        _ content: Content, _ connection: Int32, to end: Int, at time: Int64
    ) -> (time: Int64, parcel: Int32) {
        let arrival = max(time, connections[Int(connection)][end].lastArrival)
        connections[Int(connection)][end].lastArrival = arrival
        connections[Int(connection)].parcels += 1
        let parcel = Parcel(connection: connection, end: end, content: content)
        guard let place = freeParcels.popLast() else {
            parcels.append(parcel)
            return (arrival, Int32(parcels.count - 1))
        }
        parcels[Int(place)] = parcel
        return (arrival, place)
    }

    /// What has arrived; nil where it has to wait, or where nobody waits for it any more.
    mutating func take(_ number: Int32) -> Parcel? {
        let connection = parcels[Int(number)]!.connection
        if !cuts.isEmpty {
            let way = way(connection, to: parcels[Int(number)]!.end)
            if cuts[way] {
                waiting[way, default: []].append(number)
                return nil
            }
        }
        var parcel: Parcel?
        swap(&parcel, &parcels[Int(number)])
        freeParcels.append(number)
        connections[Int(connection)].parcels -= 1
        var waits = connections[Int(connection)][parcel!.end].isOpen
        if case .opening = parcel!.content { waits = connections[Int(connection)].ends.0.isOpen }
        if waits { return parcel }
        release(connection)
        return nil
    }

    // MARK: Cuts

    private func way(_ connection: Int32, to end: Int) -> Int {
        Int(self.end(connection, 1 - end).node) * count + Int(self.end(connection, end).node)
    }

    func isCut(from: Int, to: Int) -> Bool { !cuts.isEmpty && cuts[from * count + to] }

    /// From now on nothing of one node arrives at another.
    mutating func cut(from: Int, to: Int) { cuts[from * count + to] = true }

    /// It does again: what has waited.
    mutating func heal(from: Int, to: Int) -> [Int32] {
        cuts[from * count + to] = false
        return waiting.removeValue(forKey: from * count + to) ?? []
    }

    /// The open connections of a process.
    func connections(of node: Int, where isMeant: (End) -> Bool = { _ in true }) -> [Int32] {
        connections.indices.filter { index in
            let (a, b) = connections[index].ends
            return a.isOpen && a.node == node && isMeant(b) || b.isOpen && b.node == node && isMeant(a)
        }.map(Int32.init)
    }
}
