import Commands
import Gossip

/// One request for slots of another node, under way: the machine, and the connection to the source.
final class SlotRequestRun: SlotConversationListener {
    private unowned let owner: SlotMigrations
    private(set) var machine: SlotRequest
    private lazy var conversation = SlotConversation(self)
    /// When it was made, when its last attempt began, and when it was over, in milliseconds since 1970; -1 for not yet.
    let createdAt: Int64
    private(set) var (startedAt, endedAt): (Int64, Int64) = (-1, -1)
    /// The error that the log has had last: one that comes again and again is told once.
    private var loggedError = ""

    init(_ owner: SlotMigrations, _ slots: SlotSet, from source: NodeName) {
        self.owner = owner
        machine = SlotRequest(
            owner.newName(), slots, from: source, to: owner.authority.ownName, longestSilence: owner.longestSilence,
            now: owner.now)
        createdAt = owner.node.keyspace.now
    }

    /// Hands an event to the machine and carries out what it wants.
    func receive(_ event: SlotRequest.Event) {
        if machine.isOver { return }
        for action in machine.receive(event, now: owner.now) { carryOut(action) }
        if machine.isOver { endedAt = owner.node.keyspace.now }
        logError()
    }

    private func logError() {
        guard machine.lastError != loggedError else { return }
        loggedError = machine.lastError
        owner.node.log(.warning, "Request \(machine.id) for slots \(machine.slots.rangesText): \(loggedError)")
    }

    private func carryOut(_ action: SlotRequest.Action) {
        switch action {
        case .connect: connect()
        case .say(let words): conversation.say(words)
        case .disconnect: conversation.close()
        }
    }

    private func connect() {
        startedAt = owner.node.keyspace.now
        guard let address = owner.address(of: machine.source), let connector = owner.connector else {
            return receive(.ended("its address is not known"))
        }
        conversation.open(connector, address, credentials: owner.credentials)
    }

    func didConnect() { receive(.connected) }
    func didAnswer(_ text: String) { receive(.answered) }
    func didRefuse(_ text: String) { receive(.refused(text)) }
    func didEnd(_ reason: String) { receive(.ended(reason)) }

    /// Does what is due.
    func look() {
        switch machine.state {
        case .waiting(let time):
            guard owner.now >= time else { return }
            receive(.begin(owner.origin(of: machine.slots), name: machine.retries == 0 ? machine.id : owner.newName()))
        case .importing: if let event = owner.end(ofImport: machine.name, machine.slots) { receive(event) }
        case .connecting, .asking, .expecting: receive(.tick)
        case .completed, .cancelled: break
        }
    }
}
