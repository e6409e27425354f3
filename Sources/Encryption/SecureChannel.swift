import NIOCore
import NIOSSL

/// One end of a TLS connection.
///
///     socket ─ receive ─▶ ┌───────────────┐ ─ takePlaintext ─▶ session
///     socket ◀ ciphertext ┤ SecureChannel ├ ◀─── send ──────── session
///                         └───────────────┘
///
/// 1. `send` is for a channel that is open and whose ciphertext has been sent: so little of it ever waits.
/// 2. Once it has failed or was closed it takes nothing more, but may still have ciphertext: an alert, a good-bye.
public final class SecureChannel {
    private let engine: SecureEngine
    private let handler: NIOSSLHandler
    private let pipe: SecurePipe
    private var isTakenDown = false

    init(_ engine: SecureEngine, _ handler: NIOSSLHandler) {
        self.engine = engine
        self.handler = handler
        pipe = SecurePipe(engine.loop)
        // Neither handler throws when it is added.
        try? pipe.pipeline.syncOperations.addHandlers([handler, SecureEvents(pipe)])
    }

    deinit { takeDown() }

    /// Whether the handshake is over and neither end has failed.
    public var isOpen: Bool { pipe.isOpen && !hasEnded }
    /// Whether the peer has said that it sends nothing more.
    public var hasPeerEnded: Bool { pipe.hasPeerEnded }
    /// Whether nothing more can be received or sent.
    public var hasEnded: Bool { pipe.isClosed || pipe.failure != nil }
    /// Why the channel failed; nil if it did not.
    public var failure: String? { pipe.failure }

    // MARK: Input

    /// Takes ciphertext in.
    ///
    /// - Parameter read: fills the room it is given, and says with how many bytes; without any nothing happens.
    /// - Returns: what `read` said.
    public func receive(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        guard !hasEnded else { return read(UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        engine.incoming.clear()
        var count = 0
        engine.incoming.writeWithUnsafeMutableBytes(minimumWritableBytes: SecureChannel.roomForInput) { room in
            count = read(room)
            return max(0, count)
        }
        if count > 0 { takeIn() }
        return count
    }

    /// Takes ciphertext in.
    public func receive(_ bytes: UnsafeRawBufferPointer) {
        guard !hasEnded, !bytes.isEmpty else { return }
        engine.incoming.clear()
        engine.incoming.writeBytes(bytes)
        takeIn()
    }

    private func takeIn() {
        let operations = pipe.pipeline.syncOperations
        operations.fireChannelRead(NIOAny(engine.incoming))
        operations.fireChannelReadComplete()
        if hasEnded { takeDown() }
    }

    /// Whether plaintext has arrived that was not taken.
    public var hasPlaintext: Bool { pipe.plaintext != nil }

    /// Hands over what has arrived since the last time; the bytes may be written to, and are gone afterwards.
    public func takePlaintext(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard let plaintext = pipe.plaintext else { return }
        pipe.plaintext = nil
        // The handler keeps a reference too, only to fill the buffer anew: asked for bytes that may be written to, the
        // buffer would copy itself for nothing.
        plaintext.withUnsafeReadableBytes {
            body(UnsafeMutableRawBufferPointer(mutating: $0))
        }
    }

    // MARK: Output

    /// Encrypts; the ciphertext waits to be sent.
    public func send(_ bytes: UnsafeRawBufferPointer) {
        precondition(pipe.isOpen, "a channel sends nothing before its handshake is over")
        guard !hasEnded, !bytes.isEmpty else { return }
        engine.outgoing.clear()
        engine.outgoing.writeBytes(bytes)
        pipe.pipeline.syncOperations.writeAndFlush(NIOAny(engine.outgoing), promise: nil)
    }

    /// Whether there is ciphertext to be sent.
    public var hasCiphertext: Bool { pipe.ciphertext != nil }
    /// How much of it there is, in bytes.
    public var ciphertextCount: Int { pipe.ciphertext?.readableBytes ?? 0 }

    /// Lends the ciphertext that waits to `write`, which says how much of it is sent. Nothing or less leaves all of it.
    public func sendCiphertext(_ write: (UnsafeRawBufferPointer) -> Int) -> Int {
        guard let waiting = pipe.ciphertext else { return 0 }
        let count = waiting.withUnsafeReadableBytes(write)
        if count >= waiting.readableBytes {
            pipe.ciphertext = nil
        } else if count > 0 {
            pipe.ciphertext?.moveReaderIndex(forwardBy: count)
        }
        return count
    }

    /// Says good-bye to the peer, without waiting for its answer.
    public func close() {
        guard !hasEnded else { return }
        pipe.pipeline.syncOperations.close(mode: .all, promise: nil)
        engine.loop.run()
        takeDown()
    }

    // MARK: The peer

    /// The name in the peer's certificate (CN of its subject), once that has been found good; nil without one.
    public var peerCommonName: String? {
        guard pipe.isOpen else { return nil }
        return handler.peerCertificate?.subjectName.last { $0.type == .commonName }?.value
    }

    /// The version agreed on, such as `TLSv1.3`; nil before the handshake is over.
    public var version: String? {
        guard pipe.isOpen, let version = handler.tlsVersion else { return nil }
        return TLSVersion.names.first { $0.value == version }?.key
    }

    /// Undoes the circle of references between the handlers and their channel.
    private func takeDown() {
        guard !isTakenDown else { return }
        isTakenDown = true
        pipe.takeDown()
    }

    /// How much is read at once, in bytes: the channel's own buffer then never grows beyond twice of that.
    private static let roomForInput = 32 << 10
}
