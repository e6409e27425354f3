import Encryption
import Gossip
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// A connection of the bus.
///
///     messages ─▶ output ────────────┐
///     broadcasts ─▶ (wait) ─ one by one, while nothing else waits ─▶ output ─▶ [channel] ─▶ socket
///
/// 1. A broadcast becomes bytes when its turn has come; nothing overtakes bytes.
/// 2. An error ends the link's use; its owner closes it.
final class BusLink {
    /// How far it has come.
    enum State: Equatable {
        case connecting, shakingHands, open
    }

    let id: LinkID
    let descriptor: Int32
    /// The channel of a link with TLS.
    private(set) var channel: SecureChannel?
    private(set) var state: State
    /// Whether the other end has opened it.
    let isInbound: Bool
    /// Since when it is there, in milliseconds since 1970.
    let createdAt: Int64
    private(set) var decoder = BusDecoder()
    private var output: [UInt8] = []
    private var sent = 0
    private var broadcasts: [BusMessage] = []
    private var firstBroadcast = 0
    /// Bytes that wait to be sent.
    private(set) var waitingBytes = 0
    /// Whether the socket takes nothing more for the time being.
    private(set) var isFull = false
    /// Whether it is among those that have something to send.
    var isQueued = false

    private static let encryptedAtOnce = 60 << 10

    init(_ id: LinkID, _ descriptor: Int32, isInbound: Bool, now: Int64) {
        (self.id, self.descriptor, self.isInbound, createdAt) = (id, descriptor, isInbound, now)
        state = isInbound ? .open : .connecting
    }

    /// Whether the socket has to tell when it takes more.
    var wantsRoom: Bool { state == .connecting || isFull }
    /// Whether there are broadcasts that the socket would take.
    var hasReadyBroadcasts: Bool { firstBroadcast < broadcasts.count && !isFull && state == .open }
    /// What it has reserved for output, in bytes, with the broadcasts that wait.
    var reservedBytes: Int {
        let broadcastBytes = waitingBytes - (output.count - sent)
        return output.capacity + broadcasts.capacity * MemoryLayout<BusMessage>.stride + broadcastBytes
    }

    // MARK: Beginning

    /// The socket is connected; with a channel the handshake begins.
    func didConnect(_ channel: SecureChannel?) {
        self.channel = channel
        state = channel == nil ? .open : .shakingHands
    }

    /// Takes note of a handshake that has ended. Returns whether it has.
    private func concludesHandshake() -> Bool {
        guard state == .shakingHands, channel?.isOpen == true else { return false }
        state = .open
        return true
    }

    // MARK: Input

    /// What reading has brought.
    enum Input {
        case nothing
        /// Something has come, which the decoder has.
        case some
        /// The handshake is over; something may have come too.
        case opened
        case failed(String)
    }

    /// Reads what has come, at most as much as the room takes.
    func read(_ room: UnsafeMutableRawBufferPointer) -> Input {
        if let channel { return read(through: channel) }
        let count = recv(descriptor, room.baseAddress, room.count, 0)
        guard count > 0 else { return failure(count) }
        decoder.feed(Bytes(UnsafeRawBufferPointer(rebasing: room[..<count])))
        return .some
    }

    private func failure(_ count: Int) -> Input {
        if count == 0 { return .failed("connection closed") }
        return errno == EAGAIN || errno == EINTR ? .nothing : .failed(systemError())
    }

    private func read(through channel: SecureChannel) -> Input {
        let count = channel.receive { recv(descriptor, $0.baseAddress, $0.count, 0) }
        let outcome = count > 0 ? Input.some : failure(count)
        if let failure = channel.failure { return .failed(failure) }
        let isNew = concludesHandshake()
        channel.takePlaintext { decoder.feed(Bytes(UnsafeRawBufferPointer($0))) }
        if case .failed = outcome { return outcome }
        if channel.hasPeerEnded { return .failed("connection closed") }
        return isNew ? .opened : outcome
    }

    /// The next whole message.
    func next() throws(BusCodecError) -> BusMessage? { try decoder.next() }

    // MARK: Output

    /// Queues a message. What is only passed on has to wait for everything else.
    func queue(_ message: BusMessage) {
        if case .publish = message.body { broadcasts.append(message) } else { output += message.bytes }
        waitingBytes += message.encodedLength
    }

    /// Sends what the socket takes.
    /// - Parameter budget: bytes of broadcasts that may be sent; what was is taken from it.
    /// - Returns: why the link has failed; nil where it has not.
    func flush(_ budget: inout Int) -> String? {
        guard state != .connecting else { return nil }
        isFull = false
        while true {
            if let channel, let outcome = flush(channel) { return outcome.failure }
            if sent == output.count {
                guard state == .open, refill(&budget) else { return nil }
            }
            if state == .shakingHands { return nil }
            if let outcome = sendSome() { return outcome.failure }
        }
    }

    /// How sending has come to a stop.
    private struct Stop {
        var failure: String?
    }

    private func sendSome() -> Stop? {
        if let channel {
            let count = min(BusLink.encryptedAtOnce, output.count - sent)
            output.withUnsafeBytes { channel.send(UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
            take(count)
            return nil
        }
        let count = output.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress! + sent, output.count - sent, Int32(MSG_NOSIGNAL))
        }
        return count > 0 ? accept(count) : stop()
    }

    private func accept(_ count: Int) -> Stop? {
        take(count)
        return nil
    }

    private func take(_ count: Int) {
        sent += count
        waitingBytes -= count
        guard sent == output.count else { return }
        output.removeAll(keepingCapacity: output.capacity <= BusLink.keptBytes)
        sent = 0
    }

    /// A buffer of this size stays when it is empty.
    private static let keptBytes = 64 << 10

    /// What a call that sent nothing means; nil to try again.
    private func stop() -> Stop? {
        if errno == EINTR { return nil }
        guard errno == EAGAIN else { return Stop(failure: systemError()) }
        isFull = true
        return Stop()
    }

    /// Sends ciphertext; nil when none is left.
    private func flush(_ channel: SecureChannel) -> Stop? {
        while channel.hasCiphertext {
            let count = channel.sendCiphertext {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { continue }
            if let stop = stop() { return stop }
        }
        return nil
    }

    /// Turns the next broadcast into bytes, if there is one and the budget allows it.
    private func refill(_ budget: inout Int) -> Bool {
        guard firstBroadcast < broadcasts.count, budget > 0 else { return false }
        let message = broadcasts[firstBroadcast]
        firstBroadcast += 1
        if firstBroadcast == broadcasts.count {
            (broadcasts, firstBroadcast) = ([], 0)
        } else if firstBroadcast >= broadcasts.count / 2 {
            // What has been sent is let go, and each move of the rest has been paid by as many that were sent.
            broadcasts.removeFirst(firstBroadcast)
            firstBroadcast = 0
        }
        output += message.bytes
        budget -= output.count
        return true
    }
}
