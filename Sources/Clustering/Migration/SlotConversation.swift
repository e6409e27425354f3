import Primitives
import RESP
import Storage

/// Whoever speaks to the other end of a migration of slots.
protocol SlotConversationListener: AnyObject {
    /// The connection stands, and what lets this node in has been said.
    func didConnect()
    /// An answer, without `+`.
    func didAnswer(_ text: String)
    /// An error, without `-`.
    func didRefuse(_ text: String)
    /// The connection has ended, or never stood.
    func didEnd(_ reason: String)
}

/// A connection to the other end of a migration of slots: words of CLUSTER SYNCSLOTS go, simple answers come.
final class SlotConversation: PeerListener {
    private unowned let listener: any SlotConversationListener
    private var peer: (any Peer)?
    private var answers = ReplyParser()
    private var credentials: [String] = []
    /// Whether the next answer is that to AUTH.
    private var awaitsWelcome = false

    init(_ listener: any SlotConversationListener) { self.listener = listener }

    /// Bytes that were given to be sent and have not left.
    var waitingBytes: Int { peer?.waitingBytes ?? 0 }

    /// Opens the connection.
    /// - Parameter credentials: what lets this node in: user, where there is one, and password; none where nobody asks.
    func open(_ connector: any PeerConnector, _ address: PeerAddress, credentials: [String]) {
        self.credentials = credentials
        answers = ReplyParser()
        peer = connector.connect(to: address, for: self)
    }

    /// Ends the connection, of which nothing more is told.
    func close() {
        peer?.close()
        peer = nil
    }

    /// Says words of CLUSTER SYNCSLOTS.
    func say(_ words: [String]) { send(["CLUSTER", "SYNCSLOTS"] + words) }

    /// Sends bytes, and leaves an empty buffer in their place, which may be a used one.
    func send(exchanging bytes: inout [UInt8]) {
        if let peer { peer.send(exchanging: &bytes) } else { bytes = [] }
    }

    private func send(_ words: [String]) {
        var bytes: [UInt8] = []
        EffectArguments.append(words.count, to: &bytes) { command in
            for word in words { Array(word.utf8).withBytes { command.append($0) } }
        }
        peer?.send(bytes)
    }

    // MARK: PeerListener

    func didConnect() {
        awaitsWelcome = !credentials.isEmpty
        if awaitsWelcome { send(["AUTH"] + credentials) }
        listener.didConnect()
    }

    func didReceive(_ bytes: Bytes) {
        answers.append(bytes)
        do throws(ReplyError) {
            while peer != nil, let answer = try answers.next() { hear(answer) }
        } catch {
            close()
            listener.didEnd(error.reason)
        }
    }

    private func hear(_ answer: Reply) {
        let wasWelcome = awaitsWelcome
        awaitsWelcome = false
        switch answer {
        case .simple(let text): if !wasWelcome { listener.didAnswer(text) }
        case .error(let text): listener.didRefuse(text)
        case .integer, .bulk, .null, .array, .map, .set, .push, .double, .boolean, .bigNumber, .verbatim, .attributed:
            listener.didRefuse("ERR The other node has answered something else")
        }
    }

    func didSend() {}

    func didEnd(_ reason: String) {
        peer = nil
        listener.didEnd(reason)
    }
}
