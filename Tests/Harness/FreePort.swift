import Glibc

/// The ports that were given to somebody, who may not listen yet, or be down for a while.
private let givenPorts = GivenPorts()

private final class GivenPorts: @unchecked Sendable {
    private var ports: Set<Int> = []
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(lock, nil) }

    /// Whether it is new.
    func insert(_ port: Int) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return ports.insert(port).inserted
    }
}

/// A TCP port on which nobody listens, below the range from which the kernel takes ports for outgoing connections, so
/// that no client's end can take it before the server does. Nobody else in this process gets it.
public func freePort() throws -> Int {
    for _ in 0..<2000 {
        let port = Int.random(in: 10_000..<32_000)
        if canBind(port), givenPorts.insert(port) { return port }
    }
    throw HarnessError.timedOut("looking for a free port")
}

private func canBind(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_ANY)
    return bindSucceeds(descriptor, &address)
}

/// Whether this machine has the address ::1.
public func hasIPv6Loopback() -> Bool {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    return bindSucceeds(descriptor, &address)
}

private func bindSucceeds<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
        }
    }
}

/// An IPv4 address of this machine that is not on its loopback interface, if it has one.
public func externalIPv4Address() -> String? {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return nil }
    defer { freeifaddrs(list) }
    var next = list
    while let interface = next?.pointee {
        next = interface.ifa_next
        if let text = ipv4Text(interface.ifa_addr), !text.hasPrefix("127.") { return text }
    }
    return nil
}

private func ipv4Text(_ address: UnsafeMutablePointer<sockaddr>?) -> String? {
    guard let address, Int32(address.pointee.sa_family) == AF_INET else { return nil }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
    return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
