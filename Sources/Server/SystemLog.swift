import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The system log: a socket on which each datagram is a message. Messages that it has no room for are lost rather than
/// waited for.
struct SystemLog: ~Copyable {
    static let usualPath = "/dev/log"

    private let path: String
    private var descriptor: Int32 = -1

    init(path: String = SystemLog.usualPath) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends a message. The log may have been started anew since the last: then the socket is opened again.
    mutating func send(_ message: [UInt8]) {
        if descriptor >= 0, deliver(message) { return }
        reopen()
        if descriptor >= 0 { _ = deliver(message) }
    }

    private func deliver(_ message: [UInt8]) -> Bool {
        let count = Glibc.send(descriptor, message, message.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        return count >= 0 || errno == EAGAIN
    }

    private mutating func reopen() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        let isConnected = withSocketAddress { connect(descriptor, $0, $1) } == 0
        if !isConnected {
            close(descriptor)
            descriptor = -1
        }
    }

    private func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return -1 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

extension LogLine {
    /// The line as the system log takes it (RFC 3164), with a number for facility and severity in front.
    func datagram(_ facility: SyslogFacility, _ identity: String) -> [UInt8] {
        let priority = facility.number * 8 + level.severity
        return Array("<\(priority)>\(time.systemLogText) \(identity)[\(processID)]: \(plainMessage)".utf8)
    }
}

extension SyslogFacility {
    fileprivate var number: Int {
        switch self {
        case .user: 1
        case .local0: 16
        case .local1: 17
        case .local2: 18
        case .local3: 19
        case .local4: 20
        case .local5: 21
        case .local6: 22
        case .local7: 23
        }
    }
}

extension LogLevel {
    fileprivate var severity: Int {
        switch self {
        case .debug: 7
        case .verbose: 6
        case .notice: 5
        case .warning, .nothing: 4
        }
    }
}
