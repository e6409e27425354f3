import Commands
import Testing

@testable import Monitoring

/// A connection as a transcript: bytes and time in, actions out.
struct HTTPConnectionTests {
    private let plain = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Feeds text in parts, and says what came of it.
    private func feed(_ connection: HTTPConnection, _ parts: [ArraySlice<UInt8>], now: Int64 = 0) -> [HTTPConnection
        .Action]
    {
        parts.flatMap { part in part.withUnsafeBytes { connection.receive($0, now: now) } }
    }

    private func feed(_ connection: HTTPConnection, _ text: String, now: Int64 = 0) -> [HTTPConnection.Action] {
        feed(connection, [Array(text.utf8)[...]], now: now)
    }

    private func sent(_ actions: [HTTPConnection.Action]) -> String {
        guard case .send(let bytes)? = actions.first else { return "\(actions)" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func withConnection(_ body: (HTTPConnection) throws -> Void) rethrows {
        let connection = HTTPConnection(now: 0)
        defer { connection.tearDown() }
        try body(connection)
    }

    @Test func aRequestAtEverySplitPoint() {
        let text =
            "GET /metrics?name[]=x HTTP/1.1\r\nHost: here\r\nAccept: text/plain\r\n"
            + "Authorization: Basic QTpC\r\n\r\n"
        let wanted = HTTPRequest(
            "/metrics", accept: "text/plain", credentials: Credentials(user: [65], password: [66]))
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            withConnection { connection in
                #expect(feed(connection, [bytes[..<cut], bytes[cut...]]) == [.answer(wanted)], "cut at \(cut)")
                #expect(!connection.wantsInput)
            }
        }
        withConnection { connection in
            #expect(feed(connection, bytes.indices.map { bytes[$0...$0] }) == [.answer(wanted)])
        }
    }

    @Test func anAnswer() {
        withConnection { connection in
            _ = feed(connection, plain)
            let text = sent(connection.respond(.text(200, "fine"), now: 0))
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(text)")
            #expect(text.contains("Content-Length: 5\r\n") && text.contains("Connection: keep-alive\r\n"), "\(text)")
            #expect(text.hasSuffix("\r\n\r\nfine\n"), "\(text)")
            #expect(connection.didSendAll(now: 0) == [] && connection.wantsInput)
            #expect(feed(connection, plain) == [.answer(HTTPRequest("/metrics"))])
        }
    }

    @Test func theBodyIsLeftOutForHead() {
        withConnection { connection in
            let actions = feed(connection, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(actions == [.answer(HTTPRequest("/", method: .head))])
            let text = sent(connection.respond(.text(200, "fine"), now: 0))
            #expect(text.contains("Content-Length: 5\r\n") && text.hasSuffix("\r\n\r\n"), "\(text)")
        }
    }

    @Test func requestsInARow() {
        withConnection { connection in
            #expect(
                feed(connection, plain + "GET /b HTTP/1.1\r\nHost: a\r\n\r\nGET /c") == [
                    .answer(HTTPRequest("/metrics"))
                ])
            _ = connection.respond(.text(200, "1"), now: 0)
            #expect(connection.didSendAll(now: 0) == [.answer(HTTPRequest("/b"))])
            _ = connection.respond(.text(200, "2"), now: 0)
            #expect(connection.didSendAll(now: 0) == [])
            #expect(feed(connection, " HTTP/1.1\r\nHost: a\r\n\r\n") == [.answer(HTTPRequest("/c"))])
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
    ])
    func theLastRequest(_ text: String) {
        withConnection { connection in
            #expect(feed(connection, text) == [.answer(HTTPRequest("/"))])
            #expect(sent(connection.respond(.text(200, "x"), now: 0)).contains("Connection: close\r\n"))
            #expect(connection.didSendAll(now: 0) == [.close])
            #expect(feed(connection, plain) == [] && !connection.wantsInput)
        }
    }

    @Test func oldClientsMayStay() {
        withConnection { connection in
            _ = feed(connection, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            _ = connection.respond(.text(200, "x"), now: 0)
            #expect(connection.didSendAll(now: 0) == [] && connection.wantsInput)
        }
    }

    @Test func aBodyIsReadAndLeftAlone() {
        withConnection { connection in
            let text = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
            #expect(feed(connection, text) == [] && feed(connection, "12345") == [.answer(HTTPRequest("/"))])
        }
    }

    // MARK: Refusals

    @Test(arguments: [
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
        ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400), ("*1\r\n$4\r\nPING\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400), ("GET /\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHo st: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ])
    func whatIsRefused(_ text: String, _ status: Int) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            withConnection { connection in
                let actions = feed(connection, [bytes[..<cut], bytes[cut...]])
                #expect(sent(actions).hasPrefix("HTTP/1.1 \(status) "), "cut at \(cut): \(actions)")
                #expect(connection.didSendAll(now: 0) == [.close])
            }
        }
    }

    @Test func aRequestThatIsTooLong() {
        let beginnings = [
            "GET /" + String(repeating: "a", count: 20_000),
            "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000),
            "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 4000),
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" + String(repeating: "a", count: 20_000),
        ]
        for beginning in beginnings {
            withConnection { connection in
                var rest = Array(beginning.utf8)[...]
                var actions: [HTTPConnection.Action] = []
                while actions.isEmpty, !rest.isEmpty {
                    actions = feed(connection, [rest.prefix(1000)])
                    rest = rest.dropFirst(1000)
                }
                #expect(["413", "400"].contains { sent(actions).hasPrefix("HTTP/1.1 \($0) ") }, "\(actions)")
                #expect(beginning.utf8.count - rest.count <= HTTPConnection.longestRequest + 1000)
            }
        }
    }

    @Test func damagedRequestsEndInOrder() {
        var random = SystemRandomNumberGenerator()
        let text = Array("GET /metrics HTTP/1.1\r\nHost: here\r\nAccept: text/plain;q=0.5\r\nX-Y: z\r\n\r\n".utf8)
        for _ in 0..<3000 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            withConnection { connection in
                let actions = feed(connection, [bytes[...]])
                #expect(actions.count <= 1, "\(bytes)")
                if case .send? = actions.first { #expect(connection.didSendAll(now: 0) == [.close]) }
            }
        }
    }

    // MARK: Time

    @Test func whoeverSaysNothingIsLeft() {
        withConnection { connection in
            #expect(connection.tick(now: HTTPConnection.longestTransfer - 1) == [])
            #expect(connection.tick(now: HTTPConnection.longestTransfer) == [.close])
            #expect(!connection.wantsInput)
        }
    }

    @Test func aSlowRequest() {
        withConnection { connection in
            var time: Int64 = 0
            var actions: [HTTPConnection.Action] = []
            // Whoever sends a byte now and then gains nothing by it.
            for byte in Array(plain.utf8) where actions.isEmpty {
                actions = feed(connection, [[byte]], now: time) + connection.tick(now: time)
                time += 1000
            }
            #expect(sent(actions).hasPrefix("HTTP/1.1 408 "), "\(actions)")
            #expect(time <= HTTPConnection.longestTransfer + 2000)
            #expect(connection.didSendAll(now: time) == [.close])
        }
    }

    @Test func anAnswerThatIsNotTaken() {
        withConnection { connection in
            _ = feed(connection, plain)
            #expect(connection.tick(now: 1_000_000) == [], "nodes have deadlines of their own")
            _ = connection.respond(.text(200, "x"), now: 1000)
            #expect(connection.tick(now: 1000 + HTTPConnection.longestTransfer - 1) == [])
            #expect(connection.tick(now: 1000 + HTTPConnection.longestTransfer) == [.close])
        }
    }

    @Test func aRestBetweenRequests() {
        withConnection { connection in
            _ = feed(connection, plain)
            _ = connection.respond(.text(200, "x"), now: 0)
            _ = connection.didSendAll(now: 0)
            #expect(connection.tick(now: HTTPConnection.longestRest - 1) == [])
            #expect(connection.tick(now: HTTPConnection.longestRest) == [.close])
        }
    }
}
