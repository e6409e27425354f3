import Glibc

/// Addresses and sockets of the loopback interface.
enum Loopback {
    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    static func bind(_ socket: Int32, _ address: inout sockaddr_in) -> Bool {
        withGeneric(&address) { Glibc.bind(socket, $0, $1) } == 0
    }

    /// The port that a bound socket has.
    static func port(of socket: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withGeneric(&address) { generic, _ in getsockname(socket, generic, &length) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A blocking connection to a server of this machine, without Nagle's delay.
    static func connect(port: UInt16) throws(BenchmarkFailure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket") }
        var address = address(port: port)
        guard withGeneric(&address, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw .system("connect")
        }
        var enabled: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    static func makeNonblocking(_ socket: Int32) { _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK) }

    /// The C interface takes every kind of address through a pointer to the generic one.
    private static func withGeneric<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A connection for a few administrative commands, one at a time.
final class ControlConnection {
    let socket: Int32

    init(port: UInt16) throws(BenchmarkFailure) {
        socket = try Loopback.connect(port: port)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// The reply to a command: a line without its type, the content of a bulk string, or those of an array in one line.
    @discardableResult
    func call(_ arguments: String...) throws(BenchmarkFailure) -> String {
        var request = "*\(arguments.count)\r\n"
        for argument in arguments { request += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
        let sent = request.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        guard sent == request.utf8.count else { throw .system("send") }
        do throws(BenchmarkFailure) {
            return try readReply()
        } catch {
            throw BenchmarkFailure("\(arguments[0]): \(error.text)")
        }
    }

    private func readReply() throws(BenchmarkFailure) -> String {
        let line = try readLine()
        if line.hasPrefix("-") { throw BenchmarkFailure("refused: \(line)") }
        let rest = line.dropFirst()
        guard let length = Int(rest), length >= 0 else { return String(rest) }
        if line.hasPrefix("$") { return String(decoding: try readBytes(length + 2).dropLast(2), as: UTF8.self) }
        guard line.hasPrefix("*") else { return String(rest) }
        var parts: [String] = []
        for _ in 0..<length { parts.append(try readReply()) }
        return parts.joined(separator: " ")
    }

    private func readLine() throws(BenchmarkFailure) -> String {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") { line += try readBytes(1) }
        return String(decoding: line.dropLast(2), as: UTF8.self)
    }

    private func readBytes(_ count: Int) throws(BenchmarkFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count else { throw .system("recv") }
        return bytes
    }
}
