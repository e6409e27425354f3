import Commands
import Gossip
import Persistence
import Primitives
import Storage

/// All migrations of slots from and to this node.
///
/// 1. What comes is hidden until it is taken: no client sees it, nothing of it expires, and where it is not taken it is removed,
///    here and on replicas, before the same slots can come again.
/// 2. Replicas and the log hear which slots are hidden, so that a replica that is promoted, or a node that starts again, knows
///    what has to go.
/// 3. Slots are claimed when this node's replicas know of the claim, so that it outlives a failover, and served when the claim
///    is on the disk.
/// 4. What may have been granted, and by whomever of this shard, is asked for until it is known what has become of it.
public final class SlotMigrations: MovingSlots {
    unowned let node: Node
    unowned let authority: any SlotAuthority
    /// What opens connections; nil where none can be opened.
    public var connector: (any PeerConnector)?
    var patience = SlotExport.Patience()
    private(set) var exports: [SlotExportRun] = []
    private(set) var imports: [SlotImportRun] = []
    /// What this node has asked others for, the oldest first; also what is over.
    var requests: [SlotRequestRun] = []
    /// Migrations that are over, the oldest first.
    private var history: [SlotJobRecord] = []
    /// What has to be removed yet.
    private(set) var removals = SlotRemovals()
    /// Migrations that cannot go on for what has happened in the middle of a command.
    private var broken: [(run: SlotExportRun, reason: String)] = []
    /// What is being taken.
    private var takings: [SlotTaking] = []
    /// What a primary was about to claim, and has not said that it has: a successor says so in its place.
    private var heardClaims: [NodeName: SlotSet] = [:]
    /// How many full synchronisations there had been, and what replicas did, when they were told of grants last.
    private var told: (fullSyncs: Int, states: [String])?
    private var lastMap: SlotMap?
    private var nextLook: Int64 = 0
    private var random: RandomSource

    private static let lookMilliseconds: Int64 = 100
    /// After how many keys the removal rests until the next turn.
    private static let removedAtOnce = 500

    /// For a node of a cluster.
    public init(_ node: Node, _ authority: any SlotAuthority) {
        (self.node, self.authority) = (node, authority)
        random = RandomSource(seed: node.keyspace.random.next())
        node.movingSlots = self
        // Nobody is to be served before that.
        if authority.member(authority.ownName)?.isPrimary == true { resumeGrants() }
    }

    /// For a world in which everything takes longer.
    /// - Parameters:
    ///   - pause: for how many milliseconds writes may rest; 40 where this is not called.
    ///   - answer: within how many milliseconds a target has to answer before that is tried; 15 where this is not called.
    public func wait(pause: Int64, answer: Int64) { patience = SlotExport.Patience(longestPause: pause, close: answer) }

    var now: Int64 { node.clock.monotonicMilliseconds }

    /// Whether a walk over slots is under way.
    public var isWalking: Bool { exports.contains(where: \.isWalking) }
    /// Whether going on with it would do something.
    public var isReadyToWalk: Bool { exports.contains(where: \.isReadyToWalk) }
    /// Whether there is anything that `endTurn` has to look at.
    public var isBusy: Bool {
        !exports.isEmpty || !imports.isEmpty || !takings.isEmpty || node.keyspace.hiddenSlots != nil
            || node.monotonic >= nextLook
    }
    /// Whether there are keys that have to be removed at once.
    public var isRemoving: Bool { !removals.isEmpty && !node.isReplica }
    /// When `endTurn` is needed at the latest, in monotonic milliseconds; nil for whenever.
    public var nextDeadline: Int64? { exports.compactMap(\.machine.nextDeadline).min() }
    /// Bytes that wait to be sent to targets.
    public var outputBytes: Int { exports.reduce(0) { $0 + $1.record.waitingBytes } }

    // MARK: Going on

    /// Walks on until time is up.
    public func walk(until isOver: () -> Bool) {
        for run in exports where run.isReadyToWalk { return run.walk(until: isOver) }
    }

    /// Sends what the turn has brought, and does what is due.
    public func endTurn() {
        for (run, reason) in broken { run.receive(.broken(reason)) }
        broken = []
        lookAtMap()
        beginWalk()
        for run in exports { run.endTurn() }
        endTakings()
        removeSome()
        if now >= nextLook { look() }
    }

    private func beginWalk() {
        guard node.keyspace.snapshot == nil, !isSnapshotUnderWay, !node.isLoading, !node.isBusy else { return }
        exports.first(where: \.wantsWalk)?.cut()
    }

    /// Whether somebody else walks, or is about to.
    private var isSnapshotUnderWay: Bool {
        (node.saving as? Snapshots)?.isUnderWay == true || node.appendOnlyLog?.figures.isRewriting == true
            || node.replication?.isWalking == true
    }

    private func look() {
        nextLook = now + SlotMigrations.lookMilliseconds
        for run in exports where run.machine.state == .doubtful { run.receive(.owned(ownership(of: run.job))) }
        if node.isReplica {
            giveUpAsReplica()
        } else {
            resumeGrants()
            endHeardClaims()
        }
        tellNewReplicas()
        for run in imports { awaitReplicas(run) }
        lookAtRequests()
        tidy()
        adoptForeign()
    }

    /// A replica has what its primary has: that one decides over what has come.
    private func giveUpAsReplica() {
        for run in imports where !run.machine.isOver { run.giveUp("This node is not a primary any more") }
        removals.leaveAll()
    }

    /// Puts away what is over.
    private func tidy() {
        history += exports.filter(\.machine.isOver).map(\.record) + imports.filter(\.machine.isOver).map(\.record)
        exports.removeAll(where: \.machine.isOver)
        imports.removeAll(where: \.machine.isOver)
        let most = node.settings.clusterSlotMigrationLogMaxLen
        if history.count > most { history.removeFirst(history.count - most) }
    }

    /// Something has happened, in the middle of a command, after which a migration cannot go on.
    func breakLater(_ run: SlotExportRun, _ reason: String) { broken.append((run, reason)) }

    /// All data is being removed by a command.
    public func willFlush() {
        for run in exports { breakLater(run, "The data was flushed") }
        for run in imports where !run.machine.isOver { run.giveUp("The data was flushed") }
    }

    // MARK: The map

    private func lookAtMap() {
        guard authority.map !== lastMap else { return }
        lastMap = authority.map
        for run in exports { run.receive(.owned(ownership(of: run.job))) }
        for run in imports where !run.machine.isOver {
            let owner = authority.owner(of: run.job.slots)
            if owner != nil, owner != run.job.source { run.giveUp("The source does not own the slots any more") }
        }
    }

    private func ownership(of job: SlotJob) -> SlotExport.Ownership {
        guard let map = authority.map, job.slots.ranges.joined().allSatisfy({ map.owners[$0] != SlotMap.nobody }) else {
            return .unknown
        }
        guard let owner = authority.owner(of: job.slots) else { return .others }
        if owner == job.target { return .targets }
        guard owner == job.source || owner == authority.ownName, !node.isReplica else { return .others }
        return hasLost(job) ? .mineForSure : .mine
    }

    /// Whether the target cannot claim the slots any more: it was forgotten, or follows another node whose claim is newer than
    /// the grant and names none of them. A target that is a primary may still have the grant before it.
    private func hasLost(_ job: SlotJob) -> Bool {
        guard let epoch = exports.first(where: { $0.job == job })?.grant?.epoch else { return false }
        guard let target = authority.member(job.target) else { return true }
        if target.isPrimary { return false }
        guard let successor = target.primary.flatMap({ authority.member($0) }) else { return false }
        return successor.isPrimary && successor.configEpoch > epoch
    }

    /// The epoch of a node's claim, as far as it is known.
    func epoch(of name: NodeName) -> UInt64 { authority.member(name)?.configEpoch ?? 0 }

    /// Who knows what has become of a grant: the target, or who has taken its place since.
    func holder(of job: SlotJob, since epoch: UInt64?) -> NodeName {
        guard let epoch, let target = authority.member(job.target), target.flags.contains(.failed) || !target.isPrimary
        else { return job.target }
        let successor = authority.primary(ofShard: target.shard)
        return successor.flatMap { $0.configEpoch > epoch ? $0.name : nil } ?? job.target
    }

    /// Claims what was given away anew.
    func reclaim(_ job: SlotJob) {
        guard !node.isReplica, [.mine, .mineForSure, .unknown].contains(ownership(of: job)) else { return }
        _ = record(.takeOver(job.slots, after: 0))
    }

    /// Has the bus carry out what it has no reason to refuse. Returns the number that `savedOrders` reaches; nil for none.
    func record(_ order: BusOrder) -> UInt64? {
        do throws(BusError) {
            return try authority.perform(order) ?? authority.savedOrders
        } catch {
            node.log(.warning, "The bus has refused an order of a slot migration: \(error.text)")
            return nil
        }
    }

    /// Where a node is reached.
    func address(of name: NodeName) -> PeerAddress? {
        guard let address = authority.member(name)?.address, !address.host.isEmpty else { return nil }
        let port = node.settings.tlsCluster && address.tlsPort != 0 ? address.tlsPort : address.port
        return port == 0 ? nil : PeerAddress(host: address.host, port: port)
    }

    /// What is said to other nodes to be let in: user, where there is one, and password.
    var credentials: [String] {
        let settings = node.settings
        guard !settings.masterauth.isEmpty else { return [] }
        let password = String(decoding: settings.masterauth, as: UTF8.self)
        return settings.masteruser.isEmpty ? [password] : [settings.masteruser, password]
    }

    /// Bytes that may wait for a target before it is given up; nil for any number.
    var mostWaitingBytes: Int? {
        let limit = node.settings.clientOutputBufferLimit.replica.hard
        return limit == 0 ? nil : limit
    }

    /// For how long a target may be silent, in milliseconds.
    var longestSilence: Int64 { Int64(node.settings.replTimeout) * 1000 }

    // MARK: Exports

    /// Begins migrations to other nodes. All was looked at.
    /// - Parameter task: the request of the target that they serve; nil for none.
    func begin(_ jobs: [SlotJob], for task: NodeName? = nil) {
        for job in jobs {
            let run = SlotExportRun(self, job)
            run.record.task = task
            exports.append(run)
            node.log(.notice, "Slot migration \(job.name): \(job.slots.rangesText) to \(job.target)")
            run.receive(.begin)
        }
    }

    /// The migration under way that concerns any of some slots.
    func isExporting(_ slots: SlotSet) -> Bool {
        exports.contains { !$0.machine.isOver && $0.job.slots.overlaps(slots) }
    }

    /// Whether slots go, and whether slots come.
    var isUnderWay: (exporting: Bool, importing: Bool) {
        (exports.contains { !$0.machine.isOver }, imports.contains { !$0.machine.isOver })
    }

    /// A name that nobody else has chosen.
    func newName() -> NodeName { NodeName(random: &random) }

    /// Ends all migrations to other nodes that can be ended. Returns whether there was any.
    func cancel() -> Bool {
        let active = exports.filter { !$0.machine.isOver && !$0.machine.isGranted }
        for run in active { run.receive(.cancelled) }
        return !active.isEmpty
    }

    /// What is shown, the newest first; of one second those that were added last.
    var records: [SlotJobRecord] {
        (history + exports.map(\.record) + imports.map(\.record)).reversed().sorted { $0.createdAt > $1.createdAt }
    }

    /// How many migrations to this node have ended well, as far as it remembers.
    public var taken: Int { history.count { !$0.isExport && $0.state == "success" } }

    // MARK: Imports

    /// Begins to take slots in that come through a session. Returns why that cannot be; nil where it has begun.
    func begin(_ job: SlotJob, through session: Session) -> String? {
        if node.isReplica { return "Slot migration can only be used on primary nodes" }
        if !authority.mayClaim { return SlotMigrations.mayNotClaim }
        if authority.owner(of: job.slots) != job.source { return "The source does not own the slots" }
        if authority.ownName != job.target { return "This is another node" }
        if isLate(job.name) { return "The slots are not waited for any more" }
        if authority.isMovedByHand.importing { return "Slots are being manually imported" }
        if authority.isMovedByHand.migrating { return "Slots are being manually migrated" }
        if let hidden = node.keyspace.hiddenSlots, job.slots.ranges.joined().contains(where: hidden.contains) {
            return "Slots are being imported, or removed, already"
        }
        // What nobody has missed so far must not be taken for what comes.
        _ = removeKeys(job.slots)
        hide(job.name, job.slots)
        let run = SlotImportRun(self, job, session)
        run.record.task = didBegin(job.name)
        imports.append(run)
        session.becomeImport()
        awaitReplicas(run)
        node.log(.notice, "Slot migration \(job.name): \(job.slots.rangesText) from \(job.source)")
        return nil
    }

    /// Why a node that has just started, or was cut off, takes no slots: it may have lost its own.
    static let mayNotClaim = "This node has to hear from the others first"

    /// The migration that comes through a session.
    func importRun(_ session: Session) -> SlotImportRun? { imports.first { $0.session === session } }

    /// The connection of a source has ended.
    public func didEnd(_ session: Session) { importRun(session)?.didEnd() }

    /// What a source has sent was refused here.
    public func didRefuse(_ session: Session, _ reason: String) {
        importRun(session)?.giveUp("The target has refused a command: \(reason)")
    }

    /// Takes the slots of a migration over. Returns why that cannot be.
    /// - Parameter epoch: the source's claim is not later.
    func takeOver(_ run: SlotImportRun, after epoch: UInt64) -> String? {
        // A grant that was long on its way may be one that somebody else knows nothing of.
        guard now - run.readyAt <= Int64(node.settings.clusterNodeTimeout) / 2 else {
            return "The grant has come too late"
        }
        // The epoch of the claim is that of all of this node's slots.
        guard authority.mayClaim else { return SlotMigrations.mayNotClaim }
        guard !node.isReplica, authority.owner(of: run.job.slots) == run.job.source else {
            return "The source does not own the slots any more"
        }
        let job = run.job
        node.holdSlots { $0.grantedSlots.formUnion(job.slots) }
        let own = authority.ownName
        let claim = max(authority.currentEpoch, epoch) + 1
        tellReplicas(["CLAIMING", job.name.text, own.text, "\(claim)"] + job.slots.bounds)
        takings.append(SlotTaking(run: run, epoch: claim, offset: node.keyspace.journal.dataOffset, since: now))
        endTakings()
        return nil
    }

    /// Whether the slots of a migration are being taken.
    func isTaking(_ name: NodeName) -> Bool { takings.contains { $0.job.name == name } }

    /// Claims what replicas know of, so that whoever takes this node's place claims it too; serves what is claimed on the disk.
    private func endTakings() {
        for index in takings.indices.reversed() {
            if isTaken(&takings[index]) { takings.remove(at: index) }
        }
    }

    private func isTaken(_ taking: inout SlotTaking) -> Bool {
        let job = taking.job
        if node.isReplica {
            // Its replicas show what it was about to claim, and so does whoever of them has taken its place.
            adopt(job.name, nil)
            letGo(taking)
            return true
        }
        if taking.order == nil,
            haveReplicas(taking.offset, since: taking.since, patience: SlotMigrations.takingPatience)
        {
            taking.order = record(.takeOver(job.slots, after: taking.epoch - 1))
            if taking.order == nil {
                removals.add(job.name, job.slots)
                letGo(taking)
                return true
            }
        }
        guard let order = taking.order, authority.savedOrders >= order else { return false }
        show(job.name)
        node.holdSlots { $0.grantedSlots.subtract(job.slots) }
        node.log(.notice, "Slot migration \(job.name): \(job.slots.rangesText) are taken")
        return true
    }

    /// Does not take what it was about to. The source asks what has become of it: this node, or who has taken its place.
    private func letGo(_ taking: SlotTaking) {
        node.holdSlots { $0.grantedSlots.subtract(taking.job.slots) }
        if let session = taking.run.session { node.disconnect(session) }
        if taking.order != nil { return }
        taking.run.miss()
        for index in history.indices where history[index].job == taking.job { history[index] = taking.run.record }
    }

    /// For so long, in milliseconds, a claim waits for replicas that were promised nothing: writes rest meanwhile.
    private static let takingPatience: Int64 = 20

    /// Has the source's questions answered when this node's replicas have what has come, so that they can take its place; not
    /// for ever, since nothing but a promise makes anybody wait for a replica that is far away.
    private func awaitReplicas(_ run: SlotImportRun) {
        guard let session = run.session, !run.machine.isOver else { return }
        let isPatient = run.pauses < SlotMigrations.mostPauses
        node.awaitReplicas(isPatient ? node.replication?.acknowledgedOffsets.count ?? 0 : 0, for: session)
    }

    private static let mostPauses = 20

    /// Whether replicas have the journal up to an offset: as many as are promised, and all, unless they take too long.
    func haveReplicas(_ offset: Int64, since: Int64, patience: Int64 = 1000) -> Bool {
        let offsets = node.replication?.acknowledgedOffsets ?? []
        let reached = offsets.count { $0 >= offset }
        if reached < offsets.count { node.replication?.requestAcknowledgements() }
        return reached >= node.settings.promisedReplicas && (reached == offsets.count || now - since > patience)
    }

    /// What became of a migration that a source has granted and heard nothing more of. One that goes on ends.
    func outcome(of name: NodeName, _ slots: SlotSet) -> String {
        if authority.owner(of: slots) == authority.ownName || isTaking(name) {
            return "TAKEN"
        }
        for run in imports where run.job.name == name && !run.machine.isOver { run.giveUp("Cancelled by the source") }
        let record = history.last { $0.job.name == name } ?? imports.first { $0.job.name == name }?.record
        guard let record else { return "CANCELLED" }
        guard let owner = authority.owner(of: slots).flatMap({ authority.member($0) }) else {
            return record.state == "success" ? "TAKEN" : "CANCELLED"
        }
        // What was taken and is the source's shard's again was lost.
        return owner.shard == authority.member(record.job.source)?.shard ? "CANCELLED" : "TAKEN"
    }

    /// Removes what has come of a migration.
    func remove(_ run: SlotImportRun) { removals.add(run.job.name, run.job.slots) }

    // MARK: Hidden slots

    private func hide(_ name: NodeName, _ slots: SlotSet) {
        adopt(name, slots)
        tellReplicas(["IMPORTING", name.text] + slots.bounds)
    }

    private func show(_ name: NodeName) {
        adopt(name, nil)
        tellReplicas(["IMPORTED", name.text])
    }

    private func tellReplicas(_ words: [String]) {
        if node.isReplica { return }
        node.keyspace.addEffect(database: 0, argumentCount: words.count + 2) { effect in
            effect.append("CLUSTER")
            effect.append("SYNCSLOTS")
            for word in words { Array(word.utf8).withBytes { effect.append($0) } }
        }
        node.settleChanges()
    }

    // MARK: Grants

    /// Takes up what somebody of this shard has granted who cannot see to it any more.
    private func resumeGrants() {
        for grant in authority.openGrants where !exports.contains(where: { $0.job.name == grant.name }) {
            node.log(.notice, "Slot migration \(grant.name): it has to be seen who owns its slots")
            exports.append(SlotExportRun(self, granted: grant))
        }
    }

    /// Has replicas know of what may have been given away that have come since they were told: no snapshot says it.
    private func tellNewReplicas() {
        let grants = exports.lazy.filter { !$0.machine.isOver }.compactMap(\.grant)
        guard !grants.isEmpty, !node.isReplica, let figures = node.replication?.figures else { return told = nil }
        let states = figures.replicas.map(\.state)
        if let told, told == (figures.fullSyncs, states) { return }
        told = (figures.fullSyncs, states)
        for grant in grants { tellReplicas(of: grant) }
    }

    /// Has replicas know of a grant.
    func tellReplicas(of grant: SlotGrant) {
        tellReplicas(
            ["EXPORTING", grant.name.text, grant.source.text, grant.target.text, "\(grant.epoch)"] + grant.slots.bounds)
    }

    /// A primary, or the log, says that slots may be given away.
    func adopt(_ grant: SlotGrant) {
        if node.isReplica { _ = record(.prepare(grant)) }
    }

    /// It is known what has become of a grant.
    func settle(_ grant: SlotGrant) {
        // Whoever leads the shard now asks, and tells its replicas; this node may lead again before that.
        guard !node.isReplica, authority.member(authority.ownName)?.isPrimary == true else { return }
        let owner = authority.owner(of: grant.slots).flatMap { authority.member($0) }
        let isKept = owner?.shard == authority.member(authority.ownName)?.shard
        _ = record(.settleGrant(grant.name, isKept: isKept))
        tellReplicas(["EXPORTED", grant.name.text] + (isKept ? ["KEPT"] : []))
        // What a primary has lost its successor has still. One of this shard has taken its data over too.
        if owner != nil, !isKept { _ = removeKeys(grant.slots) }
    }

    /// A primary, or the log, says that it is known what has become of a grant.
    func settled(_ name: NodeName, isKept: Bool) {
        if node.isReplica || node.isLoading { _ = record(.settleGrant(name, isKept: isKept)) }
    }

    /// A primary says that it takes slots. What the log says of that is older than `nodes.conf`.
    func hear(claimOf owner: NodeName, _ epoch: UInt64, _ slots: SlotSet, by name: NodeName) {
        guard node.isReplica else { return }
        adopt(name, nil)
        heardClaims[name] = slots
        if !node.isLoading { _ = record(.hearClaim(owner, epoch: epoch, slots)) }
    }

    /// Says in a former primary's place that what it was about to claim is not to be hidden, also to that one itself; removes
    /// what has come to nothing, since that one has started again and claimed nothing.
    private func endHeardClaims() {
        for (name, slots) in heardClaims.sorted(by: { $0.key < $1.key }) {
            guard let lost = othersSlots(of: slots) else { continue }
            heardClaims[name] = nil
            if lost.isEmpty {
                tellReplicas(["IMPORTED", name.text])
            } else {
                hide(name, lost)
                removals.add(name, lost)
            }
        }
    }

    /// Those of some slots that another shard has; nil as long as it is not known of some whose they are.
    private func othersSlots(of slots: SlotSet) -> SlotSet? {
        let shard = authority.member(authority.ownName)?.shard
        var others = SlotSet()
        for slot in slots.ranges.joined() {
            guard let owner = authority.owner(of: slot) else { return nil }
            if owner == authority.ownName { continue }
            guard authority.member(owner)?.shard != shard else { return nil }
            others.insert(slot)
        }
        return others
    }

    /// Slots are hidden, or not any more: by this node, by the primary that it follows, or by the log.
    func adopt(_ name: NodeName, _ slots: SlotSet?) {
        node.keyspace.incomingSlots[name.text] = slots?.marks
        heardClaims[name] = nil
    }

    /// A primary that finds hidden slots of which nobody here takes care decides over them: what is its own by the map is
    /// shown, what is not is removed.
    private func adoptForeign() {
        guard node.keyspace.hiddenSlots != nil, !node.isReplica, !node.isLoading, authority.map != nil else { return }
        let known = Set(imports.map(\.job.name)).union(takings.map(\.job.name)).union(removals.names)
        let own = authority.ownName
        for (text, marks) in node.keyspace.incomingSlots.sorted(by: { $0.key < $1.key }) {
            guard let name = NodeName(text) else {
                node.keyspace.incomingSlots[text] = nil
                continue
            }
            if known.contains(name) { continue }
            let slots = SlotSet(marks.slots)
            if authority.owner(of: slots) == own { show(name) } else { removals.add(name, slots) }
        }
    }

    /// Removes some of what has to go, so that nobody waits for long.
    private func removeSome() {
        guard !node.isReplica, !node.isBusy, let (name, slots) = removals.current else { return }
        var rest = slots
        var removed = 0
        for slot in slots.slots where removed < SlotMigrations.removedAtOnce {
            removed += removeKeys(SlotSet([slot]))
            rest.remove(slot)
        }
        removals.didRemove(removed, leaving: rest)
        if rest.isEmpty { show(name) }
    }

    private func removeKeys(_ slots: SlotSet) -> Int {
        let count = slots.ranges.reduce(0) { $0 + node.keyspace.removeKeys(inSlots: $1, nil) }
        if count > 0 { node.settleChanges() }
        return count
    }
}

/// Slots that this node takes: its replicas hear of the claim, then all others, then clients are served.
private struct SlotTaking {
    let run: SlotImportRun
    /// The epoch of the claim, at least; where it stands in the journal, and since when, in monotonic milliseconds.
    let epoch: UInt64
    let offset: Int64
    let since: Int64
    /// The order by which others have heard of it; nil as long as replicas are waited for.
    var order: UInt64?

    var job: SlotJob { run.job }
}
