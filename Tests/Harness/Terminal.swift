import Glibc

/// A terminal that a program can be started on, and what the program shows on it.
public final class Terminal {
    /// The path by which a program opens it.
    public let path: String
    private let descriptor: Int32
    private var shown = Bytes()

    /// Linux's `TIOCSPTLCK` and `TIOCGPTN`, which the Glibc module leaves out.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    /// A new terminal.
    public init() throws {
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var isLocked: Int32 = 0
        var number: Int32 = 0
        guard descriptor >= 0, ioctl(descriptor, Terminal.setLock, &isLocked) == 0,
            ioctl(descriptor, Terminal.getNumber, &number) == 0
        else { throw HarnessError.system("opening a terminal", errno: errno) }
        path = "/dev/pts/\(number)"
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Types at the keyboard.
    public func type(_ text: String) {
        let bytes = Bytes(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }

    /// All that has been shown so far, what was typed included.
    public var text: String {
        var chunk = Bytes(repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: shown, as: UTF8.self) }
            shown += chunk.prefix(count)
        }
    }
}
