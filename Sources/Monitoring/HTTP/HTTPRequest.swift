import Commands
import NIOHTTP1

/// What somebody asks for. Only what is read is kept of it.
public struct HTTPRequest: Equatable, Sendable {
    /// What can be done here: nothing changes anything.
    public enum Method: Equatable, Sendable {
        case get
        /// As `get`, without the body of the answer.
        case head
    }

    /// What is to be done.
    public var method: Method
    /// The path, without what follows `?`.
    public var path: String
    /// The header `Accept`; empty where there is none.
    public var accept: String
    /// Who asks; nil where that is not said in a way that is understood.
    public var credentials: Credentials?

    /// A request.
    public init(_ path: String, method: Method = .get, accept: String = "", credentials: Credentials? = nil) {
        (self.method, self.path, self.accept, self.credentials) = (method, path, accept, credentials)
    }

    /// From what was parsed; nil for a method that nothing is done for.
    init?(head: HTTPRequestHead) {
        switch head.method {
        case .GET: method = .get
        case .HEAD: method = .head
        default: return nil
        }
        path = String(head.uri.prefix { $0 != "?" && $0 != "#" })
        accept = head.headers["accept"].joined(separator: ",")
        credentials = head.headers["authorization"].first.flatMap(Credentials.init(authorization:))
    }
}

/// What is answered.
public struct HTTPResponse: Equatable, Sendable {
    /// The status code.
    public var status: Int
    /// The type of the body.
    public var contentType: String
    /// The body.
    public var body: [UInt8]
    /// Further headers.
    public var headers: [(name: String, value: String)] = []

    /// An answer.
    public init(_ status: Int, _ contentType: String, _ body: String) {
        (self.status, self.contentType, self.body) = (status, contentType, Array(body.utf8))
    }

    /// A sentence.
    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(status, "text/plain; charset=utf-8", text + "\n")
    }

    /// Wants to know who asks.
    public static var unauthorized: HTTPResponse {
        var response = text(401, "A user is needed that may run INFO.")
        response.headers = [("WWW-Authenticate", "Basic realm=\"apus\", charset=\"UTF-8\"")]
        return response
    }

    /// Whether two are the same.
    public static func == (left: HTTPResponse, right: HTTPResponse) -> Bool {
        left.status == right.status && left.contentType == right.contentType && left.body == right.body
            && left.headers.elementsEqual(right.headers, by: ==)
    }
}

extension Credentials {
    /// From a header `Authorization` of the kind Basic (RFC 7617); nil for anything else.
    init?(authorization text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, words[0].lowercased() == "basic", let bytes = base64Decoded(words[1].utf8) else {
            return nil
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        self.init(user: Array(bytes[..<colon]), password: Array(bytes[(colon + 1)...]))
    }
}

/// The bytes that Base64 (RFC 4648) stands for; nil for what is none.
func base64Decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    let digits = Array(text).prefix { $0 != UInt8(ascii: "=") }
    let padding = text.count - digits.count
    guard text.count % 4 == 0, padding <= 2, text.suffix(padding).allSatisfy({ $0 == UInt8(ascii: "=") }) else {
        return nil
    }
    var bytes: [UInt8] = []
    var (gathered, bits) = (UInt32(0), 0)
    for digit in digits {
        guard let value = base64Value(digit) else { return nil }
        gathered = gathered << 6 | value
        bits += 6
        if bits >= 8 {
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: gathered >> UInt32(bits)))
        }
    }
    return bytes
}

private func base64Value(_ digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}
