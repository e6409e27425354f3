import RESP
import Settings
import Testing

@testable import Commands

private func pipeline(_ requests: [[String]]) -> [UInt8] { requests.flatMap(TestClient.request) }

@Suite struct SessionTests {
    @Test func pipelinesAreLongerThanABatch() {
        let client = TestNode().connect()
        client.send(pipeline((0..<100).map { ["ECHO", "\($0)"] }))
        #expect(client.replies() == (0..<100).map { .text("\($0)") })
    }

    @Test(arguments: 1..<40)
    func requestsOfAnyNumberAreAnswered(count: Int) {
        let client = TestNode().connect()
        client.send(pipeline((0..<count).map { ["ECHO", "\($0)"] }))
        #expect(client.replies() == (0..<count).map { .text("\($0)") })
    }

    @Test func bytesMayComeOneByOne() {
        let client = TestNode().connect()
        for byte in pipeline([["SET", "k", "v"], ["GET", "k"], ["NOSUCH"], ["PING"]]) { client.send([byte]) }
        let replies = client.replies()
        #expect(replies.count == 4)
        #expect(replies[1] == .text("v"))
        #expect(replies[3] == .simple("PONG"))
    }

    @Test func aTransactionMayReachOverBatches() {
        let client = TestNode().connect()
        let queued = (0..<40).map { ["ECHO", "\($0)"] }
        client.send(pipeline([["PING"], ["MULTI"]] + queued + [["EXEC"], ["PING"]]))
        let replies = client.replies()
        #expect(replies.count == 44)
        #expect(replies[2] == .simple("QUEUED"))
        #expect(replies[42] == .array((0..<40).map { .text("\($0)") }))
        #expect(replies[43] == .simple("PONG"))
    }

    @Test func aThousandCommandsMayBeQueued() {
        let node = TestNode()
        node.run("MULTI")
        for _ in 0..<1000 { node.run("INCR", "k") }
        #expect(node.run("EXEC") == .array((1...1000).map { .integer($0) }))
    }

    @Test func queuedArgumentsOutliveTheirInput() {
        let client = TestNode().connect()
        for byte in pipeline([["MULTI"], ["SET", "k", "value"], ["GET", "k"], ["EXEC"]]) { client.send([byte]) }
        #expect(client.replies().last == .array([.simple("OK"), .text("value")]))
    }

    @Test func aProtocolErrorClosesOnlyItsSession() {
        let node = TestNode()
        let bad = node.connect()
        bad.send("*1\r\n$4\r\nPING\r\n*1\r\n:1\r\n*1\r\n$4\r\nPING\r\n")
        #expect(bad.replies() == [.simple("PONG"), .error("ERR Protocol error: expected '$', got ':'")])
        #expect(bad.session.isClosing)
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func quitEndsAfterItsReply() {
        let client = TestNode().connect()
        client.send(pipeline([["QUIT"], ["PING"]]))
        #expect(client.replies() == [.simple("OK")])
        #expect(client.session.isClosing)
    }

    @Test func inlineRequestsMixWithOthers() {
        let client = TestNode().connect()
        client.send("PING\r\n*1\r\n$4\r\nPING\r\nECHO \"a b\"\n")
        #expect(client.replies() == [.simple("PONG"), .simple("PONG"), .text("a b")])
    }

    @Test func whatIsHeldBackRunsAfterThePause() {
        let node = TestNode()
        let client = node.connect()
        node.run("CLIENT", "PAUSE", "100", "WRITE")
        client.send(pipeline([["PING"], ["SET", "k", "v"], ["GET", "k"]]))
        #expect(client.replies() == [.simple("PONG")])
        node.advance(milliseconds: 101)
        #expect(client.replies() == [.simple("OK"), .text("v")])
    }
}

@Suite struct SessionReplyModeTests {
    @Test func offAnswersNothingUntilOn() {
        let client = TestNode().connect()
        client.send(
            pipeline([
                ["CLIENT", "REPLY", "OFF"], ["PING"], ["NOSUCH"], ["GET"], ["CLIENT", "REPLY", "SKIP"], ["PING"],
                ["CLIENT", "REPLY", "ON"], ["PING"],
            ]))
        #expect(client.replies() == [.simple("OK"), .simple("PONG")])
    }

    @Test(arguments: [["PING"], ["NOSUCH"], ["GET"], ["EXEC"]])
    func skipMutesExactlyOneCommand(skipped: [String]) {
        let client = TestNode().connect()
        client.send(pipeline([["CLIENT", "REPLY", "SKIP"], skipped, ["ECHO", "a"], ["ECHO", "b"]]))
        #expect(client.replies() == [.text("a"), .text("b")])
    }

    @Test func skipsMayFollowEachOther() {
        let client = TestNode().connect()
        let skip = ["CLIENT", "REPLY", "SKIP"]
        client.send(pipeline([skip, skip, ["PING"], ["ECHO", "a"], skip, ["PING"], ["ECHO", "b"]]))
        #expect(client.replies() == [.text("a"), .text("b")])
    }

    @Test func onAnswersThoughItIsSkipped() {
        let client = TestNode().connect()
        client.send(pipeline([["CLIENT", "REPLY", "SKIP"], ["CLIENT", "REPLY", "ON"], ["PING"]]))
        #expect(client.replies() == [.simple("OK"), .simple("PONG")])
    }

    @Test func skipWorksWhileSomebodyWatches() {
        let node = TestNode()
        node.connect().run("MONITOR")
        let client = node.connect()
        client.send(pipeline([["CLIENT", "REPLY", "SKIP"], ["PING"], ["ECHO", "a"]]))
        #expect(client.replies() == [.text("a")])
    }

    @Test func theOrderIsKeptOverManyBatches() {
        let client = TestNode().connect()
        let round = [["CLIENT", "REPLY", "SKIP"], ["PING"], ["ECHO", "x"]]
        client.send(pipeline((0..<50).flatMap { _ in round }))
        #expect(client.replies() == Array(repeating: .text("x"), count: 50))
    }

    @Test func resetTurnsRepliesOn() {
        let client = TestNode().connect()
        client.send(pipeline([["CLIENT", "REPLY", "OFF"], ["PING"], ["RESET"], ["PING"]]))
        #expect(client.replies() == [.simple("RESET"), .simple("PONG")])
    }
}

@Suite struct SessionAuthenticationTests {
    private let node: TestNode
    private let noauth = Reply.error("NOAUTH Authentication required.")

    init() {
        var settings = Settings()
        settings.requirepass = Array("secret".utf8)
        node = TestNode(settings: settings)
    }

    @Test func nothingRunsBeforeAuthentication() {
        #expect(node.run("PING") == noauth)
        #expect(node.run("NOSUCH") == .error("ERR unknown command 'NOSUCH', with args beginning with: "))
        #expect(node.run("AUTH", "wrong") == .error("WRONGPASS invalid username-password pair or user is disabled."))
        #expect(
            node.run("AUTH", "other", "secret")
                == .error("WRONGPASS invalid username-password pair or user is disabled."))
        #expect(node.run("PING") == noauth)
        #expect(node.run("AUTH", "secret") == .simple("OK"))
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func aPipelineGoesOnAfterAuthentication() {
        let client = node.connect()
        client.send(pipeline([["PING"], ["AUTH", "default", "secret"]] + (0..<40).map { ["ECHO", "\($0)"] }))
        #expect(client.replies() == [noauth, .simple("OK")] + (0..<40).map { .text("\($0)") })
    }

    @Test func smallLimitsHoldBeforeOnly() {
        let long = String(repeating: "x", count: 20_000)
        let many = ["DEL"] + (0..<20).map { "\($0)" }
        for (request, reason) in [
            (["ECHO", long], "unauthenticated bulk length"), (many, "unauthenticated multibulk length"),
        ] {
            let client = node.connect()
            #expect(client.run(request) == .error("ERR Protocol error: \(reason)"))
            #expect(client.session.isClosing)
        }
        let client = node.connect()
        client.send(pipeline([["AUTH", "secret"], ["ECHO", long]]))
        #expect(client.replies() == [.simple("OK"), .text(long)])
    }

    @Test func helloMayAuthenticate() {
        guard case .error(let text) = node.run("HELLO", "3") else { return #expect(Bool(false)) }
        #expect(text.hasPrefix("NOAUTH HELLO must be called with the client already authenticated"))
        guard case .map = node.run("HELLO", "3", "AUTH", "default", "secret") else { return #expect(Bool(false)) }
        #expect(node.run("PING") == .simple("PONG"))
    }

    @Test func resetAsksAgain() {
        node.run("AUTH", "secret")
        #expect(node.run("RESET") == .simple("RESET"))
        #expect(node.run("PING") == noauth)
        let isRestricted = node.client.session.parser.isRestricted
        #expect(isRestricted)
    }

    @Test func quitAndResetNeedNoPassword() {
        #expect(node.connect().run("RESET") == .simple("RESET"))
        #expect(node.connect().run("QUIT") == .simple("OK"))
    }
}
