// Encryption: TLS as a machine: bytes in, bytes out, no socket. The only module that knows SwiftNIO. May import Settings.
import NIOCore
import NIOEmbedded
import NIOSSL

/// What all secure channels of a thread share: the loop that NIO's handler asks for, and buffers on the way in and out.
///
/// It belongs to the thread that made it, and so do its channels.
public final class SecureEngine {
    let loop = EmbeddedEventLoop()
    /// Ciphertext on its way in; empty again as soon as the channel has taken it.
    var incoming = ByteBufferAllocator().buffer(capacity: 64 << 10)
    /// Plaintext on its way out.
    var outgoing = ByteBufferAllocator().buffer(capacity: 64 << 10)

    /// An engine of this thread.
    public init() {}

    /// The server's end of a new connection.
    public func accept(_ identity: SecureIdentity) -> SecureChannel {
        SecureChannel(self, NIOSSLServerHandler(context: identity.context))
    }

    /// The client's end of a new connection.
    ///
    /// - Parameter serverName: what the server is told it is called (SNI); nil to say nothing. The certificate must come
    ///   from a trusted authority; the name in it is not compared, as in the reference.
    /// - Throws: where the name is no name of a host.
    public func connect(_ identity: SecureIdentity, serverName: String? = nil) throws(SecurityError) -> SecureChannel {
        do {
            return SecureChannel(self, try NIOSSLClientHandler(context: identity.context, serverHostname: serverName))
        } catch {
            throw .refused("Not a server name: \(serverName ?? "")")
        }
    }
}
