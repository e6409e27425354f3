import Glibc

/// Readiness of sockets. The Swift overlay of the C library does not show <sys/epoll.h>, so its three functions are
/// looked up by name and an event is laid out by hand.
struct Epoll: ~Copyable {
    static let readable: UInt32 = 0x001
    static let writable: UInt32 = 0x004

    private static let capacity = 256
    #if arch(x86_64)
        /// The kernel packs the event there: four bytes of flags, eight of data.
        private static let (stride, dataOffset) = (12, 4)
    #else
        private static let (stride, dataOffset) = (16, 8)
    #endif

    private typealias Create = @convention(c) (Int32) -> Int32
    private typealias Control = @convention(c) (Int32, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
    private typealias Wait = @convention(c) (Int32, UnsafeMutableRawPointer, Int32, Int32) -> Int32

    private let descriptor: Int32
    private let control: Control
    private let waitForEvents: Wait
    private let events = UnsafeMutableRawPointer.allocate(byteCount: Epoll.capacity * Epoll.stride, alignment: 8)

    private init(descriptor: Int32, control: @escaping Control, waitForEvents: @escaping Wait) {
        self.descriptor = descriptor
        self.control = control
        self.waitForEvents = waitForEvents
    }

    /// A set of watched sockets, empty.
    static func open() throws(BenchmarkFailure) -> Epoll {
        let create = try CLibrary.function("epoll_create1", as: Create.self)
        let control = try CLibrary.function("epoll_ctl", as: Control.self)
        let wait = try CLibrary.function("epoll_wait", as: Wait.self)
        let descriptor = create(0)
        guard descriptor >= 0 else { throw .system("epoll_create1") }
        return Epoll(descriptor: descriptor, control: control, waitForEvents: wait)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// Starts to watch a socket; its events carry `tag`.
    func add(_ socket: Int32, tag: Int, interest: UInt32) throws(BenchmarkFailure) {
        try change(operation: 1, socket, tag: tag, interest: interest)
    }

    /// Changes what a watched socket is watched for.
    func modify(_ socket: Int32, tag: Int, interest: UInt32) throws(BenchmarkFailure) {
        try change(operation: 3, socket, tag: tag, interest: interest)
    }

    private func change(operation: Int32, _ socket: Int32, tag: Int, interest: UInt32) throws(BenchmarkFailure) {
        let result = withUnsafeTemporaryAllocation(byteCount: Epoll.stride, alignment: 8) { event in
            event.storeBytes(of: interest, as: UInt32.self)
            event.baseAddress!.storeBytes(of: UInt64(tag), toByteOffset: Epoll.dataOffset, as: UInt64.self)
            return control(descriptor, operation, socket, event.baseAddress)
        }
        guard result == 0 else { throw .system("epoll_ctl") }
    }

    /// The number of events that are there after at most `timeoutMilliseconds`.
    func wait(timeoutMilliseconds: Int32) throws(BenchmarkFailure) -> Int {
        let count = waitForEvents(descriptor, events, Int32(Epoll.capacity), timeoutMilliseconds)
        if count < 0, errno != EINTR { throw .system("epoll_wait") }
        return max(0, Int(count))
    }

    /// The tag and the flags of an event of the last wait.
    @inline(__always)
    func event(_ index: Int) -> (tag: Int, flags: UInt32) {
        let event = events + index &* Epoll.stride
        let tag = event.loadUnaligned(fromByteOffset: Epoll.dataOffset, as: UInt64.self)
        return (Int(tag), event.loadUnaligned(as: UInt32.self))
    }
}
