import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What a listener speaks, in the order in which INFO lists them.
enum ListenerKind: String, CaseIterable {
    case tcp, unix, tls
}

/// A socket that waits for clients.
struct Listener {
    let descriptor: Int32
    /// The address as in `bind`, or the path of a unix socket.
    let address: String
    /// 0 for a unix socket.
    let port: Int
    let kind: ListenerKind
    var isUnix: Bool { kind == .unix }

    /// How INFO calls them: a line for each kind.
    static func descriptions(_ listeners: [Listener]) -> [String] {
        ListenerKind.allCases.compactMap { kind in
            let own = listeners.filter { $0.kind == kind }
            guard let first = own.first else { return nil }
            let addresses = own.map { ",bind=\($0.address)" }.joined()
            return "name=\(kind)\(addresses)" + (kind == .unix ? "" : ",port=\(first.port)")
        }
    }

    /// Opens the sockets that the settings ask for: one for each address, and the unix socket.
    static func openAll(_ settings: Settings, _ log: Log) throws(StartError) -> [Listener] {
        var listeners = try openTCP(settings, log)
        if !settings.unixsocket.isEmpty {
            listeners.append(
                try openUnix(settings.unixsocket, permissions: settings.unixsocketperm, backlog: settings.tcpBacklog))
        }
        guard !listeners.isEmpty else { throw StartError(reason: "Configured to not listen anywhere, exiting.") }
        return listeners
    }

    /// The TCP sockets alone, plain and encrypted; none with port 0.
    static func openTCP(_ settings: Settings, _ log: Log) throws(StartError) -> [Listener] {
        let plain = try openTCP(settings, port: settings.port, .tcp, log)
        do throws(StartError) {
            return plain + (try openTCP(settings, port: settings.tlsPort, .tls, log))
        } catch {
            for listener in plain { close(listener.descriptor) }
            throw error
        }
    }

    static func openTCP(
        _ settings: Settings, port: Int, _ kind: ListenerKind, _ log: Log
    ) throws(StartError) -> [Listener] {
        guard port != 0 else { return [] }
        var listeners: [Listener] = []
        for address in settings.bind {
            do throws(StartError) {
                listeners.append(try openTCP(address, port: port, kind, backlog: settings.tcpBacklog))
            } catch {
                if address.hasPrefix("-") { continue }
                log.write(
                    .warning,
                    "Could not create server TCP listening socket \(address):\(port): \(error.reason)")
                for listener in listeners { close(listener.descriptor) }
                throw StartError(reason: "Failed listening on port \(port) (\(kind)), aborting.")
            }
        }
        if listeners.isEmpty { throw StartError(reason: "Failed listening on port \(port) (\(kind)), aborting.") }
        return listeners
    }

    /// - Parameter text: an address, `*` or `::*` for all of a family; a leading `-` does not belong to it.
    private static func openTCP(
        _ text: String, port: Int, _ kind: ListenerKind, backlog: Int
    ) throws(StartError) -> Listener {
        let name = text.hasPrefix("-") ? String(text.dropFirst()) : text
        let host: String? = name == "*" || name == "::*" ? nil : name
        var hints = addrinfo()
        hints.ai_family = name == "*" ? AF_INET : name == "::*" ? AF_INET6 : AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0, let first = found else { throw StartError(reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(found) }
        let descriptor = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError(reason: "socket: \(systemError())") }
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if first.pointee.ai_family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        try bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen, backlog)
        return Listener(descriptor: descriptor, address: text, port: port, kind: kind)
    }

    private static func openUnix(_ path: String, permissions: Int, backlog: Int) throws(StartError) -> Listener {
        unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw StartError(reason: "Failed opening Unix socket: path too long") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StartError(reason: "Failed opening Unix socket: \(systemError())") }
        do throws(StartError) {
            try withAddress(&address) { address, length throws(StartError) in
                try bind(descriptor, address, length, backlog)
            }
        } catch {
            throw StartError(reason: "Failed opening Unix socket: \(error.reason)")
        }
        if permissions != 0 { chmod(path, mode_t(permissions)) }
        return Listener(descriptor: descriptor, address: path, port: 0, kind: .unix)
    }

    private static func withAddress(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(StartError) -> Void
    ) throws(StartError) {
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let copy = UnsafeMutablePointer<sockaddr_un>.allocate(capacity: 1)
        defer { copy.deallocate() }
        copy.initialize(to: address)
        try body(UnsafeRawPointer(copy).assumingMemoryBound(to: sockaddr.self), length)
    }

    private static func bind(
        _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t, _ backlog: Int
    ) throws(StartError) {
        guard Glibc.bind(descriptor, address, length) == 0 else {
            defer { close(descriptor) }
            throw StartError(reason: "bind: \(systemError())")
        }
        guard listen(descriptor, Int32(clamping: backlog)) == 0 else {
            defer { close(descriptor) }
            throw StartError(reason: "listen: \(systemError())")
        }
        Listener.makeNonblocking(descriptor)
    }

    static func makeNonblocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// `address:port` of one end of a connection, IPv6 in brackets.
func socketAddress(_ descriptor: Int32, peer: Bool) -> (text: String, isLoopback: Bool) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
        let address = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
        let code = peer ? getpeername(descriptor, address, &length) : getsockname(descriptor, address, &length)
        guard code == 0 else { return ("?:0", false) }
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        getnameinfo(
            address, length, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV
        )
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        let name = text(host)
        let isLoopback = name.hasPrefix("127.") || name == "::1" || name.hasPrefix("::ffff:127.")
        return (name.contains(":") ? "[\(name)]:\(text(port))" : "\(name):\(text(port))", isLoopback)
    }
}
