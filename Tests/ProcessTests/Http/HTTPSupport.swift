import Harness
import Testing

/// An answer over HTTP.
struct HTTPAnswer {
    let status: Int
    /// Header fields, names in lower case.
    let headers: [String: String]
    let body: String

    /// The value of a sample in the text of metrics whose line begins like this.
    func value(_ beginning: String) -> Double? {
        let line = body.split(separator: "\n").first { $0.hasPrefix(beginning) }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }
}

/// A server with an HTTP port.
func withHTTP<Result>(
    _ configuration: [String] = [], _ body: (ServerProcess, _ httpPort: Int) throws -> Result
) throws -> Result {
    let port = try freePort()
    return try withServer(.apus, ["http-port \(port)"] + configuration) { try body($0, port) }
}

/// Asks for a path, over a connection of its own.
func fetch(_ path: String, port: Int, headers: [String] = [], method: String = "GET") throws -> HTTPAnswer {
    let connection = try Connection(port: port)
    try connection.send(
        text: "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + headers.map { "\($0)\r\n" }.joined() + "\r\n")
    return try answer(try connection.receiveBytes().bytes)
}

/// Reads one answer.
func answer(_ bytes: Bytes) throws -> HTTPAnswer {
    let text = String(decoding: bytes, as: UTF8.self)
    let end = try #require(text.firstRange(of: "\r\n\r\n"), "no answer: \(text.prefix(200))")
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let status = try #require(lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) })
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
    }
    return HTTPAnswer(status: status, headers: headers, body: String(text[end.upperBound...]))
}
