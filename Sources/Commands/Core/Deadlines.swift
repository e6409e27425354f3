/// The waiters whose time ends, the earliest in front: a heap in which each knows its place, so that leaving is cheap.
struct Deadlines {
    private var heap: [Waiter] = []

    var count: Int { heap.count }
    /// Monotonic milliseconds; `.max` for none.
    var earliest: Int64 { heap.first?.deadline ?? .max }

    /// Whose time is over at `now`; of several, who came first among those whose time came first.
    func due(at now: Int64) -> Waiter? { earliest <= now ? heap.first : nil }

    mutating func insert(_ waiter: Waiter) {
        guard waiter.deadline != nil else { return }
        waiter.deadlinePlace = heap.count
        heap.append(waiter)
        rise(waiter)
    }

    mutating func remove(_ waiter: Waiter) {
        let place = waiter.deadlinePlace
        guard place < heap.count, heap[place] === waiter else { return }
        let last = heap.removeLast()
        guard last !== waiter else { return }
        put(last, place)
        rise(last)
        sink(last)
    }

    private mutating func put(_ waiter: Waiter, _ place: Int) {
        heap[place] = waiter
        waiter.deadlinePlace = place
    }

    private func isBefore(_ left: Waiter, _ right: Waiter) -> Bool {
        (left.deadline ?? .max, left.ticket) < (right.deadline ?? .max, right.ticket)
    }

    private mutating func rise(_ waiter: Waiter) {
        while waiter.deadlinePlace > 0 {
            let parent = heap[(waiter.deadlinePlace - 1) / 2]
            guard isBefore(waiter, parent) else { return }
            exchange(waiter, parent)
        }
    }

    private mutating func sink(_ waiter: Waiter) {
        while let child = earlierChild(of: waiter.deadlinePlace), isBefore(child, waiter) { exchange(child, waiter) }
    }

    private func earlierChild(of place: Int) -> Waiter? {
        let left = 2 * place + 1
        guard left < heap.count else { return nil }
        guard left + 1 < heap.count, isBefore(heap[left + 1], heap[left]) else { return heap[left] }
        return heap[left + 1]
    }

    private mutating func exchange(_ first: Waiter, _ second: Waiter) {
        let (place, other) = (first.deadlinePlace, second.deadlinePlace)
        put(first, other)
        put(second, place)
    }
}
