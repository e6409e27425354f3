import CShims
import Commands
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What commands need of the process: memory, CPU time, the configuration file, sockets to be opened anew.
final class ProcessEnvironment: Environment {
    private let configurationFile: String?
    private let core: Core
    weak var driver: NodeDriver?

    init(configurationFile: String?, core: Core = .only) {
        (self.configurationFile, self.core) = (configurationFile, core)
    }

    var residentBytes: Int { statm[1] }

    var memory: ProcessMemory {
        let sizes = statm
        let heap = mallinfo2()
        var memory = ProcessMemory()
        memory.anonymous = max(0, sizes[1] - sizes[2])
        memory.allocated = heap.uordblks + heap.hblkhd
        memory.obtained = heap.arena + heap.hblkhd
        return memory
    }

    /// In bytes: the address space, what of it is in physical memory, what of that belongs to files.
    private var statm: [Int] {
        let words = readText("/proc/self/statm")?.split(separator: " ").prefix(3) ?? []
        let pages = words.compactMap { Int($0) }
        return pages.count == 3 ? pages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : [0, 0, 0]
    }

    var pendingDisposals: Int { driver?.pendingDisposals ?? 0 }
    var pendingDisposalBytes: Int { driver?.pendingDisposalBytes ?? 0 }

    var cpuSeconds: (system: Double, user: Double) { seconds(of: RUSAGE_SELF.rawValue) }

    var threadCPUSeconds: (system: Double, user: Double) { seconds(of: ProcessEnvironment.callingThread) }

    /// Linux's `RUSAGE_THREAD`, which the Glibc module leaves out.
    private static let callingThread: Int32 = 1

    private func seconds(of whom: Int32) -> (system: Double, user: Double) {
        var usage = rusage()
        getrusage(__rusage_who_t(whom), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return (seconds(usage.ru_stime), seconds(usage.ru_utime))
    }

    func sleep(microseconds: Int64) {
        var wanted = timespec(tv_sec: Int(microseconds / 1_000_000), tv_nsec: Int(microseconds % 1_000_000) * 1000)
        var rest = timespec()
        while nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }

    /// Everything that can fail is tried before anything is changed.
    func apply(_ settings: inout Settings, changed: [String]) throws(CommandError) {
        if changed.contains("dir"), core.group.count > 1 { throw .text("all cores of the process share its directory") }
        let directory = changed.contains("dir") ? open(settings.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1
        if changed.contains("dir"), directory < 0 { throw .text(systemError()) }
        defer { if directory >= 0 { close(directory) } }
        if changed.contains("logfile"), let reason = LogOptions.refusal(of: settings.logfile) { throw .text(reason) }
        if changed.contains("maxclients"), let log = driver?.log {
            Process.raiseDescriptorLimit(settings.maxclients + Process.reservedDescriptors, log)
        }
        if changed.contains("appendonly") { try driver?.appendOnlyFile.prepare(settings) }
        let adoptSecurity = try driver?.securityChange(settings, changed: changed)
        if changed.contains("port") || changed.contains("bind") || changed.contains("tls-port") {
            do throws(StartError) {
                try driver?.reopenListeners(settings)
            } catch {
                throw .text(
                    changed.contains("port") || changed.contains("tls-port")
                        ? "Unable to listen on this port. Check server logs." : "Failed to bind to specified addresses."
                )
            }
        }
        adoptSecurity?()
        if directory >= 0, fchdir(directory) == 0 { settings.dir = workingDirectory() }
    }

    func readConfiguration() throws(CommandError) -> (path: String, text: String)? {
        guard let configurationFile else { return nil }
        guard core.isFirst else { throw .text("the file is that of the process's first core") }
        return (configurationFile, readText(configurationFile) ?? "")
    }

    func writeConfiguration(_ text: String) throws(CommandError) {
        guard let configurationFile else { throw .text("no config file") }
        try replaceFile(configurationFile, with: Array(text.utf8))
    }

    func readFile(_ path: String) throws(CommandError) -> [UInt8] {
        guard let bytes = readBytes(path) else { throw .text(systemError()) }
        return bytes
    }

    /// Writes beside the file and then renames.
    func replaceFile(_ path: String, with bytes: [UInt8]) throws(CommandError) {
        let temporary = "\(path).\(getpid())-\(core.index).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .text(systemError()) }
        defer { unlink(temporary) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 {
                close(descriptor)
                throw .text(systemError())
            }
            rest = rest.dropFirst(count)
        }
        fsync(descriptor)
        close(descriptor)
        if rename(temporary, path) != 0 { throw .text(systemError()) }
    }

    func crash(_ reason: String) {
        driver?.log.write(.warning, "Crash on request: \(reason)")
        driver?.log.flush()
        abort()
    }

    func restart(afterMilliseconds milliseconds: Int64, inOrder: Bool) throws(CommandError) {
        let restart = try Restart(afterMilliseconds: milliseconds)
        guard !inOrder else {
            driver?.restart = restart
            return
        }
        driver?.log.write(.warning, "Crash on request: the process is begun anew")
        driver?.log.flush()
        driver?.abandonSockets()
        restart.carryOut()
    }

    func releaseMemory() { malloc_trim(0) }

    func turnWhileBusy() -> Bool { driver?.turnWhileBusy() ?? true }

    static var executablePath: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer[0..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }

    static var systemName: String {
        var name = utsname()
        uname(&name)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }
}
