import CShims

#if canImport(Glibc)
    import Glibc
#endif

/// A thin wrapper of epoll: which descriptors are ready.
struct Poller: ~Copyable {
    /// What happened at a descriptor.
    struct Event {
        let descriptor: Int32
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private static let capacity = 512

    init() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        events = .allocate(capacity: Poller.capacity)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// Watches a new descriptor for input.
    func add(_ target: Int32) { control(EPOLL_CTL_ADD, target, EPOLLIN.rawValue) }

    /// Changes what a descriptor is watched for.
    func watch(_ target: Int32, reading: Bool, writing: Bool) {
        control(EPOLL_CTL_MOD, target, (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0))
    }

    /// Stops watching.
    func remove(_ target: Int32) { control(EPOLL_CTL_DEL, target, 0) }

    private func control(_ operation: Int32, _ target: Int32, _ interest: UInt32) {
        var event = epoll_event()
        event.events = interest
        event.data.fd = target
        epoll_ctl(descriptor, operation, target, &event)
    }

    /// Waits for at most `milliseconds` and returns how many events there are.
    func wait(milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor, events, Int32(Poller.capacity), milliseconds)))
    }

    /// One of the events that `wait` found.
    func event(_ index: Int) -> Event {
        let event = events[index]
        let failed = event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        return Event(
            descriptor: event.data.fd, isReadable: failed || event.events & EPOLLIN.rawValue != 0,
            isWritable: failed || event.events & EPOLLOUT.rawValue != 0)
    }
}
