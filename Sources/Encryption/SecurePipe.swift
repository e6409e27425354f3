import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS

/// What NIO's TLS handler has in place of a socket: keeps what comes out at either side until it is taken.
///
///     receive ─▶ NIOSSLHandler ─▶ SecureEvents ─▶ plaintext
///     ciphertext ◀─ SecurePipe ◀─ NIOSSLHandler ◀─ send
///
/// A buffer that is kept is the handler's own, and let go of before the handler writes again: so neither copies.
final class SecurePipe: Channel, ChannelCore {
    let loop: EmbeddedEventLoop
    var plaintext: ByteBuffer?
    var ciphertext: ByteBuffer?
    var isOpen = false
    var isClosed = false
    var hasPeerEnded = false
    var failure: String?
    private var ownPipeline: ChannelPipeline?
    private let closePromise: EventLoopPromise<Void>

    init(_ loop: EmbeddedEventLoop) {
        self.loop = loop
        closePromise = loop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
    }

    func takeDown() {
        guard let pipeline = ownPipeline else { return }
        removeHandlers(pipeline: pipeline)
        closePromise.succeed(())
        // A handler that was in the middle of its good-bye has left a timer.
        loop.run()
        isClosed = true
        ownPipeline = nil
    }

    func keep(_ buffer: ByteBuffer, in place: inout ByteBuffer?) {
        guard buffer.readableBytes > 0 else { return }
        if place == nil { place = buffer } else { place?.writeImmutableBuffer(buffer) }
    }

    // MARK: What the handler asks for

    var pipeline: ChannelPipeline { ownPipeline! }
    var allocator: ByteBufferAllocator { ByteBufferAllocator() }
    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var eventLoop: any EventLoop { loop }
    var localAddress: SocketAddress? { nil }
    var remoteAddress: SocketAddress? { nil }
    var parent: (any Channel)? { nil }
    var isWritable: Bool { true }
    var isActive: Bool { !isClosed }
    var _channelCore: any ChannelCore { self }
    var syncOptions: (any NIOSynchronousChannelOptions)? { SecurePipeOptions() }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        loop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        loop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        keep(unwrapData(data, as: ByteBuffer.self), in: &ciphertext)
        promise?.succeed(())
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        isClosed = true
        promise?.succeed(())
    }

    func flush0() {}
    func read0() {}
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
    func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.succeed(()) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { refuse(promise) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { refuse(promise) }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) { refuse(promise) }

    private func refuse(_ promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
}

// A pipe is used by the one thread of its engine; NIO's protocol asks for more than that.
extension SecurePipe: @unchecked Sendable {}

/// A peer that sends nothing more may still receive: the answers to what came before its good-bye.
private struct SecurePipeOptions: NIOSynchronousChannelOptions {
    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
        throw ChannelError.operationUnsupported
    }

    func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        // Both options that are asked for, reading by itself and half-closing, are on.
        guard let value = true as? Option.Value else { throw ChannelError.operationUnsupported }
        return value
    }
}

/// The handler above that of TLS: plaintext, and what has happened.
final class SecureEvents: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private unowned let pipe: SecurePipe

    init(_ pipe: SecurePipe) { self.pipe = pipe }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pipe.keep(unwrapInboundIn(data), in: &pipe.plaintext)
    }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { pipe.isOpen = true }
        if case .inputClosed? = event as? ChannelEvent { pipe.hasPeerEnded = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if pipe.failure == nil { pipe.failure = SecurityError.text(of: error) }
    }
}
