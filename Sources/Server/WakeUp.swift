#if canImport(Glibc)
    import Glibc
#endif

/// A pipe by which one thread wakes another.
final class WakeUp: Sendable {
    /// Readable when it was raised.
    let descriptor: Int32
    private let inlet: Int32
    private let isBlocking: Bool

    /// - Parameter isBlocking: whether `take` waits until it was raised.
    init(isBlocking: Bool) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe to wake a thread by: \(systemError())")
        (descriptor, inlet) = (ends[0], ends[1])
        self.isBlocking = isBlocking
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A pipe that is full wakes as well as one that takes more.
        Listener.makeNonblocking(inlet)
        if !isBlocking { Listener.makeNonblocking(descriptor) }
    }

    deinit {
        close(descriptor)
        close(inlet)
    }

    /// Wakes who waits, or will.
    func raise() {
        var byte: UInt8 = 1
        while write(inlet, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits until it was raised and `taking` brings something, so many milliseconds at most; with nil as long as it takes.
    func wait<Element>(milliseconds: Int?, for taking: () -> [Element]) -> [Element] {
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let isOver = poll(&waiting, 1, milliseconds.map { Int32(clamping: $0) } ?? -1) == 0
            let taken = taking()
            if !taken.isEmpty || isOver { return taken }
        }
    }

    /// Takes back all that was raised.
    func take() {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let count = read(descriptor, &bytes, 32)
            // Where there is nothing left, one that blocks would wait again.
            if count == 32 && !isBlocking || count < 0 && errno == EINTR { continue }
            return
        }
    }
}
