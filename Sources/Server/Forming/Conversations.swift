import Forming
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Has conversations over sockets, all at once, on a thread that has nothing else to do.
struct Conversations {
    /// `bind-source-addr`.
    let source: String
    /// How long all of them may take together, in milliseconds.
    let milliseconds: Int32

    private struct Talk {
        let descriptor: Int32
        let conversation: any Conversation
        var sent = 0
        var isOver = false
        /// The address at this end, as soon as there is a connection.
        var localHost = ""
    }

    /// Comes back when all are over, or when the time is; with the IP addresses of this end, empty where nobody was there.
    func hold(_ wanted: [(host: String, port: Int, conversation: any Conversation)]) -> [String] {
        var talks = wanted.map { open($0.host, $0.port, $0.conversation) }
        let end = Conversations.now + Int64(milliseconds)
        while talks.contains(where: { !$0.isOver }), Conversations.now < end { turn(&talks, until: end) }
        for talk in talks where talk.descriptor >= 0 { close(talk.descriptor) }
        return talks.map(\.localHost)
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private func open(_ host: String, _ port: Int, _ conversation: any Conversation) -> Talk {
        do throws(StartError) {
            let descriptor = try OutgoingSocket.open(try OutgoingSocket.resolve(host, port: port), from: source)
            return Talk(descriptor: descriptor, conversation: conversation)
        } catch {
            return Talk(descriptor: -1, conversation: conversation, isOver: true)
        }
    }

    private func turn(_ talks: inout [Talk], until end: Int64) {
        let open = talks.indices.filter { !talks[$0].isOver }
        var descriptors = open.map { index in
            let isDue = talks[index].sent < talks[index].conversation.output.count
            return pollfd(fd: talks[index].descriptor, events: Int16(isDue ? POLLOUT : POLLIN), revents: 0)
        }
        guard poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: max(1, end - Conversations.now))) > 0 else {
            return
        }
        for (place, index) in open.enumerated() where descriptors[place].revents != 0 { proceed(&talks[index]) }
    }

    private func proceed(_ talk: inout Talk) {
        let output = talk.conversation.output
        guard talk.sent < output.count else { return read(&talk) }
        let count = output[talk.sent...].withUnsafeBytes { send(talk.descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0 { talk.isOver = errno != EAGAIN && errno != EINTR } else { talk.sent += count }
        if count > 0, talk.localHost.isEmpty { talk.localHost = hostOfSocket(talk.descriptor, peer: false) }
    }

    private func read(_ talk: inout Talk) {
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(talk.descriptor, &bytes, bytes.count, 0)
        if count > 0 {
            talk.isOver = !talk.conversation.receive(Array(bytes[..<count]))
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            talk.conversation.receiveEnd()
            talk.isOver = true
        }
    }
}
