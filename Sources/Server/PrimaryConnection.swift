import Encryption
import Primitives
import Replication
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The socket through which a node follows its primary, and the file for the snapshot that comes through it.
///
///     PrimaryLink ─ send ─▶ output ─▶ [channel] ─▶ socket
///     PrimaryLink ◀─ buffer ◀─ [channel] ◀─ socket
///
/// 1. What happens is told from `handle` and `tick` only, never from within what the link wants.
final class PrimaryConnection: PrimaryConnector {
    private unowned let driver: NodeDriver
    /// The socket; -1 for none.
    private(set) var descriptor: Int32 = -1
    private var channel: SecureChannel?
    /// The search for the primary's address.
    private var lookup: NameLookup?
    private var isConnecting = false
    private var isReading = true
    /// Why there is no connection, until that is told.
    private var failure: String?
    private var output: [UInt8] = []
    private var buffer: UnsafeMutableRawPointer?
    private var place: SnapshotPlace?

    /// How much is read at once, in bytes.
    private static let readSize = 256 << 10
    /// How many pieces of ciphertext are read at once.
    private static let piecesAtOnce = 8

    init(_ driver: NodeDriver) { self.driver = driver }

    deinit { buffer?.deallocate() }

    private var replica: Replica { driver.replication.replica }

    // MARK: What the link wants

    func connect(to primary: PrimaryAddress) {
        disconnect()
        lookup = NameLookup.begin(primary)
        connectIfFound()
    }

    /// Goes on when it is known where the primary is.
    private func connectIfFound() {
        guard let outcome = lookup?.outcome else { return }
        lookup = nil
        do throws(StartError) {
            descriptor = try OutgoingSocket.open(try outcome.get(), from: driver.node.settings.bindSourceAddr)
        } catch {
            failure = error.reason
            return
        }
        (isConnecting, isReading) = (true, true)
        buffer = buffer ?? .allocate(byteCount: PrimaryConnection.readSize, alignment: 64)
        driver.poller.add(descriptor)
        watch()
    }

    func disconnect() {
        failure = nil
        lookup = nil
        output = []
        guard descriptor >= 0 else { return }
        driver.poller.remove(descriptor)
        close(descriptor)
        (descriptor, channel) = (-1, nil)
    }

    func send(_ bytes: [UInt8]) {
        guard descriptor >= 0 else { return }
        output += bytes
        if !isConnecting { flush() }
    }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        watch()
    }

    var endpoints: (peer: String, local: String, descriptor: Int32) {
        guard descriptor >= 0 else { return ("", "", -1) }
        return (
            socketAddress(descriptor, peer: true).text, socketAddress(descriptor, peer: false).text, descriptor
        )
    }

    private func watch() {
        guard descriptor >= 0 else { return }
        let isWriting = isConnecting || !output.isEmpty || channel?.hasCiphertext == true
        driver.poller.watch(descriptor, reading: isReading, writing: isWriting)
    }

    // MARK: What happens

    /// Takes an event of the socket.
    func handle(_ event: Poller.Event) {
        if isConnecting { return finishConnecting() }
        if event.isWritable { flush() }
        if event.isReadable, isReading, replica.takesInput { receive() }
    }

    /// Tells what could not be told before.
    func tick() {
        connectIfFound()
        guard let reason = failure else { return }
        disconnect()
        replica.didEnd(reason)
    }

    private func finishConnecting() {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        if error != 0 { return end(String(cString: strerror(error))) }
        isConnecting = false
        OutgoingSocket.configure(descriptor, driver.node.settings)
        guard driver.node.settings.tlsReplication else {
            watch()
            return replica.didConnect()
        }
        do throws(SecurityError) {
            channel = try driver.security.connect()
        } catch {
            return end(error.reason)
        }
        flush()
    }

    private func end(_ reason: String) {
        disconnect()
        replica.didEnd(reason)
    }

    private func receive() {
        guard let buffer else { return }
        if let channel { return receive(from: channel) }
        let count = recv(descriptor, buffer, PrimaryConnection.readSize, 0)
        driver.node.noteRead(count)
        if count > 0 { return replica.receive(Bytes(base: UnsafeRawPointer(buffer), count: count)) }
        if count == 0 { return end("Connection reset by the primary") }
        if errno != EAGAIN && errno != EINTR { end(systemError()) }
    }

    private func receive(from channel: SecureChannel) {
        for _ in 0..<PrimaryConnection.piecesAtOnce where self.channel === channel && isReading && replica.takesInput {
            let wasOpen = channel.isOpen
            let count = channel.receive { recv(descriptor, $0.baseAddress, $0.count, 0) }
            let error = errno
            if let failure = channel.failure { return end(failure) }
            if channel.hasCiphertext { flush() }
            if !wasOpen, channel.isOpen { replica.didConnect() }
            channel.takePlaintext { plaintext in
                driver.node.noteRead(plaintext.count)
                replica.receive(Bytes(UnsafeRawBufferPointer(plaintext)))
            }
            guard self.channel === channel else { return }
            if count == 0 || channel.hasPeerEnded { return end("Connection reset by the primary") }
            guard count > 0 else {
                if error != EAGAIN && error != EINTR { end(String(cString: strerror(error))) }
                return
            }
        }
    }

    private func flush() {
        guard descriptor >= 0 else { return }
        if let channel { flush(through: channel) } else { flushPlain() }
        watch()
    }

    private func flushPlain() {
        while !output.isEmpty {
            let count = output.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                driver.node.noteWrite(count)
                output.removeFirst(count)
            } else if errno != EINTR {
                if errno != EAGAIN { failure = systemError() }
                return
            }
        }
    }

    private func flush(through channel: SecureChannel) {
        while true {
            while channel.hasCiphertext {
                let count = channel.sendCiphertext {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count > 0 || errno == EINTR { continue }
                if errno != EAGAIN { failure = systemError() }
                return
            }
            guard !output.isEmpty, channel.isOpen else { return }
            output.withUnsafeBytes { channel.send($0) }
            output = []
        }
    }

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
