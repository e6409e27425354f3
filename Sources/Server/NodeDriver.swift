import CShims
import Clustering
import Commands
import Persistence
import Primitives
import Replication
import Scripting
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// One node on one thread: reads what has arrived, runs it, writes what came of it, looks at the time.
///
///     wait ─▶ read and run each ready connection ─▶ timers ─▶ actions ─▶ write all output ─▶ wait …
final class NodeDriver {
    let node: Node
    let log: Log
    let security: TransportSecurity
    let poller = Poller()
    private var listeners: [Listener] = []
    /// The settings that the listeners were opened with.
    private var openedSettings: Settings
    var connections: [Connection?] = []
    private var bySession: [UInt64: Connection] = [:]
    /// Connections whose sessions have output, and those that this turn sends to.
    private var withOutput: [Connection] = []
    private var beingSent: [Connection] = []
    private var pushes: PushQueue
    /// Where signals are read that end the process.
    private(set) var signals: Int32 = -1
    /// Which of the process's nodes this is.
    let core: Core
    private var isRunning = true
    private var areListenersResting = false
    private var nextTick: Int64 = 0
    private var nextExpiry: Int64 = 0
    private let environment: ProcessEnvironment
    private let disposal: Disposal
    let appendOnlyFile: AppendOnlyFile
    /// Connections that have output which has to wait until it is safe.
    var held: [Connection] = []
    /// What had become safe when they were last looked at, as `Node.fenceVersion` counts it.
    var releasedVersion = 0
    private let disk: DiskHelper
    private let packing: PackingHelper
    let snapshots: Snapshots
    let replication: Replication
    /// MIGRATE, and the connections that it opens.
    let keyMigrations: KeyMigrations
    /// Slots that move; nil where there is no cluster.
    private(set) var slotMigrations: SlotMigrations?
    var peers: [Int32: OutgoingConnection] = [:]
    /// Those that have no socket yet, or could not be opened, which is still to be told.
    var openingPeers: [OutgoingConnection] = []
    /// Whether lines of the log show a replica.
    private var isLoggedAsReplica = false
    /// The connection to the node's primary.
    private(set) lazy var primary = PrimaryConnection(self)
    /// The node's part in a cluster, and what it shares with the thread of the bus; nil where there is none.
    private(set) var cluster: Cluster?
    let busPost: BusPost?
    let busThread: BusThread?
    /// Where the HTTP port's thread asks for figures; nil where there is no such port.
    let window: NodeWindow?
    /// What it was told last, and when in monotonic milliseconds.
    var lastFigures: (figures: NodeFigures, time: Int64)?
    /// What the bus takes the node in with, until it has.
    var busPlan: BusPlan?
    /// What looks for others (`cluster-join`); nil where nothing does, and before clients are served.
    var forming: FormingThread?
    var walkPace: WalkPace
    /// The file that is being loaded.
    var loadedFile: MappedFile?
    var loadingStart: Int64 = 0
    /// What the process ends with.
    var exitCode: Int32 = 0
    /// How it begins anew after it has ended in order; nil for not at all.
    var restart: Restart?
    /// How a signal wants it to end.
    private var endingOptions: ShutdownOptions?
    /// The same, while a replica takes over first.
    private var waitingEnd: ShutdownOptions?
    var isHandingOver = false
    private var lentBuffer = UnsafeMutableRawPointer.allocate(byteCount: NodeDriver.readSize, alignment: 64)

    /// What is lent while a script is busy whose client's input lies in the other one.
    private var spareBuffer = UnsafeMutableRawPointer.allocate(byteCount: NodeDriver.readSize, alignment: 64)

    /// How much is read at once, in bytes.
    private static let readSize = 64 << 10

    /// - Parameters:
    ///   - bus: the thread of the cluster's bus, for a node of a cluster.
    ///   - http: the thread of the HTTP port, where there is one.
    ///   - core: which of the process's nodes it is; it belongs to the thread that makes it.
    init(
        settings: Settings, configurationFile: String?, log: Log, bus: BusThread? = nil, http: HTTPThread? = nil,
        core: Core = .only
    ) throws(StartError) {
        self.log = log
        self.core = core
        let account = MemoryAccount(countingOthers: core.isFirst)
        account?.join()
        disposal = Disposal(account)
        disk = DiskHelper(account: account, isPatient: true)
        packing = PackingHelper(account)
        environment = ProcessEnvironment(configurationFile: configurationFile, core: core)
        node = Node(
            settings: settings, clock: .system, seed: SystemRandomNumberGenerator.seed(), environment: environment,
            families: allFamilies + persistenceFamilies + scriptingFamilies + replicationFamilies
                + migrationFamilies + clusteringFamilies)
        node.count(in: account)
        appendOnlyFile = AppendOnlyFile(node, log, packing: packing, disk: LogDisk(account: account))
        snapshots = Snapshots(node, disk, packing: packing)
        replication = Replication(node, snapshots, packing: packing)
        keyMigrations = KeyMigrations(node)
        walkPace = WalkPace(nanosecondsPerTick: node.clock.nanosecondsPerTick)
        openedSettings = settings
        pushes = PushQueue(nanosecondsPerTick: node.clock.nanosecondsPerTick)
        security = try TransportSecurity(settings, log)
        listeners = try Listener.openAll(settings, log)
        busThread = bus
        busPlan = try bus.map { bus throws(StartError) in try BusStart.prepare(settings, bus, log) }
        busPost = busPlan?.post
        window = http.map { [bus = busPlan?.post.bus] in NodeWindow(port: settings.anyPort, bus, of: $0) }
        cluster = busPost.map { Cluster(node, replication, $0.bus) }
        environment.driver = self
        try loadUsers()
        identify(configurationFile)
        let disposal = disposal
        node.keyspace.dispose = { disposal.take($0) }
        for listener in listeners { poller.add(listener.descriptor) }
        watchSignals()
        poller.add(disk.descriptor)
        poller.add(packing.descriptor)
        poller.add(appendOnlyFile.descriptor)
        attachDisk()
        attachReplication()
        attachPrimary()
        openWindow(http)
        keyMigrations.connector = self
        slotMigrations = cluster?.slotMigrations
        slotMigrations?.connector = self
    }

    deinit {
        lentBuffer.deallocate()
        spareBuffer.deallocate()
    }

    /// Nobody is let in by other users than those of the file.
    private func loadUsers() throws(StartError) {
        guard !node.settings.aclfile.isEmpty else { return }
        do throws(CommandError) {
            try node.loadUsers()
        } catch {
            throw StartError(reason: "Aborting startup because of ACL errors: \(error.reason)")
        }
    }

    private func identify(_ configurationFile: String?) {
        node.identity.processID = getpid()
        (node.identity.core, node.identity.cores) = (core.index, core.group.count)
        node.identity.port = node.settings.anyPort
        node.identity.configurationFile = configurationFile ?? ""
        node.identity.executable = ProcessEnvironment.executablePath
        node.identity.operatingSystem = ProcessEnvironment.systemName
        node.identity.totalSystemMemory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
        node.identity.listeners = Listener.descriptions(listeners)
        identifyCertificates()
    }

    /// How much waits to be freed: things, and their bytes.
    var pendingDisposals: Int { disposal.pending }
    var pendingDisposalBytes: Int { disposal.pendingBytes }

    /// What it listens to: `tcp`, `unix`, `tls`.
    var listenerKinds: [String] {
        ListenerKind.allCases.filter { kind in listeners.contains { $0.kind == kind } }.map(\.rawValue)
    }

    private func watchSignals() {
        poller.add(core.ending.descriptor)
        guard core.isFirst else { return }
        var wanted = Process.endingSignals
        signals = signalfd(-1, &wanted, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        poller.add(signals)
    }

    // MARK: The loop

    /// Runs until a signal or a client ends it.
    func run() {
        repeat { turn() } while isRunning || !mayEnd()
        core.group.end(node.settings.shutdownOnSigterm)
        forming?.end()
        snapshots.giveUp()
        appendOnlyFile.close()
        closeAll()
    }

    /// Ends the loop after this turn.
    func stop() { isRunning = false }

    private func mayEnd() -> Bool {
        guard let options = endingOptions else { return true }
        if harmsCluster(options) {
            (endingOptions, isRunning) = (nil, true)
            return false
        }
        if handsOver(options) {
            (waitingEnd, endingOptions, isRunning) = (options, nil, true)
            return false
        }
        if !options.contains(.now), !node.isShutdownPending {
            isRunning = node.awaitReplicas { [unowned self] in endNow(options) }
            if isRunning { return false }
        }
        endingOptions = nil
        isRunning = !prepareEnd(options)
        return !isRunning
    }

    /// Replicas have been waited for.
    private func endNow(_ options: ShutdownOptions) {
        endingOptions = options.union(.now)
        isRunning = false
    }

    private func turn() {
        let asked = isWalking ? node.clock.ticks : 0
        let count = poller.wait(milliseconds: waitingTime())
        let start = node.clock.ticks
        node.beginTurn()
        if _slowPath(cluster != nil) { beginClusterTurn() }
        for index in 0..<count { handle(poller.event(index)) }
        runTimers()
        if isLoading { loadSome() }
        if replication.replica.isLoading { loadSomeOfSnapshot() }
        if let slotMigrations, slotMigrations.isBusy { slotMigrations.endTurn() }
        carryOut(node.takeActions())
        appendOnlyFile.endTurn()
        sendReleased()
        writeAll()
        sendToReplicas()
        writePushes(isIdle: count == 0)
        node.noteTurn(ticks: node.clock.ticks &- start)
        if isWalking { saveSome(servedClients: hasServed(count), waited: asked == 0 ? 0 : start &- asked) }
    }

    /// Whether there was anything among the events of a turn but results of helpers.
    private func hasServed(_ count: Int) -> Bool {
        let helpers = [disk.descriptor, packing.descriptor, appendOnlyFile.descriptor]
        return (0..<count).contains { !helpers.contains(poller.event($0).descriptor) }
    }

    /// A turn for the others while a script of one connection runs on. It leaves what the interrupted turn holds as it is,
    /// and looks at no timers, since they would change data. Returns whether the script may go on: a signal lets it come to
    /// its end, SHUTDOWN does not.
    func turnWhileBusy() -> Bool {
        let interrupted = beingSent
        beingSent = []
        swap(&lentBuffer, &spareBuffer)
        defer {
            swap(&lentBuffer, &spareBuffer)
            beingSent = interrupted
        }
        node.beginTurn()
        beat()
        let count = poller.wait(milliseconds: 0)
        for index in 0..<count { handle(poller.event(index)) }
        carryOut(node.takeActions())
        appendOnlyFile.endTurn()
        sendReleased()
        writeAll()
        feedReplicas()
        // What a script has published comes with its own effects, which are not in the journal yet.
        if !node.isFenceUp { writePushes(isIdle: count == 0) }
        return isRunning || endingOptions != nil
    }

    private func waitingTime() -> Int32 {
        if !withOutput.isEmpty || !pushes.isEmpty || node.hasActions || node.isEvicting || isLoading { return 0 }
        if replication.replica.isLoading { return 0 }
        if appendOnlyFile.isGathering { return 0 }
        if isReadyToWalk { return walkPace.hasCredit || walkPace.isIdle(now: node.clock.ticks) ? 0 : 1 }
        let now = node.clock.monotonicMilliseconds
        if slotMigrations?.isRemoving == true { return 0 }
        let next = min(nextTick, nextExpiry, node.nextDeadline ?? .max, slotMigrations?.nextDeadline ?? .max)
        return Int32(clamping: min(openingPause, max(0, next - now)))
    }

    private func handle(_ event: Poller.Event) {
        let index = Int(event.descriptor)
        if index < connections.count, let connection = connections[index] {
            if connection.session.isScriptBusy { return }
            if event.isWritable { send(connection) }
            if event.isReadable, connections[index] === connection { receive(connection) }
        } else if event.descriptor == primary.descriptor {
            primary.handle(event)
        } else if let peer = peers[event.descriptor] {
            // What comes of it must not change data in the middle of a script.
            if !node.isBusy { peer.handle(event) }
        } else if event.descriptor == signals {
            endBySignal()
        } else if event.descriptor == disk.descriptor {
            for result in disk.takeResults() { takeSlice { snapshots.receive(result) } }
        } else if event.descriptor == packing.descriptor {
            for piece in packing.takePacked() { takeSlice { receive(piece) } }
        } else if event.descriptor == appendOnlyFile.descriptor {
            appendOnlyFile.receiveResults()
            sendReleased()
        } else if let listener = listeners.first(where: { $0.descriptor == event.descriptor }) {
            accept(listener)
        } else if event.descriptor == busPost?.arrival.descriptor {
            attendToBus()
        } else if event.descriptor == core.ending.descriptor {
            endWithOthers()
        } else if event.descriptor == window?.arrival.descriptor {
            answerQuestions()
        }
    }

    private func runTimers() {
        let start = node.clock.ticks
        defer { node.noteTimers(ticks: node.clock.ticks &- start) }
        let now = node.monotonic
        if !openingPeers.isEmpty { tickOpeningPeers() }
        if now >= nextTick || node.nextDeadline.map({ now >= $0 }) ?? false {
            nextTick = now + Int64(1000 / max(1, node.settings.hz))
            node.tickTimers()
            appendOnlyFile.tick()
            tickSecurity()
            snapshots.tick()
            replication.tick()
            tickPrimary()
            cluster?.tick()
            if let options = waitingEnd, hasHandedOver {
                (waitingEnd, endingOptions, isRunning) = (nil, options, false)
            }
            tickPeers()
            if areListenersResting { wakeListeners() }
        }
        if now >= nextExpiry { nextExpiry = now + max(1, node.removeExpiredKeys()) }
        node.keepMemory()
    }

    private func endBySignal() {
        var information = signalfd_siginfo()
        guard read(signals, &information, MemoryLayout<signalfd_siginfo>.size) > 0 else { return }
        let name = information.ssi_signo == UInt32(SIGINT) ? "SIGINT" : "SIGTERM"
        log.write(.warning, "Received \(name) scheduling shutdown...")
        log.write(.warning, "User requested shutdown...")
        endingOptions =
            information.ssi_signo == UInt32(SIGINT) ? node.settings.shutdownOnSigint : node.settings.shutdownOnSigterm
        isRunning = false
        node.giveUpScript()
    }

    /// Another core of the process ends.
    private func endWithOthers() {
        core.ending.take()
        guard isRunning, endingOptions == nil, let options = core.group.options else { return }
        // Nobody is left to whom an error of the disk could be told.
        (endingOptions, isRunning) = (options.union(.force), false)
        node.giveUpScript()
    }

    /// Writes a line of the node's, which shows the part that it has.
    private func writeLine(_ level: LogLevel, _ text: String) {
        if isLoggedAsReplica != node.isReplica {
            isLoggedAsReplica = node.isReplica
            log.setReplica(isLoggedAsReplica)
        }
        log.write(level, text, node: node.identity.port)
    }

    private func carryOut(_ actions: [NodeAction]) {
        for action in actions {
            switch action {
            case .log(let level, let text): writeLine(level, text)
            case .close(let session): endIfClosed(session)
            case .resume(let session): resume(session)
            case .deliver: node.drainPushed(queuePushes)
            case .shutdown: (isRunning, endingOptions) = (false, nil)
            case .settingsChanged(let changed):
                log.adopt(node.settings)
                snapshots.adoptFault()
                appendOnlyFile.adopt(changed)
                replication.adoptSettings()
                adoptBusSettings()
            }
        }
    }

    /// Carries out what the node wants done outside of a turn.
    func carryOutNow() { carryOut(node.takeActions()) }

    /// Says that clients are served. What it took to come so far is not needed again.
    func announceReady() {
        apus_return_program_pages()
        for kind in listenerKinds { log.write(.notice, "Ready to accept connections \(kind)") }
        joinBus()
    }

    /// One whose script is busy ends when that has ended.
    private func endIfClosed(_ session: Session) {
        if session.isPrimary { return replication.replica.didKill(session) }
        guard session.isClosed, !session.isScriptBusy, let connection = bySession[session.id] else { return }
        end(connection)
    }

    private func resume(_ session: Session) {
        guard !session.isScriptBusy, let connection = bySession[session.id] else { return }
        proceed(connection)
    }

    // MARK: Input

    private func receive(_ connection: Connection) {
        if let channel = connection.channel { return receive(connection, from: channel) }
        let session = connection.session
        let isLent = !session.hasOwnInput
        let room =
            isLent
            ? UnsafeMutableRawBufferPointer(start: lentBuffer, count: NodeDriver.readSize)
            : session.roomForInput(NodeDriver.readSize)
        let count = recv(connection.descriptor, room.baseAddress, room.count, 0)
        node.noteRead(count)
        guard count > 0 else {
            if count == 0 { return endInput(connection) }
            if errno != EAGAIN && errno != EINTR { end(connection) }
            return
        }
        if isLent { session.lend(lentBuffer, count: count) } else { session.didReceive(count) }
        let isDrained = node.run(session)
        if isLent { session.endLoan() }
        settle(connection, isDrained: isDrained)
    }

    /// Runs what waits in a session's input, after something that held it up is over.
    func proceed(_ connection: Connection) {
        settle(connection, isDrained: node.run(connection.session))
    }

    /// Queues output and stops reading from a client that does not take its replies.
    func settle(_ connection: Connection, isDrained: Bool) {
        let session = connection.session
        if session.isClosed { return end(connection) }
        let wantsInput = isDrained && session.wantsInput
        if wantsInput != connection.isReading { watch(connection, reading: wantsInput, writing: connection.isWriting) }
        if session.waitingOutput.count > 0 || session.isClosing, !connection.isQueued {
            connection.isQueued = true
            withOutput.append(connection)
        }
    }

    /// A session that was pushed something need not run for it.
    private func queuePushes(_ session: Session) {
        let index = Int(session.descriptor)
        if index < connections.count, let connection = connections[index], connection.session === session {
            pushes.append(connection, now: node.clock.ticks)
        }
    }

    func watch(_ connection: Connection, reading: Bool, writing: Bool) {
        connection.isReading = reading
        connection.isWriting = writing
        poller.watch(connection.descriptor, reading: reading, writing: writing)
    }

    // MARK: Output

    /// Sends what the turn has produced. A client that takes it lets its next commands run, whose output is sent in the
    /// next turn, so that one client cannot keep the others waiting.
    private func writeAll() {
        swap(&withOutput, &beingSent)
        for connection in beingSent {
            if connection.session.isScriptBusy {
                withOutput.append(connection)
                continue
            }
            connection.isQueued = false
            send(connection)
        }
        beingSent.removeAll(keepingCapacity: true)
    }

    /// Sends what was pushed, if it is time. One whose socket was full is sent more when that has room.
    private func writePushes(isIdle: Bool) {
        if pushes.isEmpty || !pushes.isDue(now: node.clock.ticks, isIdle: isIdle) { return }
        // What a client is pushed whose script runs on goes along with its reply.
        for connection in pushes.takeAll() where !connection.isWriting && !connection.session.isScriptBusy {
            send(connection)
        }
    }

    func send(_ connection: Connection) {
        guard connections[Int(connection.descriptor)] === connection else { return }
        let session = connection.session
        if session.isReplica, let link = session.replica as? ReplicaLink { return sendToReplica(connection, link) }
        if let channel = connection.channel { return send(connection, through: channel) }
        var ready = node.releasableOutput(session)
        while ready > 0 {
            let count = Glibc.send(connection.descriptor, session.waitingOutput.base, ready, 0)
            if count < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { return end(connection) }
                return waitForRoom(connection)
            }
            node.noteWrite(count)
            session.didSend(count)
            ready -= count
            if ready > 0 { return waitForRoom(connection) }
        }
        didSendAll(connection)
    }

    /// Goes on after all output has been sent that may leave.
    func didSendAll(_ connection: Connection) {
        let session = connection.session
        if session.isHeld { return hold(connection) }
        if session.isClosing || connection.hasPeerEnded { return end(connection) }
        if connection.isWriting { watch(connection, reading: connection.isReading, writing: false) }
        // Commands may have waited for their client to read.
        if !connection.isReading, session.wantsInput { proceed(connection) }
    }

    func waitForRoom(_ connection: Connection) {
        if !connection.isWriting { watch(connection, reading: connection.isReading, writing: true) }
        node.checkOutputLimit(connection.session)
        if connection.session.isClosed { end(connection) }
    }

    // MARK: Connections

    private func accept(_ listener: Listener) {
        let most =
            listener.kind == .tls
            ? node.settings.maxNewTlsConnectionsPerCycle : node.settings.maxNewConnectionsPerCycle
        for _ in 0..<most {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE { restListeners() }
                return
            }
            Listener.makeNonblocking(descriptor)
            if !admit(descriptor, listener) { close(descriptor) }
        }
    }

    /// Without descriptors a waiting client would turn the loop for nothing: it waits until the next tick.
    private func restListeners() {
        log.write(.warning, "Accepting client connection: \(systemError())")
        for listener in listeners { poller.watch(listener.descriptor, reading: false, writing: false) }
        areListenersResting = true
    }

    private func wakeListeners() {
        for listener in listeners { poller.watch(listener.descriptor, reading: true, writing: false) }
        areListenersResting = false
    }

    private func admit(_ descriptor: Int32, _ listener: Listener) -> Bool {
        let peer =
            listener.isUnix
            ? (text: "\(node.settings.unixsocket):0", isLoopback: true) : socketAddress(descriptor, peer: true)
        if node.sessions.count >= node.settings.maxclients {
            return refuse(descriptor, listener, "-ERR max number of clients reached\r\n")
        }
        if node.settings.protectedMode, node.needsNoPassword, !peer.isLoopback {
            return refuse(descriptor, listener, NodeDriver.protectedModeText)
        }
        if !listener.isUnix { configure(descriptor) }
        let local = listener.isUnix ? peer.text : socketAddress(descriptor, peer: false).text
        let session = node.accept(
            peerAddress: peer.text, localAddress: local, descriptor: descriptor, isUnixSocket: listener.isUnix)
        let channel = listener.kind == .tls ? security.accept() : nil
        session.usesTLS = channel != nil
        let connection = Connection(descriptor: descriptor, session: session, channel: channel)
        if channel != nil { security.expect(connection, now: node.monotonic) }
        while connections.count <= Int(descriptor) { connections.append(nil) }
        connections[Int(descriptor)] = connection
        bySession[session.id] = connection
        poller.add(descriptor)
        return true
    }

    /// Nothing can be said in the open to a client that begins with a handshake.
    private func refuse(_ descriptor: Int32, _ listener: Listener, _ text: String) -> Bool {
        var text = listener.kind == .tls ? "" : text
        text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
        node.noteRejection()
        return false
    }

    private static let protectedModeText =
        "-DENIED Apus is running in protected mode because protected mode is enabled and no password is set for the "
        + "default user. In this mode connections are only accepted from the loopback interface. If you want to connect "
        + "from external computers you may adopt one of the following solutions: 1) Disable protected mode by sending "
        + "'CONFIG SET protected-mode no' from the loopback interface. 2) Set 'protected-mode no' in the configuration "
        + "file. 3) Start the server with '--protected-mode no'. 4) Set a password for the default user.\r\n"

    private func configure(_ descriptor: Int32) {
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        let interval = node.settings.tcpKeepalive
        guard interval > 0 else { return }
        Listener.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Int32(clamping: interval))
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, Int32(clamping: max(1, interval / 3)))
        Listener.set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    func end(_ connection: Connection) {
        guard connections[Int(connection.descriptor)] === connection else { return }
        if let channel = connection.channel { sayGoodbye(connection, channel) }
        poller.remove(connection.descriptor)
        close(connection.descriptor)
        connections[Int(connection.descriptor)] = nil
        bySession[connection.session.id] = nil
        node.remove(connection.session)
    }

    /// Leaves all clients alone, as a crash does.
    func abandonSockets() {
        for case let connection? in connections { close(connection.descriptor) }
        for listener in listeners { close(listener.descriptor) }
    }

    private func closeAll() {
        primary.disconnect()
        primary.dropSnapshot()
        for case let connection? in connections {
            send(connection)
            end(connection)
        }
        for listener in listeners { close(listener.descriptor) }
        if !node.settings.unixsocket.isEmpty { unlink(node.settings.unixsocket) }
        disk.drain()
    }

    // MARK: Settings

    /// Opens other sockets, if their settings have changed; the old ones stay, or come back, when that fails.
    func reopenListeners(_ settings: Settings) throws(StartError) {
        // A socket for all addresses and one for a single address exclude each other while they have the same port.
        if settings.port == openedSettings.port || settings.tlsPort == openedSettings.tlsPort { closeTCPListeners() }
        do throws(StartError) {
            let fresh = try Listener.openTCP(settings, log)
            closeTCPListeners()
            adopt(fresh, settings)
        } catch {
            if !listeners.contains(where: { !$0.isUnix }), let old = try? Listener.openTCP(openedSettings, log) {
                adopt(old, openedSettings)
            }
            throw error
        }
    }

    private func closeTCPListeners() {
        for listener in listeners where !listener.isUnix {
            poller.remove(listener.descriptor)
            close(listener.descriptor)
        }
        listeners.removeAll { !$0.isUnix }
    }

    private func adopt(_ fresh: [Listener], _ settings: Settings) {
        openedSettings = settings
        for listener in fresh { poller.add(listener.descriptor) }
        listeners += fresh
        node.identity.port = settings.anyPort
        node.identity.listeners = Listener.descriptions(listeners)
    }
}

extension Settings {
    /// The port that INFO shows: the plain one if there is one.
    var anyPort: Int { self.port != 0 ? self.port : self.tlsPort }
}

extension SystemRandomNumberGenerator {
    /// A secret seed from the system's source of randomness.
    static func seed() -> UInt64 {
        var source = SystemRandomNumberGenerator()
        return source.next()
    }
}
