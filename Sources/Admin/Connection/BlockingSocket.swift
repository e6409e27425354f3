import Glibc

/// A TCP connection that waits, but not for ever.
final class BlockingSocket: ByteStream {
    let descriptor: Int32
    private let address: NodeAddress
    private var room = [UInt8](repeating: 0, count: 64 << 10)

    init(_ address: NodeAddress, _ settings: ConnectionSettings) throws(AdminFailure) {
        self.address = address
        descriptor = try BlockingSocket.open(address, settings.connectTimeoutMilliseconds)
    }

    deinit { close(descriptor) }

    // MARK: Opening

    /// The numeric addresses of a host.
    static func resolve(_ host: String) throws(AdminFailure) -> String {
        var found: String?
        let code = eachAddress(NodeAddress(host: host, port: 1)) { info in
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(info.ai_addr, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 {
                found = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            return found != nil
        }
        guard let found else { throw AdminFailure("\(host): \(String(cString: gai_strerror(code)))") }
        return found
    }

    /// Looks a host up, and hands its addresses over until one is taken.
    private static func eachAddress(_ address: NodeAddress, _ take: (addrinfo) -> Bool) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, "\(address.port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        var next = list
        while let info = next {
            if take(info.pointee) { break }
            next = info.pointee.ai_next
        }
        return code
    }

    private static func open(_ address: NodeAddress, _ timeout: Int) throws(AdminFailure) -> Int32 {
        var descriptor: Int32 = -1
        var reason = ""
        let code = eachAddress(address) { info in
            descriptor = socket(info.ai_family, info.ai_socktype | Int32(SOCK_NONBLOCK.rawValue), info.ai_protocol)
            guard descriptor >= 0 else { return false }
            if let failure = connect(descriptor, info, timeout) {
                reason = failure
                close(descriptor)
                descriptor = -1
                return false
            }
            return true
        }
        if code != 0 { reason = String(cString: gai_strerror(code)) }
        guard descriptor >= 0 else { throw AdminFailure("Could not connect to \(address): \(reason)") }
        var enabled: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// Why it did not come up; nil if it did.
    private static func connect(_ descriptor: Int32, _ info: addrinfo, _ timeout: Int) -> String? {
        if Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 { return nil }
        guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
        guard wait(descriptor, POLLOUT, timeout) else { return "no answer within \(timeout) ms" }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// Whether it is ready in time. A signal does not end the wait.
    private static func wait(_ descriptor: Int32, _ event: Int32, _ timeout: Int) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let count = Glibc.poll(&poll, 1, Int32(clamping: timeout))
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }

    // MARK: Bytes

    func write(_ bytes: [UInt8], _ timeoutMilliseconds: Int) throws(AdminFailure) {
        var start = 0
        while start < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                start += sent
            } else if errno == EAGAIN {
                guard BlockingSocket.wait(descriptor, POLLOUT, timeoutMilliseconds) else { throw silence }
            } else if errno != EINTR {
                throw AdminFailure("\(address): \(String(cString: strerror(errno)))")
            }
        }
    }

    func read(_ timeoutMilliseconds: Int) throws(AdminFailure) -> [UInt8] {
        while true {
            let count = recv(descriptor, &room, room.count, 0)
            if count > 0 { return Array(room[..<count]) }
            if count == 0 { throw AdminFailure("\(address) has closed the connection") }
            if errno == EAGAIN {
                guard BlockingSocket.wait(descriptor, POLLIN, timeoutMilliseconds) else { throw silence }
            } else if errno != EINTR {
                throw AdminFailure("\(address): \(String(cString: strerror(errno)))")
            }
        }
    }

    private var silence: AdminFailure { AdminFailure("\(address) does not answer") }
}
