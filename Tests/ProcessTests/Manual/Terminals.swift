import Glibc
import Harness

/// Terminals beside each other on a machine that has only itself: a network, processes and a home of its own, which go away
/// with their owner. So the ports of the pages are free, and 10.0.0.1 to 10.0.0.6 are addresses of this machine.
///
/// A command line that starts a server has a terminal of its own, and the next one's turn comes when the server is ready;
/// all others are run in one shell, which remembers what they set.
final class Terminals {
    /// What a command line left behind.
    struct Outcome {
        let status: Int
        let output: String
    }

    private let directory: TemporaryDirectory
    private let shell: ChildProcess
    private var count = 0

    /// The directory in which command lines are run.
    var home: String { directory.file("home") }

    init() throws {
        directory = try TemporaryDirectory()
        for name in ["home", "home/.build", "home/.build/release", "bin"] { mkdir(directory.file(name), 0o700) }
        symlink(Product.apus.program, directory.file("bin/apus"))
        symlink(Product.apus.program, directory.file("home/.build/release/apus"))
        let path = [directory.file("bin"), packageRoot + "/.build/venv/bin", String(cString: getenv("PATH"))]
        shell = try ChildProcess(
            packageRoot + "/Tests/clients/terminals", [directory.path], directory: directory.file("home"),
            outputPath: directory.file("output"),
            launcher: [
                "PATH=\(path.joined(separator: ":"))", "HOME=\(directory.file("home"))", "FAKETTY=1",
                "ROOT=\(packageRoot)", "LC_ALL=C.UTF-8",
                "unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child",
            ])
    }

    deinit { shell.kill() }

    /// Writes a file into the home.
    func write(_ text: String, to name: String) throws { try directory.write(text, to: "home/" + name) }

    /// Runs a command line.
    func run(_ command: String, withinMilliseconds bound: Int = 60_000) throws -> Outcome {
        count += 1
        try directory.write(command + "\n", to: "next")
        rename(directory.file("next"), directory.file("\(count)"))
        let status = directory.file("\(count).status")
        let isOver = eventually(withinMilliseconds: bound) {
            access(status, F_OK) == 0 || shell.exitStatus() != nil
        }
        let output = textOfFile(directory.file("\(count).output"))
        guard isOver, let number = Int(textOfFile(status).split(separator: "\n").first ?? "") else {
            throw HarnessError.malformed("\(command): no end: \(output)\(shell.output)")
        }
        return Outcome(status: number, output: output)
    }
}
