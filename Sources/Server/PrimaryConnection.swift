import Clustering
import Primitives
import Replication
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The connection through which a node follows its primary, and the file for the snapshot that comes through it.
final class PrimaryConnection: PrimaryConnector {
    private unowned let driver: NodeDriver
    private var connection: OutgoingConnection?
    private var place: SnapshotPlace?

    private static let readSize = 256 << 10

    init(_ driver: NodeDriver) { self.driver = driver }

    private var replica: Replica { driver.replication.replica }

    // MARK: What the link wants

    func connect(to primary: PrimaryAddress) {
        disconnect()
        connection = OutgoingConnection(
            driver, to: primary, usesTLS: driver.node.settings.tlsReplication, readSize: PrimaryConnection.readSize,
            for: self)
    }

    func disconnect() {
        connection?.close()
        connection = nil
    }

    func send(_ bytes: [UInt8]) { connection?.send(bytes) }

    func setReading(_ isReading: Bool) { connection?.isReading = isReading }

    /// The socket; -1 for none.
    var descriptor: Int32 { connection?.descriptor ?? -1 }

    var endpoints: (peer: String, local: String, descriptor: Int32) {
        guard descriptor >= 0 else { return ("", "", -1) }
        return (
            socketAddress(descriptor, peer: true).text, socketAddress(descriptor, peer: false).text, descriptor
        )
    }

    // MARK: What happens

    /// Takes an event of the socket.
    func handle(_ event: Poller.Event) { connection?.handle(event) }

    /// Goes on with what did not happen at the socket.
    func tick() { connection?.tick() }

    // MARK: The snapshot

    func createSnapshot(isHidden: Bool) throws(SnapshotPlaceError) {
        let node = driver.node
        place = try SnapshotPlace(
            isHidden: isHidden, writesOut: node.settings.rdbSaveIncrementalFsync, tag: node.identity.fileTag)
    }

    func appendToSnapshot(_ bytes: Bytes) throws(SnapshotPlaceError) { try place?.append(bytes) }

    func openSnapshot(without surplus: Int) throws(SnapshotPlaceError) -> Bytes {
        guard let place else { throw SnapshotPlaceError("there is none") }
        return try place.open(without: surplus)
    }

    func keepSnapshot() {
        let settings = driver.node.settings
        let isUnwanted = settings.rdbDelSyncFiles && settings.save.isEmpty && !settings.appendonly
        if isUnwanted { return dropSnapshot() }
        if driver.snapshots.isSaving { driver.snapshots.giveUp() }
        if let reason = place?.keep(as: settings.dbfilename) {
            driver.log.write(
                .warning,
                "Failed trying to rename the temp DB into \(settings.dbfilename) in MASTER <-> REPLICA "
                    + "synchronization: \(reason)")
        }
        place = nil
    }

    func dropSnapshot() {
        place?.drop()
        place = nil
    }
}

extension PrimaryConnection: PeerListener {
    var takesInput: Bool { replica.takesInput }

    func didConnect() { replica.didConnect() }

    func didReceive(_ bytes: Bytes) { replica.receive(bytes) }

    func didSend() {}

    func didEnd(_ reason: String) {
        connection = nil
        replica.didEnd(reason)
    }
}
