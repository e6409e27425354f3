import Primitives
import RESP
import Storage
import Testing

@testable import Commands

/// Replies that wait until the journal is safe up to what they tell of.
@Suite struct FenceTests {
    private let fenced = FencedNode(TestNode())
    private var node: TestNode { fenced.test }
    private var other: TestClient { fenced.other }
    private var offset: Int64 { fenced.offset }

    private func leaving(_ client: TestClient) -> String { fenced.leaving(client) }

    private func send(_ client: TestClient, _ line: String) { client.send(line + "\r\n") }

    @Test func aWriteIsAnsweredWhenItIsSafe() {
        send(node.client, "SET a 1")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset - 1)
        #expect(leaving(node.client) == "" && node.client.session.isHeld)
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "+OK\r\n" && !node.client.session.isHeld)
    }

    @Test func aReadOfWhatAnotherHasWrittenWaitsToo() {
        send(node.client, "SET a 1")
        send(other, "GET a")
        #expect(leaving(other) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == "$1\r\n1\r\n")
        send(other, "GET a")
        #expect(leaving(other) == "$1\r\n1\r\n")
    }

    @Test func whatDependsOnNothingLeavesAtOnce() {
        send(node.client, "SET a 1")
        for line in [
            "PING", "ECHO x", "SELECT 1", "CLIENT ID", "NOSUCHCOMMAND", "INFO", "CONFIG GET port", "COMMAND COUNT",
            "READONLY", "CLUSTER INFO",
        ] {
            send(other, line)
            #expect(leaving(other) != "", "\(line)")
        }
        // Behind what is held, everything is.
        send(node.client, "PING")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "+OK\r\n+PONG\r\n")
    }

    @Test func commandsOfTheServerThatTellOfDataWait() {
        for line in ["DBSIZE", "DEBUG DIGEST", "MEMORY USAGE a"] {
            let client = node.connect()
            send(node.client, "SET a 1")
            send(client, line)
            #expect(leaving(client) == "", "\(line)")
        }
    }

    @Test func eachTurnIsReleasedByItself() {
        send(node.client, "INCR a")
        #expect(leaving(node.client) == "")
        let first = offset
        send(node.client, "INCR a\r\nINCR a")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(first)
        #expect(leaving(node.client) == ":1\r\n")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == ":2\r\n:3\r\n")
    }

    @Test func aTransactionWaitsAsAWhole() {
        send(node.client, "MULTI\r\nSET a 1")
        #expect(leaving(node.client) == "+OK\r\n+QUEUED\r\n")
        send(node.client, "EXEC")
        #expect(leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "*1\r\n+OK\r\n")
    }

    @Test func whoeverIsServedWaitsForWhatServedHim() {
        send(other, "BLPOP list 0")
        send(node.client, "RPUSH list a")
        #expect(leaving(other) == "" && leaving(node.client) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == "*2\r\n$4\r\nlist\r\n$1\r\na\r\n")
        #expect(leaving(node.client) == ":1\r\n")
    }

    @Test func messagesWaitForTheirTransaction() {
        send(other, "SUBSCRIBE news")
        #expect(leaving(other) != "")
        send(node.client, "MULTI\r\nPUBLISH news x\r\nSET a 1\r\nEXEC")
        #expect(leaving(other) == "")
        node.node.becomeSafe(offset - 1)
        #expect(leaving(other) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n")
    }

    @Test func invalidationsAndMonitorsWaitForTheWrite() {
        let monitor = node.connect()
        send(monitor, "MONITOR")
        send(other, "HELLO 3\r\nCLIENT TRACKING on\r\nGET old")
        #expect(leaving(monitor).hasPrefix("+OK\r\n"))
        #expect(leaving(other).hasSuffix("$1\r\n1\r\n"))
        send(node.client, "SET old 2")
        #expect(leaving(other) == "" && leaving(monitor) == "")
        node.node.becomeSafe(offset)
        #expect(leaving(other) == ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nold\r\n")
        #expect(leaving(monitor).contains("\"SET\" \"old\" \"2\""))
    }

    @Test func aReplyThatIsNotSentHoldsNothingButItsOrder() {
        send(node.client, "CLIENT REPLY SKIP\r\nSET a 1")
        #expect(leaving(node.client) == "" && !node.client.session.isHeld)
        send(node.client, "GET a")
        node.node.becomeSafe(offset)
        #expect(leaving(node.client) == "$1\r\n1\r\n")
    }

    @Test func whatWasThereBeforeIsNotHeld() {
        node.node.lowerFence()
        send(node.client, "SET a 1")
        node.node.raiseFence(safe: offset - 1)
        #expect(leaving(node.client) == "+OK\r\n")
    }

    @Test func withoutAFenceNothingWaits() {
        node.node.lowerFence()
        send(node.client, "SET a 1")
        #expect(leaving(node.client) == "+OK\r\n")
    }

    // MARK: Promises that cannot be kept

    private let unknown = "-UNKNOWNOUTCOME broken\r\n"

    @Test func whoeverWaitsIsToldThatTheOutcomeIsUnknown() {
        send(node.client, "SET a 1\r\nLPUSH a x\r\nGET a")
        #expect(leaving(node.client) == "")
        send(other, "GET a")
        send(node.client, "INCR b")
        node.node.breakPromise("broken")
        let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
        #expect(leaving(node.client) == unknown + wrongType + unknown + unknown)
        #expect(leaving(other) == unknown)
        // Nothing is promised from here on, and reads go on.
        send(other, "GET a")
        #expect(leaving(other) == "$1\r\n1\r\n")
    }

    @Test func whatHasLeftAndWhatDependsOnNothingStays() {
        send(node.client, "PING")
        send(other, "GET old")
        #expect(leaving(node.client) == "+PONG\r\n" && leaving(other) == "$1\r\n1\r\n")
        send(node.client, "SET a 1")
        #expect(leaving(node.client) == "")
        send(other, "PING")
        node.node.breakPromise("broken")
        #expect(leaving(node.client) == unknown)
        #expect(leaving(other) == "+PONG\r\n")
    }

    @Test func pushesTellOfTheDataAsItIs() {
        send(other, "HELLO 3\r\nCLIENT TRACKING on\r\nGET old")
        _ = leaving(other)
        let listener = node.connect()
        send(listener, "SUBSCRIBE news")
        _ = leaving(listener)
        send(node.client, "MULTI\r\nSET old 2\r\nPUBLISH news x\r\nEXEC")
        node.node.breakPromise("broken")
        #expect(leaving(other) == ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nold\r\n")
        #expect(leaving(listener) == "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n")
    }

    @Test func aTransactionOfWhichSomethingWasTakenBackDoesNotRun() {
        send(node.client, "SET a 1\r\nMULTI\r\nSET a 2")
        node.node.breakPromise("broken")
        #expect(leaving(node.client) == unknown + unknown + unknown)
        send(node.client, "EXEC")
        #expect(leaving(node.client).hasPrefix("-EXECABORT"))
    }
}
