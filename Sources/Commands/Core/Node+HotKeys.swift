import Primitives
import RESP
import Storage

// The search for hot keys: while it goes on, one bit of attention sends every command past it.

extension Node {
    /// Begins a search; an older one is forgotten.
    func startHotKeys(_ options: HotKeyTracking.Options) {
        hotKeys = tracking(options)
        adoptKeySearches()
    }

    /// A search from now on.
    func tracking(_ options: HotKeyTracking.Options) -> HotKeyTracking {
        HotKeyTracking(
            options, startedAt: keyspace.now, processReading, hash: keyspace.hash,
            random: RandomSource(seed: keyspace.random.next()))
    }

    /// Ends the search under way.
    func stopHotKeys() {
        hotKeys?.stop(processReading)
        adoptKeySearches()
    }

    /// Commands are counted as long as a search goes on, or somebody looks at the page.
    func adoptKeySearches() {
        if hotKeys?.isActive == true || keyWatch != nil {
            attention.insert(.hotKeys)
        } else {
            attention.remove(.hotKeys)
        }
    }

    /// Ends the search under way if its time is over.
    func endHotKeysInTime() {
        guard hotKeys?.isActive == true, let deadline = hotKeys?.deadline, deadline <= monotonic else { return }
        stopHotKeys()
    }

    /// What the process has used so far.
    var processReading: HotKeyTracking.Reading {
        let seconds = environment.cpuSeconds
        return HotKeyTracking.Reading(
            systemSeconds: seconds.system, userSeconds: seconds.user,
            netBytes: statistics.netInputBytes + statistics.netOutputBytes, time: monotonic)
    }

    /// Counts a command that has run. Commands of a transaction are counted one by one, so EXEC is not.
    func measureKeys(
        _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, ticks: UInt64, replyBytes: Int
    ) {
        guard commands.fullNames[record.pointee.index] != "exec" else { return }
        let start = clock.ticks
        let cost = HotKeyTracking.Cost(ticks: ticks, bytes: arguments.wireSize + replyBytes)
        keyWatch?.tracking.note(cost) { keys(arguments, record) }
        hotKeys?.note(cost) { keys(arguments, record) }
        hotKeys?.ownTicks &+= clock.ticks &- start
    }

    private func keys(_ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>) -> [Bytes] {
        commands.descriptions[record.pointee.index].keys(in: arguments)?.map { arguments[$0.index] } ?? []
    }
}

extension Arguments {
    /// The bytes of the request that these arguments come from, as clients write it.
    var wireSize: Int {
        var total = 3 + Arguments.digits(count)
        for index in 0..<count { total += 5 + Arguments.digits(self[index].count) + self[index].count }
        return total
    }

    private static func digits(_ number: Int) -> Int {
        var rest = number / 10
        var digits = 1
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return digits
    }
}
