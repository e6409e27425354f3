import Clustering
import Encryption
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// A connection that the node opens to another: to its primary, and for keys and slots that move.
///
///     address ─▶ name looked up ─▶ socket ─▶ [channel] ─▶ listener
///     listener ─ send ─▶ pieces ─▶ [channel] ─▶ socket
///     listener ◀─ buffer ◀─ [channel] ◀─ socket
///
/// 1. What happens is told from `handle` and `tick` only, never from within what the listener wants.
final class OutgoingConnection: Peer {
    private unowned let driver: NodeDriver
    weak var listener: (any PeerListener)?
    /// The socket; -1 for none.
    private(set) var descriptor: Int32 = -1
    /// The search for the other's address.
    private var lookup: NameLookup?
    private let usesTLS: Bool
    private var channel: SecureChannel?
    private var isConnecting = false
    /// Why the connection has ended, until that is told.
    private var failure: String?
    private let buffer: UnsafeMutableRawBufferPointer
    private var pieces: [[UInt8]] = []
    private var firstPiece = 0
    private var sentOfPiece = 0
    private(set) var waitingBytes = 0
    /// Buffers whose bytes have left; nil where nobody asks for them.
    private var spares: [[UInt8]]?
    /// Whether what comes is read.
    var isReading = true { didSet { watch() } }

    /// Bytes that are sent before clients get their turn: what the kernel does with them is done in this thread.
    private static let sentAtOnce = 192 << 10
    private static let encryptedAtOnce = 60 << 10
    private static let piecesAtOnce = 8
    private static let spareSizes = 16 << 10...512 << 10
    private static let mostSpares = 64

    /// Begins to connect.
    /// - Parameter readSize: how much is read at once, in bytes.
    init(
        _ driver: NodeDriver, to address: PrimaryAddress, usesTLS: Bool, readSize: Int, for listener: any PeerListener
    ) {
        (self.driver, self.usesTLS, self.listener) = (driver, usesTLS, listener)
        buffer = .allocate(byteCount: readSize, alignment: 64)
        lookup = NameLookup.begin(address)
        connectIfFound()
    }

    deinit { buffer.deallocate() }

    /// Goes on when it is known where the other is.
    private func connectIfFound() {
        guard let outcome = lookup?.outcome else { return }
        lookup = nil
        do throws(StartError) {
            descriptor = try OutgoingSocket.open(try outcome.get(), from: driver.node.settings.bindSourceAddr)
        } catch {
            failure = error.reason
            return
        }
        isConnecting = true
        driver.poller.add(descriptor)
        watch()
    }

    var isOpen: Bool { (descriptor >= 0 || lookup != nil) && failure == nil }

    // MARK: What the listener wants

    func send(_ bytes: [UInt8]) {
        guard isOpen, !bytes.isEmpty else { return }
        enqueue(bytes)
        begin()
    }

    func send(exchanging bytes: inout [UInt8]) {
        guard isOpen, !bytes.isEmpty else { return bytes = [] }
        enqueue(bytes)
        // Before anything is sent: who held the bytes still would keep their memory from being used again.
        bytes = spares?.popLast() ?? []
        spares = spares ?? []
        begin()
    }

    private func enqueue(_ bytes: [UInt8]) {
        pieces.append(bytes)
        waitingBytes += bytes.count
    }

    private func begin() {
        if descriptor >= 0, !isConnecting { flush() }
    }

    func close() {
        (listener, lookup, failure) = (nil, nil, nil)
        closeSocket()
        driver.forget(self)
    }

    private func closeSocket() {
        guard descriptor >= 0 else { return }
        driver.peers[descriptor] = nil
        driver.poller.remove(descriptor)
        Glibc.close(descriptor)
        (descriptor, channel) = (-1, nil)
    }

    /// Whether it waits for the socket to take something.
    var wantsRoom: Bool {
        isConnecting || waitingBytes > 0 && channel?.isOpen != false || channel?.hasCiphertext == true
    }

    private func watch() {
        guard descriptor >= 0 else { return }
        driver.poller.watch(descriptor, reading: isReading, writing: wantsRoom)
    }

    // MARK: What happens

    /// Takes an event of the socket.
    func handle(_ event: Poller.Event) {
        if isConnecting { return finishConnecting() }
        if event.isWritable, flush() { listener?.didSend() }
        if event.isReadable, descriptor >= 0, mayRead { receive() }
    }

    private var mayRead: Bool { isReading && listener?.takesInput != false }

    /// Goes on with what did not happen at the socket.
    func tick() {
        connectIfFound()
        if let failure { end(failure) }
    }

    /// Whether something is to be told that `tick` tells.
    var hasFailed: Bool { failure != nil }

    private func finishConnecting() {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        if error != 0 { return end(String(cString: strerror(error))) }
        isConnecting = false
        OutgoingSocket.configure(descriptor, driver.node.settings)
        guard usesTLS else {
            watch()
            listener?.didConnect()
            return
        }
        do throws(SecurityError) {
            channel = try driver.security.connect()
        } catch {
            return end(error.reason)
        }
        flush()
    }

    private func end(_ reason: String) {
        let listener = listener
        close()
        listener?.didEnd(reason)
    }

    // MARK: Input

    private func receive() {
        if let channel { return receive(from: channel) }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0, let base = buffer.baseAddress {
            driver.node.noteRead(count)
            listener?.didReceive(Bytes(base: base, count: count))
        } else if count == 0 {
            end("Connection reset by peer")
        } else if errno != EAGAIN && errno != EINTR {
            end(systemError())
        }
    }

    private func receive(from channel: SecureChannel) {
        for _ in 0..<OutgoingConnection.piecesAtOnce where self.channel === channel && mayRead {
            let wasOpen = channel.isOpen
            let count = channel.receive { recv(descriptor, $0.baseAddress, $0.count, 0) }
            let error = errno
            if let failure = channel.failure { return end(failure) }
            if channel.hasCiphertext { flush() }
            if !wasOpen, channel.isOpen {
                listener?.didConnect()
                flush()
            }
            channel.takePlaintext { plaintext in
                driver.node.noteRead(plaintext.count)
                listener?.didReceive(Bytes(UnsafeRawBufferPointer(plaintext)))
            }
            guard self.channel === channel else { return }
            if count == 0 || channel.hasPeerEnded { return end("Connection reset by peer") }
            guard count > 0 else {
                if error != EAGAIN && error != EINTR { end(String(cString: strerror(error))) }
                return
            }
        }
    }

    // MARK: Output

    /// Sends what the socket takes. Returns whether anything left.
    @discardableResult
    private func flush() -> Bool {
        guard descriptor >= 0 else { return false }
        let before = waitingBytes
        if let channel { flush(through: channel) } else { flushPlain() }
        watch()
        return waitingBytes < before
    }

    private func flushPlain() {
        var left = OutgoingConnection.sentAtOnce
        while waitingBytes > 0, left > 0 {
            let count = pieces[firstPiece].withUnsafeBytes { piece in
                Glibc.send(
                    descriptor, piece.baseAddress! + sentOfPiece, min(left, piece.count - sentOfPiece),
                    Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                driver.node.noteWrite(count)
                drop(count)
                left -= count
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
            guard waitingBytes > 0, channel.isOpen else { return }
            let count = min(pieces[firstPiece].count - sentOfPiece, OutgoingConnection.encryptedAtOnce)
            pieces[firstPiece].withUnsafeBytes { piece in
                channel.send(UnsafeRawBufferPointer(rebasing: piece[sentOfPiece..<sentOfPiece + count]))
            }
            drop(count)
        }
    }

    /// Forgets bytes of the first piece that have left.
    private func drop(_ count: Int) {
        waitingBytes -= count
        sentOfPiece += count
        guard sentOfPiece == pieces[firstPiece].count else { return }
        keep(&pieces[firstPiece])
        (firstPiece, sentOfPiece) = (firstPiece + 1, 0)
        guard firstPiece == pieces.count || firstPiece >= 64 else { return }
        pieces.removeFirst(firstPiece)
        firstPiece = 0
    }

    /// Keeps the memory of bytes that have left, for others.
    private func keep(_ spent: inout [UInt8]) {
        var spare: [UInt8] = []
        swap(&spare, &spent)
        guard let count = spares?.count, count < OutgoingConnection.mostSpares,
            OutgoingConnection.spareSizes ~= spare.capacity
        else { return }
        spare.removeAll(keepingCapacity: true)
        spares?.append(spare)
    }
}
