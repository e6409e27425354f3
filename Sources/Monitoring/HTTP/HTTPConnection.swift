import NIOCore
import NIOEmbedded
import NIOHTTP1

/// A connection over which somebody asks, as a machine: bytes and time in, actions out. It belongs to one thread.
///
///     idle ─ a byte ─▶ reading ─ all of a request ─▶ answering ─ respond ─▶ sending ─ didSendAll ─▶ idle
///       │                 │                                                    └─ the last one ─▶ ended
///       └─ too long ──────┴─ too long, too much, not HTTP ─ refusal ─▶ sending, ended
///
/// 1. One request at a time: while one is answered nothing is read.
/// 2. What one connection takes of memory is bounded by `longestRequest` and one answer.
public final class HTTPConnection {
    /// What the driver is to do.
    public enum Action: Equatable {
        /// Find the answer, and say it with `respond`.
        case answer(HTTPRequest)
        /// Send this, and say so with `didSendAll`.
        case send([UInt8])
        /// Close the connection.
        case close
    }

    private enum State: Equatable {
        case idle
        case reading
        case answering(HTTPRequest, keepsAlive: Bool)
        case sending(keepsAlive: Bool)
        case ended
    }

    /// Bytes that a request may have, with all that belongs to it.
    public static let longestRequest = 16 << 10
    /// Milliseconds for which nothing may come between two requests.
    public static let longestRest: Int64 = 60_000
    /// Milliseconds that a request may take to come, and an answer to be taken.
    public static let longestTransfer: Int64 = 10_000

    private var state = State.idle
    private let channel: EmbeddedChannel
    /// Bytes that have come since the last request was complete.
    private var receivedBytes = 0
    /// Of the request that is being read.
    private var head: HTTPRequestHead?
    private var isChannelOpen = true
    /// When something has to have happened, in monotonic milliseconds.
    public private(set) var deadline: Int64

    /// A connection that has just been opened.
    /// - Parameter now: monotonic milliseconds.
    public init(now: Int64) {
        channel = EmbeddedChannel(handlers: [
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
        ])
        deadline = now + HTTPConnection.longestTransfer
    }

    /// Whether anything is to be read from the socket.
    public var wantsInput: Bool { state == .idle || state == .reading }

    /// Lets go of what it holds. Nothing happens to it afterwards.
    public func tearDown() {
        state = .ended
        guard isChannelOpen else { return }
        isChannelOpen = false
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    // MARK: Events

    /// Bytes have come.
    public func receive(_ bytes: UnsafeRawBufferPointer, now: Int64) -> [Action] {
        guard wantsInput, !bytes.isEmpty else { return [] }
        if state == .idle {
            state = .reading
            deadline = now + HTTPConnection.longestTransfer
        }
        receivedBytes += bytes.count
        do {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch {
            return refuse(.text(400, "This is no HTTP request."), now)
        }
        return proceed(now)
    }

    /// The answer to the request at hand is known.
    public func respond(_ response: HTTPResponse, now: Int64) -> [Action] {
        guard case .answering(let request, let keepsAlive) = state else { return [] }
        return send(response, hasBody: request.method == .get, keepsAlive: keepsAlive, now)
    }

    /// Everything that was to be sent has been taken.
    public func didSendAll(now: Int64) -> [Action] {
        guard case .sending(let keepsAlive) = state else { return [] }
        guard keepsAlive else {
            state = .ended
            return [.close]
        }
        state = .idle
        deadline = now + HTTPConnection.longestRest
        // More may have come along with the last request.
        return proceed(now)
    }

    /// Time has passed.
    public func tick(now: Int64) -> [Action] {
        guard now >= deadline else { return [] }
        switch state {
        case .reading: return refuse(.text(408, "The request took too long."), now)
        case .answering: return []
        case .idle, .sending, .ended:
            state = .ended
            return [.close]
        }
    }

    // MARK: Requests

    /// Looks at what was parsed, up to the end of a request.
    private func proceed(_ now: Int64) -> [Action] {
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head): self.head = head
            // Nothing is done with a body; it counts for how long a request is.
            case .body: break
            case .end: return accept(now)
            }
        }
        if receivedBytes > HTTPConnection.longestRequest { return refuse(.text(413, "The request is too long."), now) }
        if receivedBytes > 0 || head != nil { state = .reading }
        return []
    }

    private func accept(_ now: Int64) -> [Action] {
        guard let head else { return refuse(.text(400, "This is no HTTP request."), now) }
        self.head = nil
        guard receivedBytes <= HTTPConnection.longestRequest else {
            return refuse(.text(413, "The request is too long."), now)
        }
        receivedBytes = 0
        guard head.version.major == 1 else { return refuse(.text(505, "HTTP/1.1 is spoken here."), now) }
        if head.version.minor > 0, head.headers["host"].count != 1 {
            return refuse(.text(400, "A request needs one header Host."), now)
        }
        guard let request = HTTPRequest(head: head) else {
            var refusal = HTTPResponse.text(405, "Only GET and HEAD are answered.")
            refusal.headers = [("Allow", "GET, HEAD")]
            return refuse(refusal, now)
        }
        state = .answering(request, keepsAlive: head.isKeepAlive)
        return [.answer(request)]
    }

    // MARK: Answers

    /// The last thing that is said.
    private func refuse(_ response: HTTPResponse, _ now: Int64) -> [Action] {
        send(response, hasBody: true, keepsAlive: false, now)
    }

    private func send(_ response: HTTPResponse, hasBody: Bool, keepsAlive: Bool, _ now: Int64) -> [Action] {
        state = .sending(keepsAlive: keepsAlive)
        deadline = now + HTTPConnection.longestTransfer
        var bytes: [UInt8] = []
        do {
            try channel.writeOutbound(HTTPServerResponsePart.head(head(of: response, keepsAlive)))
            if hasBody {
                let body = ByteBuffer(bytes: response.body)
                try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(body)))
            }
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
            while let part = try channel.readOutbound(as: ByteBuffer.self) { bytes += part.readableBytesView }
        } catch {
            state = .ended
            return [.close]
        }
        return [.send(bytes)]
    }

    private func head(of response: HTTPResponse, _ keepsAlive: Bool) -> HTTPResponseHead {
        var headers = HTTPHeaders([
            ("Content-Type", response.contentType), ("Content-Length", "\(response.body.count)"),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ])
        headers.add(contentsOf: response.headers)
        headers.add(name: "Connection", value: keepsAlive ? "keep-alive" : "close")
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    }
}
