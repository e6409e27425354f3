import Commands
import Monitoring
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// What the HTTP port's thread does: waits, feeds connections, asks nodes, answers.
///
///     socket ─▶ HTTPConnection ─ request ─▶ HTTPInquiry ─ questions ─▶ nodes
///     socket ◀─ HTTPConnection ◀─ response ─ HTTPInquiry ◀─ answers ─┘
///
/// A node that does not answer in time is left out: nobody waits for it.
final class HTTPLoop {
    private let thread: HTTPThread
    private let poller = Poller()
    private let clock = ThreadClock()
    private let listeners: [Int32]
    private var areListenersResting = false
    private var peers: [Int32: HTTPPeer] = [:]
    private var inquiries: [UInt64: HTTPInquiry] = [:]
    private var nextID: UInt64 = 1
    /// Since when a node owes an answer, and how many, by its port.
    private var debts: [Int: (since: Int64, count: Int)] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTPConnection.longestRequest, alignment: 16)

    private static let mostPeers = 64
    private static let mostDebts = 64
    /// For how long nodes are waited for, in milliseconds: by who wants figures, and by who only wants to know whether they
    /// are ready, and has little patience.
    private static let (patience, shortPatience): (Int64, Int64) = (1000, 500)

    init(_ thread: HTTPThread, _ listeners: [Int32]) {
        (self.thread, self.listeners) = (thread, listeners)
        poller.add(thread.arrival.descriptor)
        for listener in listeners { poller.add(listener) }
        clock.follow()
    }

    deinit { buffer.deallocate() }

    private var now: Int64 { Clock.system.monotonicMilliseconds }

    func run() {
        while !thread.isEnding { turn() }
        for peer in Array(peers.values) { drop(peer) }
        for listener in listeners { close(listener) }
    }

    private func turn() {
        let count = poller.wait(milliseconds: waitingTime)
        for index in 0..<count { handle(poller.event(index)) }
        tick()
    }

    private var waitingTime: Int32 {
        let deadlines = peers.values.map(\.machine.deadline) + inquiries.values.map(\.deadline)
        let next = areListenersResting ? now + 100 : deadlines.min()
        return next.map { Int32(clamping: max(1, $0 - now)) } ?? -1
    }

    private func handle(_ event: Poller.Event) {
        if event.descriptor == thread.arrival.descriptor {
            takeAnswers()
        } else if listeners.contains(event.descriptor) {
            accept(event.descriptor)
        } else if let peer = peers[event.descriptor] {
            if event.isWritable, peer.hasOutput { flush(peer) }
            if event.isReadable, peers[event.descriptor] === peer { receive(peer) }
        }
    }

    private func tick() {
        let now = now
        for (id, inquiry) in inquiries where now >= inquiry.deadline { answer(id, inquiry) }
        for peer in Array(peers.values) where now >= peer.machine.deadline {
            carryOut(peer.machine.tick(now: now), peer)
        }
        if areListenersResting { rest(false) }
    }

    // MARK: Connections

    private func accept(_ listener: Int32) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                // Who waits would turn the loop for nothing.
                if errno == EMFILE || errno == ENFILE { rest(true) }
                return
            }
            guard peers.count < HTTPLoop.mostPeers else {
                close(descriptor)
                continue
            }
            Listener.makeNonblocking(descriptor)
            Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            peers[descriptor] = HTTPPeer(descriptor, now: now)
            poller.add(descriptor)
        }
    }

    private func rest(_ isResting: Bool) {
        areListenersResting = isResting
        for listener in listeners { poller.watch(listener, reading: !isResting, writing: false) }
    }

    private func receive(_ peer: HTTPPeer) {
        // One that is not listened to has gone.
        guard peer.machine.wantsInput else { return drop(peer) }
        let count = recv(peer.descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count == 0 || errno != EAGAIN && errno != EINTR { drop(peer) }
            return
        }
        carryOut(peer.machine.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), now: now), peer)
    }

    private func flush(_ peer: HTTPPeer) {
        while peer.hasOutput {
            let count = peer.send { Glibc.send(peer.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 || errno == EINTR { continue }
            if errno != EAGAIN { return drop(peer) }
            return watch(peer)
        }
        carryOut(peer.machine.didSendAll(now: now), peer)
    }

    private func drop(_ peer: HTTPPeer) {
        guard peers[peer.descriptor] === peer else { return }
        peers[peer.descriptor] = nil
        peer.machine.tearDown()
        poller.remove(peer.descriptor)
        close(peer.descriptor)
        inquiries = inquiries.filter { $0.value.peer !== peer }
    }

    /// Has the poller watch for what the connection can use.
    private func watch(_ peer: HTTPPeer) {
        let wanted = (reading: peer.machine.wantsInput, writing: peer.hasOutput)
        guard peers[peer.descriptor] === peer, wanted != peer.isWatched else { return }
        peer.isWatched = wanted
        poller.watch(peer.descriptor, reading: wanted.reading, writing: wanted.writing)
    }

    private func carryOut(_ actions: [HTTPConnection.Action], _ peer: HTTPPeer) {
        for action in actions {
            switch action {
            case .answer(let request): begin(request, peer)
            case .send(let bytes):
                peer.append(bytes)
                flush(peer)
            case .close: drop(peer)
            }
        }
        watch(peer)
    }

    // MARK: Requests

    private func begin(_ request: HTTPRequest, _ peer: HTTPPeer) {
        guard let route = Route(path: request.path) else {
            return respond(.text(404, "There is nothing here: try /, /metrics, /health/live or /health/ready."), peer)
        }
        switch route {
        case .live: respond(Health.live(silence), peer)
        case .ready: inquire(request, route, .health, HTTPLoop.shortPatience, peer)
        case .metrics: inquire(request, route, .figures, HTTPLoop.patience, peer)
        case .status: inquire(request, route, .details, HTTPLoop.patience, peer)
        case .page: inquire(request, route, .admission, HTTPLoop.patience, peer)
        }
    }

    private func respond(_ response: HTTPResponse, _ peer: HTTPPeer) {
        carryOut(peer.machine.respond(response, now: now), peer)
    }

    private func inquire(
        _ request: HTTPRequest, _ route: Route, _ kind: NodeWindow.Question.Kind, _ patience: Int64, _ peer: HTTPPeer
    ) {
        let windows = thread.openWindows
        let id = nextID
        nextID += 1
        let inquiry = HTTPInquiry(
            peer, request, route, awaited: Set(windows.map(\.port)), deadline: now + patience)
        inquiries[id] = inquiry
        for window in windows { ask(NodeWindow.Question(id: id, kind: kind, credentials: request.credentials), window) }
        if windows.isEmpty { answer(id, inquiry) }
    }

    private func ask(_ question: NodeWindow.Question, _ window: NodeWindow) {
        var debt = debts[window.port] ?? (now, 0)
        guard debt.count < HTTPLoop.mostDebts else { return }
        debt.count += 1
        debts[window.port] = debt
        window.ask(question)
    }

    private func takeAnswers() {
        thread.arrival.take()
        for window in thread.openWindows {
            for answer in window.takeAnswers() {
                pay(window.port)
                guard let inquiry = inquiries[answer.id] else { continue }
                inquiry.take(answer.content, from: window)
                if inquiry.awaited.isEmpty { self.answer(answer.id, inquiry) }
            }
        }
    }

    /// A node has answered.
    private func pay(_ port: Int) {
        guard let debt = debts[port] else { return }
        debts[port] = debt.count > 1 ? (now, debt.count - 1) : nil
    }

    /// For how long each node has owed an answer. Those that owe none are asked, so that it is known when this is asked next.
    private var silence: [(port: Int, milliseconds: Int64)] {
        thread.openWindows.map { window in
            guard let debt = debts[window.port] else {
                ask(NodeWindow.Question(id: 0, kind: .health, credentials: nil), window)
                return (window.port, 0)
            }
            return (window.port, now - debt.since)
        }
    }

    private func answer(_ id: UInt64, _ inquiry: HTTPInquiry) {
        inquiries[id] = nil
        let isComplete = thread.openWindows.count == thread.nodeCount
        let response = inquiry.response(isComplete: isComplete) { thread.surroundings(own: clock) }
        respond(response, inquiry.peer)
    }
}
