import NIOCore
import NIOEmbedded
import NIOHTTP1
import Primitives

/// One request to an HTTP server.
public struct HTTPRequest: Equatable, Sendable {
    /// Whom to send it to.
    public let server: JoinSource.HostPort
    /// GET, PUT or POST.
    public let method: String
    /// With its query.
    public let path: String
    /// JSON; empty for none.
    public let body: String

    /// A request.
    public init(_ server: JoinSource.HostPort, _ method: String, _ path: String, _ body: String = "") {
        (self.server, self.method, self.path, self.body) = (server, method, path, body)
    }
}

/// What an HTTP server has answered.
public struct HTTPResponse: Equatable, Sendable {
    /// 200 where all is well.
    public let status: Int
    /// All of its body.
    public let body: [UInt8]

    /// A response.
    public init(status: Int, body: [UInt8]) { (self.status, self.body) = (status, body) }
    /// Whether all is well.
    public var isGood: Bool { 200..<300 ~= status }
}

/// One request and its response as bytes: a machine around the codec of SwiftNIO.
///
///     request ─▶ output ─▶ (socket) ─▶ receive(bytes) ─▶ response
public final class HTTPExchange: Conversation {
    private let channel = EmbeddedChannel()
    private var status: Int?
    private var body: [UInt8] = []
    /// The response when it is whole.
    public private(set) var response: HTTPResponse?
    /// See `Conversation`.
    public private(set) var output: [UInt8] = []

    private static let mostBytes = 16 << 20

    /// Begins.
    public init(_ request: HTTPRequest) {
        // An embedded channel refuses nothing of what is sent and asked for here.
        try! channel.pipeline.syncOperations.addHTTPClientHandlers()
        var head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: request.method), uri: request.path)
        head.headers.add(name: "Host", value: "\(request.server)")
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "Content-Length", value: "\(request.body.utf8.count)")
        head.headers.add(name: "Content-Type", value: "application/json")
        channel.writeAndFlush(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: request.body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        while case .byteBuffer(let part)? = try? channel.readOutbound(as: IOData.self) {
            output += Array(part.readableBytesView)
        }
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    /// See `Conversation`.
    public func receive(_ bytes: [UInt8]) -> Bool {
        guard (try? channel.writeInbound(ByteBuffer(bytes: bytes))) != nil else { return false }
        return takeParts() && response == nil
    }

    /// What was told without a length is whole.
    public func receiveEnd() {
        channel.pipeline.fireChannelInactive()
        _ = takeParts()
    }

    private func takeParts() -> Bool {
        while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let piece):
                body += Array(piece.readableBytesView)
                if body.count > HTTPExchange.mostBytes { return false }
            case .end: if let status { response = HTTPResponse(status: status, body: body) }
            }
        }
        return true
    }
}
