/// Connections that were pushed something, and are sent it together.
///
/// Sending a message costs many times what writing it into the output does. So where many connections are to be sent
/// something, that waits while there is other work, for a short time at most, and what is pushed meanwhile goes along.
struct PushQueue {
    private var connections: [Connection] = []
    /// When the first was added, in ticks.
    private var firstAt: UInt64 = 0
    private var isUrgent = false
    private let longestWaitTicks: UInt64

    /// So few are sent at once: waiting would save little.
    private static let fewConnections = 8
    /// From so many bytes on, sending saves nothing by waiting.
    private static let muchOutput = 16 << 10
    private static let longestWaitNanoseconds = 500_000.0

    init(nanosecondsPerTick: Double) {
        longestWaitTicks = UInt64(PushQueue.longestWaitNanoseconds / nanosecondsPerTick)
    }

    var isEmpty: Bool { connections.isEmpty }

    mutating func append(_ connection: Connection, now: UInt64) {
        if connection.session.waitingOutput.count >= PushQueue.muchOutput { isUrgent = true }
        if connection.hasQueuedPushes { return }
        connection.hasQueuedPushes = true
        if connections.isEmpty { firstAt = now }
        connections.append(connection)
    }

    /// Whether it is time to send.
    /// - Parameter isIdle: whether there is nothing else to do.
    func isDue(now: UInt64, isIdle: Bool) -> Bool {
        isIdle || isUrgent || connections.count <= PushQueue.fewConnections || now &- firstAt >= longestWaitTicks
    }

    /// Takes all connections out.
    mutating func takeAll() -> [Connection] {
        let taken = connections
        connections = []
        isUrgent = false
        for connection in taken { connection.hasQueuedPushes = false }
        return taken
    }
}
