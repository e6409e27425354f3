import Primitives
import Replication
import Settings

/// The connection of a simulated node to its primary, and the place for the snapshot that comes.
final class SimulatedConnector: PrimaryConnector {
    private let number: Int
    private unowned let network: SimulatedNetwork
    private let disk: MemoryDisk
    weak var replica: Replica?
    private var link: SimulatedLink?
    private var isReading = true
    private var snapshot: SnapshotPlace?

    /// Bytes that stay in their place until nobody needs them.
    private final class SnapshotPlace {
        var bytes: [UInt8] = []
        let isHidden: Bool
        var fixed: FixedBytes?
        init(isHidden: Bool) { self.isHidden = isHidden }
    }

    init(_ number: Int, _ network: SimulatedNetwork, _ disk: MemoryDisk) {
        (self.number, self.network, self.disk) = (number, network, disk)
    }

    // MARK: The connection

    func connect(to primary: PrimaryAddress) {
        disconnect()
        isReading = true
        link = network.connect(number, to: SimulatedNetwork.number(ofPort: primary.port))
    }

    func disconnect() {
        guard let link else { return }
        self.link = nil
        link.endAtPrimary = link.endAtPrimary ?? network.arrival()
    }

    func send(_ bytes: [UInt8]) { link?.toPrimary.send(bytes, arrival: network.arrival()) }

    func setReading(_ isReading: Bool) { self.isReading = isReading }

    var endpoints: (peer: String, local: String, descriptor: Int32) { ("10.0.0.\(link?.primary ?? 0):1", "", 9) }

    /// Hands on what has happened at the connection.
    func receive(_ random: inout RandomSource) {
        guard let link, let replica else { return }
        if let time = link.connectedAt {
            guard network.now >= time else { return }
            link.connectedAt = nil
            if link.endAtReplica == nil { replica.didConnect() }
        }
        while self.link === link, isReading, replica.takesInput,
            let bytes = link.toReplica.receive(now: network.now, most: Int.random(in: 1...4096, using: &random))
        {
            bytes.withBytes { replica.receive($0) }
        }
        guard self.link === link, let end = link.endAtReplica, network.now >= end else { return }
        self.link = nil
        replica.didEnd("Connection reset by peer")
    }

    // MARK: The snapshot

    func createSnapshot(isHidden: Bool) throws(SnapshotPlaceError) { snapshot = SnapshotPlace(isHidden: isHidden) }

    func appendToSnapshot(_ bytes: Bytes) throws(SnapshotPlaceError) { snapshot?.bytes.append(bytes) }

    func openSnapshot(without surplus: Int) throws(SnapshotPlaceError) -> Bytes {
        guard let snapshot else { throw SnapshotPlaceError("no snapshot") }
        snapshot.bytes.removeLast(surplus)
        let fixed = FixedBytes(snapshot.bytes)
        snapshot.fixed = fixed
        return fixed.view
    }

    func keepSnapshot() {
        if let snapshot, !snapshot.isHidden { disk.files["./\(SimulatedNode.snapshotName)"] = snapshot.bytes }
        snapshot = nil
    }

    func dropSnapshot() { snapshot = nil }
}
