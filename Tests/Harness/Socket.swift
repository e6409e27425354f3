import Glibc

/// A connected stream socket that never blocks for longer than asked.
final class Socket {
    let descriptor: Int32
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)

    init(host: String, port: Int) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list else {
            throw HarnessError.unreadable("address \(host)")
        }
        defer { freeaddrinfo(list) }
        descriptor = try Socket.open(family: address.pointee.ai_family)
        try connectOrClose(address.pointee.ai_addr, length: address.pointee.ai_addrlen)
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    init(unixPath: String) throws {
        descriptor = try Socket.open(family: AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { field in
            field.copyBytes(from: Array(unixPath.utf8).prefix(field.count - 1))
        }
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try connectOrClose($0, length: socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    deinit {
        Glibc.close(descriptor)
        scratch.deallocate()
    }

    private static func open(family: Int32) throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw HarnessError.last("socket") }
        return descriptor
    }

    private func connectOrClose(_ address: UnsafePointer<sockaddr>, length: socklen_t) throws {
        // The connect itself may block: on loopback it is answered at once, either way.
        guard connect(descriptor, address, length) == 0 else { throw HarnessError.last("connect") }
        let flags = fcntl(descriptor, F_GETFL)
        guard fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw HarnessError.last("fcntl") }
    }

    /// Waits for one of the events; what poll says came.
    func wait(for events: Int32, milliseconds: Int) throws -> Int32 {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let count = poll(&entry, 1, Int32(max(0, milliseconds)))
        if count < 0 && errno != EINTR { throw HarnessError.last("poll") }
        return count > 0 ? Int32(entry.revents) : 0
    }

    /// Appends what has arrived to the buffer. The number of bytes, 0 when nothing has arrived yet, nil at the end.
    func receive(into buffer: inout Bytes) throws -> Int? {
        let received = recv(descriptor, scratch.baseAddress!, scratch.count, 0)
        if received > 0 {
            buffer.append(contentsOf: scratch[..<received])
            return received
        }
        if received == 0 || errno == ECONNRESET || errno == EPIPE { return nil }
        if errno == EAGAIN || errno == EINTR { return 0 }
        throw HarnessError.last("recv")
    }

    /// Hands bytes to the kernel; how many it took.
    func send(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let sent = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent >= 0 { return sent }
        if errno == EAGAIN || errno == EINTR { return 0 }
        if errno == ECONNRESET || errno == EPIPE { throw HarnessError.closed }
        throw HarnessError.last("send")
    }

    func endWriting() {
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
