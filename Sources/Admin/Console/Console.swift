import Glibc
import Primitives

/// Where the tool speaks: lines for people on standard output, or one JSON value; what goes wrong on standard error.
final class Console {
    let isJSON: Bool
    /// Whether a bar can be drawn.
    let hasBar: Bool

    init(isJSON: Bool) {
        self.isJSON = isJSON
        hasBar = isatty(STDERR_FILENO) == 1
    }

    /// A line for people.
    func say(_ line: String) {
        if !isJSON { Console.write(line + "\n", to: STDOUT_FILENO) }
    }

    func say(_ lines: [String]) { for line in lines { say(line) } }

    func warn(_ line: String) { Console.writeError(line + "\n") }

    func write(_ json: JSON) { Console.write(json.encoded + "\n", to: STDOUT_FILENO) }

    /// Empties the screen.
    func clear() { Console.write("\u{1B}[H\u{1B}[2J", to: STDOUT_FILENO) }

    func bar(_ text: String) { Console.writeError("\r\u{1B}[K" + text) }

    func endBar() { Console.writeError("\n") }

    private static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Text leaves at once, whoever reads it.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Columns of the terminal.
    var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Asks whether the plan shall be carried out.
    /// - Throws: where nobody is there to be asked, or the answer is no.
    func confirm() throws(AdminFailure) {
        guard isatty(STDIN_FILENO) == 1 else {
            throw AdminFailure(
                "Nothing was changed: there is no terminal to ask at. --yes carries the plan out, --dry-run only shows it.",
                .refused)
        }
        Console.writeError("Carry this out? (type 'yes' to accept): ")
        let answer = readLine() ?? ""
        guard ["yes", "y"].contains(answer.lowercased()) else { throw AdminFailure("Nothing was changed.", .refused) }
    }

    /// A clock that never goes back.
    static var milliseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    static func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}
