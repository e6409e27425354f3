/// Those who wait for one key, in the order in which they came.
///
/// Who leaves leaves a gap, so that leaving takes logarithmic time; gaps are closed when they outnumber the waiters.
struct WaitingLine {
    private var places: [(ticket: UInt64, waiter: Waiter?)] = []
    /// All places before this are gaps.
    private var head = 0
    /// The number of waiters.
    private(set) var count = 0
    /// How many of them are woken by a removal too.
    private(set) var removalCount = 0

    /// Adds a waiter, once.
    mutating func append(_ waiter: Waiter) {
        guard places.last?.ticket != waiter.ticket else { return }
        places.append((waiter.ticket, waiter))
        count += 1
        if waiter.condition.wakesOnRemoval { removalCount += 1 }
    }

    mutating func remove(_ waiter: Waiter) {
        let place = firstPlace(from: waiter.ticket)
        guard place < places.count, places[place].waiter === waiter else { return }
        places[place].waiter = nil
        count -= 1
        if waiter.condition.wakesOnRemoval { removalCount -= 1 }
        while head < places.count, places[head].waiter == nil { head += 1 }
        if places.count > 32, count < places.count / 2 { closeGaps() }
    }

    /// The first waiter with a higher ticket.
    func next(after ticket: UInt64) -> Waiter? {
        places[firstPlace(from: ticket + 1)...].first { $0.waiter != nil }?.waiter
    }

    private mutating func closeGaps() {
        places.removeAll { $0.waiter == nil }
        head = 0
    }

    private func firstPlace(from ticket: UInt64) -> Int {
        var (low, high) = (head, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
