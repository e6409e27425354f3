import Clustering
import Encryption
import Gossip
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// One node on the bus's thread: its sockets, its file, and its machine, whose actions are carried out here.
///
///     sockets, time ─▶ machine ─ actions ─▶ [wait for the disk] ─▶ sockets, file, node
///
/// 1. Actions are carried out in order. What follows a durable save waits until the disk has it.
/// 2. A node whose loop does not turn is neither heard nor spoken for: what comes stays in the sockets.
final class BusHost {
    let post: BusPost
    let listeners: [Int32]
    private unowned let loop: BusLoop
    private let number: Int
    private let log: Log
    private var saving: NodesSaving
    private(set) var links: [LinkID: BusLink] = [:]
    private var nextAccepted: UInt64 = 1
    /// What waits for the disk, from a place on.
    private var waiting: [BusAction] = []
    private var firstWaiting = 0
    private var isCarryingOut = false
    /// When the file under way was begun, in milliseconds since 1970.
    private var savingSince: Int64 = 0
    /// What has happened meanwhile, where the disk takes long.
    private var deferred: [BusEvent] = []
    /// Ticks that are left out, so that what has come in a silence is heard before anybody is judged by it.
    private var skippedTicks = 0
    private var seenMapVersion: UInt64 = 0
    /// Whether the node is taken for dead since its loop does not turn.
    private(set) var isSilent = false
    private var terms: BusTerms
    private var traffic = BusTraffic()

    init(_ plan: BusPlan, number: Int, _ loop: BusLoop) {
        (post, listeners, log) = (plan.post, plan.listeners, plan.log)
        saving = NodesSaving(plan.place, usesTLS: plan.usesTLS)
        terms = plan.post.currentTerms
        (self.number, self.loop) = (number, loop)
        for listener in listeners { loop.watch(listener, .listener(self)) }
    }

    // MARK: Time

    /// Looks whether the node's loop turns.
    func lookAtPulse(now: Int64) {
        let isSilent = now - post.lastBeat > terms.longestSilence
        guard isSilent != self.isSilent else { return }
        self.isSilent = isSilent
        skippedTicks = 2
        for listener in listeners { loop.poller.watch(listener, reading: !isSilent, writing: false) }
        for link in links.values { watch(link) }
    }

    /// A tenth of a second has passed.
    func tick() {
        terms = post.currentTerms
        guard !isSilent else { return }
        if skippedTicks > 0 { skippedTicks -= 1 } else { receive(.tick) }
        for link in links.values { checkLimit(link) }
        endLateHandshakes()
        post.bus.linkFigures = links.mapValues { LinkFigures($0) }
        post.bus.traffic = traffic
    }

    /// Whoever does not agree on keys in time is cut off.
    private func endLateHandshakes() {
        let earliest = loop.wallTime - BusHost.longestHandshake
        for link in links.values where link.state == .shakingHands && link.createdAt < earliest {
            end(link, "The handshake has taken too long")
        }
    }

    private static let longestHandshake: Int64 = 10_000

    // MARK: The machine

    /// Feeds the machine. While something waits for a slow disk it is fed nothing: it would take the time for that of others,
    /// who answer no ping that has not been sent. A disk that is asked again and again and answers soon holds up only what
    /// is to be done.
    private func receive(_ event: BusEvent) {
        guard saving.holdsBack, loop.wallTime - savingSince > BusHost.longHold else { return feed(event) }
        if case .tick = event { return }
        deferred.append(event)
    }

    /// Tells the machine of the nodes of this process.
    func meet(_ neighbours: Set<NodeName>) { receive(.neighbours(neighbours)) }

    private static let longHold: Int64 = 250

    private func feedDeferred() {
        let events = deferred
        deferred = []
        for event in events { feed(event) }
    }

    private func feed(_ event: BusEvent) {
        let now = loop.wallTime
        carryOut(
            post.bus.access { bus in
                bus.receive(event, now: now)
                return bus.takeActions()
            })
    }

    /// Carries out what orders of the node's thread have caused.
    func catchUp() { carryOut(post.bus.access { $0.takeActions() }) }

    private func carryOut(_ actions: [BusAction]) {
        if post.bus.mapVersion != seenMapVersion {
            seenMapVersion = post.bus.mapVersion
            post.tellOfMap()
        }
        if actions.isEmpty { return }
        waiting += actions
        carryOutWaiting()
    }

    private func carryOutWaiting() {
        // What an action causes comes behind those that were there before.
        if isCarryingOut { return }
        isCarryingOut = true
        while firstWaiting < waiting.count, !saving.holdsBack {
            let action = waiting[firstWaiting]
            firstWaiting += 1
            carryOut(action)
        }
        if firstWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
        }
        isCarryingOut = false
    }

    private func carryOut(_ action: BusAction) {
        switch action {
        case .connect(let id, let host, let port): connect(id, host, port)
        case .send(let id, let message): send(message, id)
        case .close(let id): if let link = links[id] { drop(link) }
        case .save(let isDurable): save(isDurable: isDurable)
        case .order(let order): post.give(order)
        case .log(let isWarning, let text): log.write(isWarning ? .warning : .notice, text, node: terms.clientPort)
        }
    }

    // MARK: The file

    private func save(isDurable: Bool) {
        saving.want(isDurable: isDurable)
        beginSaving()
    }

    private func beginSaving() {
        guard saving.isDue else { return }
        absorbSaves()
        savingSince = loop.wallTime
        let file = post.bus.access { $0.file }
        loop.save(saving.begin(file, number: number), number)
    }

    /// What is written now serves those too who are still to ask for it: many changes in a row wait for the disk once.
    private func absorbSaves() {
        let rest = waiting[firstWaiting...]
        waiting = []
        firstWaiting = 0
        for action in rest {
            if case .save(let isDurable) = action { saving.want(isDurable: isDurable) } else { waiting.append(action) }
        }
    }

    /// The disk has done what it was asked for last, or has failed.
    func didSave(_ error: Int32) {
        if error != 0 { failToSave(String(cString: strerror(error))) }
        saving.didEnd(isSaved: error == 0)
        beginSaving()
        carryOutWaiting()
        feedDeferred()
    }

    private func failToSave(_ reason: String) {
        if terms.survivesFailedSave {
            return log.write(.warning, "Failed to save the cluster config file \(saving.place.path): \(reason)")
        }
        log.write(.warning, "Fatal: can't update cluster config file \(saving.place.path): \(reason)")
        log.flush()
        _exit(1)
    }

    // MARK: Links

    private func connect(_ id: LinkID, _ host: String, _ port: Int) {
        do throws(StartError) {
            let descriptor = try OutgoingSocket.open(
                try OutgoingSocket.resolve(host, port: port, isAddress: true), from: terms.source)
            adopt(BusLink(id, descriptor, isInbound: false, now: loop.wallTime))
        } catch {
            receive(.ended(id))
        }
    }

    private func adopt(_ link: BusLink) {
        links[link.id] = link
        loop.watch(link.descriptor, .link(self, link))
        watch(link)
    }

    /// Takes in those who want to connect.
    func accept(at listener: Int32) {
        for _ in 0..<BusHost.acceptedAtOnce {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            Listener.makeNonblocking(descriptor)
            admit(descriptor)
        }
    }

    private static let acceptedAtOnce = 1000

    private func admit(_ descriptor: Int32) {
        BusHost.configure(descriptor)
        defer { nextAccepted += 2 }
        let link = BusLink(LinkID(nextAccepted), descriptor, isInbound: true, now: loop.wallTime)
        if let identities = terms.identities { link.didConnect(loop.engine.accept(identities.server)) }
        adopt(link)
        receive(
            .accepted(
                link.id, from: hostOfSocket(descriptor, peer: true), localHost: hostOfSocket(descriptor, peer: false)))
    }

    private static func configure(_ descriptor: Int32) {
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        Listener.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    }

    private func watch(_ link: BusLink) {
        loop.poller.watch(link.descriptor, reading: !isSilent && link.state != .connecting, writing: link.wantsRoom)
    }

    /// Something can be done at a socket.
    func handle(_ link: BusLink, _ event: Poller.Event) {
        guard links[link.id] === link, !isSilent else { return }
        if link.state == .connecting { return finishConnecting(link) }
        if event.isWritable { loop.queue(self, link) }
        if event.isReadable { read(link) }
    }

    private func finishConnecting(_ link: BusLink) {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(link.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        guard error == 0 else { return end(link, nil) }
        // An event may have been that of another socket, which had this one's number.
        guard !hostOfSocket(link.descriptor, peer: true).isEmpty else { return }
        BusHost.configure(link.descriptor)
        do throws(SecurityError) {
            link.didConnect(
                try terms.identities.map { identities throws(SecurityError) in
                    try loop.engine.connect(identities.client)
                })
        } catch {
            return end(link, error.reason)
        }
        watch(link)
        loop.queue(self, link)
        if link.state == .open { tellOfConnection(link) }
    }

    private func tellOfConnection(_ link: BusLink) {
        guard !link.isInbound else { return }
        receive(.connected(link.id, localHost: hostOfSocket(link.descriptor, peer: false)))
    }

    // MARK: Input

    private func read(_ link: BusLink) {
        let input = link.read(loop.room)
        if link.channel?.hasCiphertext == true { loop.queue(self, link) }
        if case .opened = input { tellOfConnection(link) }
        takeMessages(link)
        if case .failed(let reason) = input { end(link, link.state == .shakingHands ? reason : nil) }
    }

    private func takeMessages(_ link: BusLink) {
        do throws(BusCodecError) {
            while links[link.id] === link, let message = try link.next() {
                traffic.receive(message, link.decoder.lastLength)
                let filter = post.bus.messageFilter
                guard filter.drops(message) else {
                    receive(.received(link.id, message))
                    continue
                }
                receive(.lost(message))
                if filter.closesLink { end(link, "A message was to be lost") }
            }
        } catch {
            end(link, "Bad message: \(error.text)")
        }
    }

    // MARK: Output

    private func send(_ message: BusMessage, _ id: LinkID) {
        guard let link = links[id] else { return }
        traffic.send(message)
        link.queue(message)
        loop.queue(self, link)
    }

    /// Sends what a link's socket takes.
    func flush(_ link: BusLink, _ budget: inout Int) {
        guard links[link.id] === link else { return }
        let wasFull = link.isFull
        if link.flush(&budget) != nil { return end(link, nil) }
        if link.isFull != wasFull { watch(link) }
        checkLimit(link)
    }

    private func checkLimit(_ link: BusLink) {
        guard terms.sendLimit > 0, link.waitingBytes > terms.sendLimit, links[link.id] === link else { return }
        let direction = link.isInbound ? "inbound" : "outbound"
        post.bus.linksOverLimit += 1
        end(
            link,
            "Freeing \(direction) cluster link after exceeding memory limit: \(link.waitingBytes) bytes wait to be sent"
        )
    }

    // MARK: The end of a link

    /// A link has failed: the machine hears of it.
    private func end(_ link: BusLink, _ reason: String?) {
        if let reason {
            let peer = socketAddress(link.descriptor, peer: true).text
            log.write(.warning, "Cluster link with \(peer): \(reason)")
        }
        drop(link)
        receive(.ended(link.id))
    }

    private func drop(_ link: BusLink) {
        guard links.removeValue(forKey: link.id) != nil else { return }
        loop.forget(link.descriptor)
        close(link.descriptor)
    }

    /// Closes everything.
    func endAll() {
        for link in links.values { drop(link) }
        for listener in listeners {
            loop.forget(listener)
            close(listener)
        }
    }
}

/// The IP address of one end of a connection.
func hostOfSocket(_ descriptor: Int32, peer: Bool) -> String {
    let text = socketAddress(descriptor, peer: peer).text
    let host = text[..<(text.lastIndex(of: ":") ?? text.endIndex)]
    let name = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
    return name == "?" ? "" : String(name.hasPrefix("::ffff:") ? name.dropFirst(7) : name)
}

extension LinkFigures {
    fileprivate init(_ link: BusLink) {
        self.init(
            createdAt: link.createdAt, isReading: link.state != .connecting, isWriting: link.wantsRoom,
            reservedBytes: link.reservedBytes, waitingBytes: link.waitingBytes)
    }
}
