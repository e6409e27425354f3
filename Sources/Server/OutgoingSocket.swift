import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The addresses that a name stands for.
final class FoundAddresses: @unchecked Sendable {
    // Nobody changes the list, which is freed with this.
    let first: UnsafeMutablePointer<addrinfo>

    init(_ first: UnsafeMutablePointer<addrinfo>) { self.first = first }

    deinit { freeaddrinfo(first) }
}

/// Sockets by which this node connects to others.
enum OutgoingSocket {
    /// Begins to connect; the socket is writable when that has ended, either way.
    /// - Parameters:
    ///   - peer: any of its addresses will do.
    ///   - source: the address to come from; empty for any.
    static func open(_ peer: FoundAddresses, from source: String) throws(StartError) -> Int32 {
        var reason = "no address"
        var next: UnsafeMutablePointer<addrinfo>? = peer.first
        while let address = next {
            do throws(StartError) { return try open(address.pointee, from: source) } catch { reason = error.reason }
            next = address.pointee.ai_next
        }
        throw StartError(reason: reason)
    }

    /// Looks a name up, which may take long unless it is an address.
    /// - Parameter isAddress: whether nobody is asked, so that anything but an address is not found.
    static func resolve(
        _ host: String?, port: Int, isOwn: Bool = false, isAddress: Bool = false
    ) throws(StartError) -> FoundAddresses {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = (isOwn ? AI_PASSIVE : 0) | (isAddress ? AI_NUMERICHOST : 0)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0, let found else { throw StartError(reason: String(cString: gai_strerror(code))) }
        return FoundAddresses(found)
    }

    private static func open(_ address: addrinfo, from source: String) throws(StartError) -> Int32 {
        let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError(reason: "socket: \(systemError())") }
        Listener.makeNonblocking(descriptor)
        do throws(StartError) {
            if !source.isEmpty { try bind(descriptor, to: source) }
            if connect(descriptor, address.ai_addr, address.ai_addrlen) != 0, errno != EINPROGRESS {
                throw StartError(reason: systemError())
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func bind(_ descriptor: Int32, to source: String) throws(StartError) {
        let own = try resolve(source, port: 0, isOwn: true)
        guard Glibc.bind(descriptor, own.first.pointee.ai_addr, own.first.pointee.ai_addrlen) == 0 else {
            throw StartError(reason: "bind: \(systemError())")
        }
    }

    /// How a connected socket is to behave.
    static func configure(_ descriptor: Int32, _ settings: Settings) {
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, settings.replDisableTcpNodelay ? 0 : 1)
        // A silent primary is noticed by itself; this is for what lies between.
        Listener.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Int32(clamping: max(1, settings.replTimeout)))
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, Int32(clamping: max(1, settings.replTimeout / 3)))
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }
}
