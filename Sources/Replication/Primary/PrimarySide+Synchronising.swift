import Commands
import Persistence
import Primitives
import Settings
import Storage

// How a replica gets from a request to the journal: from where it is, or with a snapshot.

extension PrimarySide {
    // MARK: Requests

    /// Answers PSYNC.
    func synchronise(_ link: ReplicaLink, _ request: ResynchronisationRequest) {
        node.log(.notice, "Replica \(link.name) asks for synchronization")
        link.delivery = nil
        let answer = ResynchronisationAnswer(request, node.history, window: window)
        if case .partial(let offset) = answer { return goOn(link, from: offset) }
        if let text = answer.refusal(request, node.history, replica: link.name) { node.log(.notice, text) }
        if request.hasHistory { figures.refusedPartialSyncs += 1 }
        synchroniseFully(link)
    }

    private func goOn(_ link: ReplicaLink, from offset: Int64) {
        figures.partialSyncs += 1
        link.session.becomeReplica()
        link.say(link.knowsSecondHistory ? "+CONTINUE \(node.history.id)\r\n" : "+CONTINUE\r\n")
        (link.position, link.acknowledged) = (offset, offset)
        enter(link, .online)
        offer()
        node.log(
            .notice,
            "Partial resynchronization request from \(link.name) accepted. Sending "
                + "\(node.keyspace.journal.offset - offset) bytes of backlog starting from offset \(offset + 1).")
        noteGoodReplicas()
    }

    /// Has a replica wait for a snapshot.
    func synchroniseFully(_ link: ReplicaLink) {
        figures.fullSyncs += 1
        link.session.becomeReplica()
        enter(link, .waiting(since: now))
        if !link.isSnapshotOnly { keepBacklog(renewsHistory: !node.isReplica) }
        if joinFile(link) { return }
        if isWalkingForOthers {
            node.log(.notice, "Waiting for the snapshot under way to end, for SYNC with replica \(link.name)")
        } else if isDiskless([link]), settings.replDisklessSyncDelay > 0, !link.isSnapshotOnly {
            node.log(.notice, "Delay next BGSAVE for diskless SYNC")
        }
        beginWaiting()
    }

    func enter(_ link: ReplicaLink, _ state: ReplicaLink.State) {
        link.state = state
        (link.lastProgress, link.acknowledgedAt) = (now, now)
    }

    // MARK: Beginning

    /// Whether a walk is under way that is not for replicas, or was given up and has not come to its end.
    private var isWalkingForOthers: Bool {
        snapshots.isUnderWay || node.appendOnlyLog?.figures.isRewriting == true || node.keyspace.snapshot != nil
    }

    /// Begins a snapshot for those who wait, if it is time.
    func beginWaiting() {
        guard links.contains(where: \.isWaiting), !node.isLoading, !node.isBusy else { return }
        beginWithoutKeys()
        yieldToWaiting()
        let waiting = links.filter(\.isWaiting)
        guard let first = waiting.first, transfer == nil, fileCut == nil, !isWalkingForOthers else { return }
        let isDiskless = isDiskless(waiting)
        if isDiskless, !isDue(waiting, first) { return }
        node.log(.notice, "Starting BGSAVE for SYNC with target: \(isDiskless ? "replicas sockets" : "disk")")
        if isDiskless { beginTransfer(waiting) } else { beginFile(waiting) }
    }

    /// A snapshot whose end is not announced goes straight to the sockets.
    private func isDiskless(_ waiting: [ReplicaLink]) -> Bool {
        settings.replDisklessSync && waiting.allSatisfy(\.takesUnknownLength)
    }

    /// Whether nobody else is waited for who may come, so that one walk is for all.
    private func isDue(_ waiting: [ReplicaLink], _ first: ReplicaLink) -> Bool {
        guard case .waiting(let since) = first.state else { return false }
        let most = settings.replDisklessSyncMaxReplicas
        return most > 0 && waiting.count >= most || now - since >= Int64(settings.replDisklessSyncDelay) * 1000
    }

    private func options() -> SnapshotOptions { SnapshotOptions(node, libraries: snapshots.libraries()) }

    private func beginTransfer(_ waiting: [ReplicaLink]) {
        cut(waiting)
        let stream = SnapshotStream(node.keyspace, .file(options()), packing: packing)
        begin(stream, waiting)
    }

    /// Who wants no keys needs no walk over them.
    private func beginWithoutKeys() {
        guard transfer == nil else { return }
        let waiting = links.filter { $0.isWaiting && $0.content != .everything }
        guard let content = waiting.first?.content else { return }
        let members = waiting.filter { $0.content == content }
        cut(members)
        var options = options()
        if content == .nothing { options.libraries = [] }
        let nothing = Keyspace(databaseCount: 1, seed: 0)
        begin(SnapshotStream(nothing, .file(options), packing: nil), members)
        withExtendedLifetime(nothing) { transfer?.advance { false } }
        settleTransfer()
    }

    private func begin(_ stream: SnapshotStream, _ members: [ReplicaLink]) {
        for member in members { enter(member, .receiving) }
        let mark = node.randomMark()
        let limit = settings.clientOutputBufferLimit.replica.hard
        let transfer = SnapshotTransfer(stream, to: members, mark: mark, now: now, mostKeptBytes: limit)
        transfer.onOverload = { [unowned self] in
            drop($0, "Replica \($0.name) is too slow for the snapshot that it is sent, and is disconnected")
            leaveTransfer($0)
        }
        transfer.absent = { [unowned self, unowned payload = transfer.payload] in
            interruptions.filter { $0.payload === payload }.map(\.sent)
        }
        transfer.onAbsentOverload = { [unowned self, unowned payload = transfer.payload] in
            endInterruptions("too much has to be kept for it") { $0.payload === payload }
        }
        self.transfer = transfer
        offer()
    }

    /// Tells replicas at which place of the journal their snapshot is; what is written from here on names its database.
    private func cut(_ members: [ReplicaLink]) {
        node.keyspace.journal.selectAnew()
        let offset = node.keyspace.journal.offset
        for member in members { place(member, offset) }
        offer()
    }

    private func place(_ link: ReplicaLink, _ offset: Int64) {
        link.position = offset
        if link.isOld { return }
        let delivery = link.resumesSnapshots && !link.isSnapshotOnly ? makeDelivery(offset) : nil
        link.delivery = delivery
        link.say("+FULLRESYNC \(node.history.id) \(offset)\(delivery.map { " \($0.ticket)" } ?? "")\r\n")
    }

    // MARK: With a file

    private func beginFile(_ waiting: [ReplicaLink]) {
        cut(waiting)
        for link in waiting { enter(link, .saving) }
        fileCut = node.keyspace.journal.offset
        snapshots.saveInBackground()
    }

    /// Whoever comes while a file is being written for others takes part in it.
    private func joinFile(_ link: ReplicaLink) -> Bool {
        guard let fileCut, link.content == .everything else { return false }
        guard let other = links.first(where: { $0.state == .saving && !$0.isSnapshotOnly }), other !== link else {
            return false
        }
        place(link, fileCut)
        enter(link, .saving)
        offer()
        node.log(.notice, "Waiting for end of BGSAVE for SYNC")
        return true
    }

    /// The file is there, or will not be.
    func endFile(succeeded: Bool) {
        guard fileCut != nil else { return }
        fileCut = nil
        let members = links.filter { $0.state == .saving }
        let file = succeeded ? openFile(settings.dbfilename) : nil
        hasFileForReplicas = succeeded
        for link in members {
            guard let file else {
                drop(link, "SYNC failed. BGSAVE child returned an error")
                continue
            }
            link.say("$\(file.byteCount ?? 0)\r\n")
            link.send(file)
            enter(link, .receiving)
        }
        offer()
    }

    /// Removes a file that was written for replicas only, where nothing else is kept on the disk.
    func removeOldFile() {
        guard hasFileForReplicas, settings.rdbDelSyncFiles, settings.save.isEmpty, !settings.appendonly else { return }
        guard fileCut == nil, !links.contains(where: { $0.state == .receiving || $0.state == .saving }) else { return }
        hasFileForReplicas = false
        let name = settings.dbfilename
        node.log(.notice, "Removing the RDB file \(name) used to feed replicas in a persistence-less instance")
        removeFile(settings.dbfilename)
    }

    // MARK: Going on

    /// Whether entries are still being written for replicas.
    public var isWalking: Bool { transfer.map { !$0.isComplete } ?? false }

    /// Whether going on with that would do something, instead of waiting for others.
    public var isReadyToWalk: Bool { isWalking && transfer?.isReady ?? false }

    /// Goes on with the walk, until `isOver` says that time is up.
    public func advance(until isOver: () -> Bool) {
        transfer?.advance(until: isOver)
        settleTransfer()
        offer()
    }

    /// Has those who change more than can be kept make up for it.
    public func holdBack() {
        guard isWalking, let transfer else { return }
        transfer.stream.holdBack(into: transfer)
        settleTransfer()
    }

    /// Takes a packed piece, if it is for replicas.
    public func receive(_ packed: PackedPiece) {
        guard let transfer else { return }
        transfer.stream.receive(packed, into: transfer)
        offer()
    }

    // MARK: Ending

    /// Takes a replica out of a snapshot that it does not get to its end.
    func leaveTransfer(_ link: ReplicaLink) {
        transfer?.remove(link)
        settleTransfer()
    }

    /// Ends a transfer that was given up, that nobody wants any more, or that everybody has.
    func settleTransfer() {
        guard let transfer else { return }
        if transfer.stream.walk.isAbandoned, !transfer.isComplete {
            self.transfer = nil
            endInterruptions("the snapshot was given up") { $0.payload === transfer.payload }
            for link in transfer.members {
                drop(link, "SYNC failed. The snapshot for replica \(link.name) was given up")
            }
        } else if transfer.members.isEmpty, transfer.isComplete || transfer.absent().isEmpty {
            if !transfer.isComplete { transfer.stream.walk.abandon() }
            self.transfer = nil
        }
    }

    /// A replica was sent all of its snapshot.
    func endPayload(_ link: ReplicaLink, _ payload: any Payload) {
        if payload === transfer?.payload { transfer?.remove(link) }
        enter(link, .received)
        node.log(.notice, "Synchronization with replica \(link.name) succeeded")
        // One that knows the length does not need to say that it has found the end.
        if payload.isAnnounced { beginStream(link) }
    }

    /// From here on a replica is sent the journal.
    func beginStream(_ link: ReplicaLink) {
        guard !link.isSnapshotOnly else { return }
        enter(link, .online)
        if link.acknowledged == 0 { link.acknowledged = link.position }
        offer()
        noteGoodReplicas()
    }
}

extension SnapshotTransfer {
    /// Goes on with the walk.
    func advance(until isOver: () -> Bool) { stream.advance(into: self, until: isOver) }
}

extension ReplicaLink {
    /// Whether it waits for a snapshot to begin.
    var isWaiting: Bool {
        if case .waiting = state { return true }
        return false
    }
}

extension Node {
    /// Forty characters that nobody can guess.
    func randomMark() -> String { keyspace.random.hexadecimal(40) }
}
