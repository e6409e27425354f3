import Commands

#if canImport(Glibc)
    import Glibc
#endif

/// The process begun anew in the place of the old one, with the same number, arguments, and standard input and output.
struct Restart {
    private let executable: String
    private let milliseconds: Int64

    /// - Parameter milliseconds: for how long nobody is there in between.
    /// - Throws: why that cannot be.
    init(afterMilliseconds milliseconds: Int64) throws(CommandError) {
        executable = ProcessEnvironment.executablePath
        self.milliseconds = milliseconds
        guard access(executable, X_OK) == 0 else {
            throw .text("this process has no permissions to execute \(executable)")
        }
    }

    func carryOut() -> Never {
        chdir(Process.startDirectory)
        Restart.closeDescriptorsWithProgram()
        usleep(useconds_t(clamping: milliseconds * 1000))
        execv(executable, CommandLine.unsafeArgv)
        _exit(1)
    }

    /// Other threads may be at work, so that nothing is closed before they have come to their end.
    private static func closeDescriptorsWithProgram() {
        for name in names(in: "/proc/self/fd") {
            guard let descriptor = Int32(name), descriptor > 2 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
