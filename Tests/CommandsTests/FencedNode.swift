import Primitives
import RESP
import Storage

@testable import Commands

/// A node whose journal somebody reads, so that replies wait until it is safe, and two clients.
final class FencedNode {
    private final class Reader: JournalReader {
        func read(_ bytes: Bytes, endingAt offset: Int64) {}
    }

    let test: TestNode
    let other: TestClient
    private let reader = Reader()

    init(_ test: TestNode) {
        self.test = test
        test.node.keyspace.journal.attach(reader)
        test.run("SET", "old", "1")
        test.node.raiseFence(safe: test.node.keyspace.journal.offset)
        other = test.connect()
    }

    var offset: Int64 { test.node.keyspace.journal.offset }

    /// What of a client's output may leave, as the driver finds it at the end of a turn.
    func leaving(_ client: TestClient) -> String {
        test.node.drainPushed { _ in }
        let count = test.node.releasableOutput(client.session)
        let text = String(client.session.waitingOutput[0..<count])
        client.session.didSend(count)
        return text
    }
}
