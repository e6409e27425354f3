import Encryption
import Glibc
import Primitives
import RESP

/// A connection under load: requests are appended, sent together, and answered in their order.
final class LoadConnection {
    let address: NodeAddress
    let descriptor: Int32
    private let channel: SecureChannel?
    /// Holds the socket open.
    private let stream: ByteStream
    private var output: [UInt8] = []
    private var sent = 0
    private var input: [UInt8] = []
    /// When the requests that wait for replies were due, with their clients; oldest first, from `first` on.
    private var due: [(time: UInt64, client: Int)] = []
    private var first = 0
    private var room = [UInt8](repeating: 0, count: 128 << 10)

    init(_ address: NodeAddress, _ settings: ConnectionSettings, speaksRESP3: Bool) throws(AdminFailure) {
        let connection = try NodeConnection(address, settings)
        if speaksRESP3, let error = try connection.call(["HELLO", "3"]).errorText {
            throw AdminFailure("\(address): HELLO 3: \(error)")
        }
        self.address = address
        stream = connection.stream
        if let secure = stream as? SecureStream {
            (descriptor, channel) = (secure.socket.descriptor, secure.channel)
        } else if let plain = stream as? BlockingSocket {
            (descriptor, channel) = (plain.descriptor, nil)
        } else {
            throw AdminFailure("\(address): no socket")
        }
    }

    /// Requests without a reply.
    var waiting: Int { due.count - first }
    /// Whether bytes wait for room in the socket.
    var isBlocked: Bool { sent < output.count || channel?.hasCiphertext == true }

    func append(_ template: RequestTemplate, due time: UInt64, client: Int) {
        output += template.bytes
        due.append((time, client))
    }

    /// Sends as much as the socket takes.
    func flush() throws(AdminFailure) {
        guard let channel else { return try flushPlain() }
        if !output.isEmpty {
            output.withUnsafeBytes { channel.send($0) }
            output.removeAll(keepingCapacity: true)
        }
        while channel.hasCiphertext {
            let count = channel.sendCiphertext {
                max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)))
            }
            if count <= 0 { return try checkBlocked() }
        }
    }

    private func flushPlain() throws(AdminFailure) {
        while sent < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return try checkBlocked() }
            sent += count
        }
        output.removeAll(keepingCapacity: true)
        sent = 0
    }

    private func checkBlocked() throws(AdminFailure) {
        guard errno == EAGAIN || errno == EINTR else {
            throw AdminFailure("\(address): \(String(cString: strerror(errno)))")
        }
    }

    /// Reads what has come, and hands each reply over: when its request was due, whose it was, and its error.
    func receive(_ body: (UInt64, Int, String?) -> Void) throws(AdminFailure) {
        let count = recv(descriptor, &room, room.count, 0)
        if count == 0 { throw AdminFailure("\(address) has closed the connection") }
        guard count > 0 else { return try checkBlocked() }
        if let channel {
            room.withUnsafeBytes { channel.receive(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            if let failure = channel.failure { throw AdminFailure("\(address): TLS: \(failure)") }
            channel.takePlaintext { input += $0 }
        } else {
            input += room[..<count]
        }
        cut(body)
    }

    private func cut(_ body: (UInt64, Int, String?) -> Void) {
        var start = 0
        input.withBytes { bytes in
            while start < bytes.count, first < due.count, let end = bytes.endOfReply(at: start) {
                let isError = bytes[start] == UInt8(ascii: "-")
                body(due[first].time, due[first].client, isError ? String(bytes[start + 1..<end - 2]) : nil)
                first += 1
                start = end
            }
        }
        if start == input.count { input.removeAll(keepingCapacity: true) } else { input.removeFirst(start) }
        if first == due.count {
            due.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 4096 {
            due.removeFirst(first)
            first = 0
        }
    }
}
