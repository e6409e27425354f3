import Persistence
import Primitives
import Storage
import Structures

#if canImport(Glibc)
    import Glibc
#endif

/// `apus check-rdb`: reads a file to its end and keeps nothing of it. Words and exit codes are those of `redis-check-rdb`.
final class CheckRDB: SnapshotReceiver {
    private let now: Int64
    private var expiring = 0
    private var expired = 0
    private var libraries = 0
    private var facts: [(name: String, value: String)] = []
    let limits = CollectionLimits(hash: KeyHash(seed: 1))

    private init(now: Int64) { self.now = now }

    /// - Parameters:
    ///   - program: the name it was called by.
    ///   - arguments: what followed.
    /// - Returns: the exit code.
    static func main(_ program: String, _ arguments: [String]) -> Int32 {
        guard arguments.count == 1 else {
            printError("Usage: \(program) <rdb-file-name>")
            return 1
        }
        guard let file = MappedFile.opening(arguments[0]) else {
            printError("Cannot open file \(arguments[0]): \(systemError())")
            return 1
        }
        print("[offset 0] Checking RDB file \(arguments[0])")
        return CheckRDB(now: Clock.system.wallMilliseconds).check(file.bytes) ? 0 : 1
    }

    private func check(_ bytes: Bytes) -> Bool {
        var loader = SnapshotLoader(bytes, databases: .max)
        do throws(RDBError) {
            while try !loader.run(into: self, most: 1 << 20) { tellFacts(loader.position) }
        } catch {
            tellFacts(loader.position)
            print("--- RDB ERROR DETECTED ---\n[offset \(error.offset)] \(error.reason)")
            tellCounts(loader)
            return false
        }
        tellFacts(loader.position)
        tellEnd(loader, size: bytes.count)
        return true
    }

    private func tellEnd(_ loader: SnapshotLoader, size: Int) {
        let sum = loader.hasChecksum ? "Checksum OK" : "RDB file was saved with checksum disabled: no check performed."
        print("[offset \(loader.position)] \(sum)")
        if loader.position < size { print("[info] \(size - loader.position) bytes follow the end") }
        print("[offset \(loader.position)] \\o/ RDB looks OK! \\o/")
        tellCounts(loader)
    }

    private func tellFacts(_ offset: Int) {
        for fact in facts { print("[offset \(offset)] AUX FIELD \(fact.name) = '\(fact.value)'") }
        facts = []
    }

    private func tellCounts(_ loader: SnapshotLoader) {
        print("[info] \(loader.keyCount) keys read\n[info] \(expiring) expires\n[info] \(expired) already expired")
        if libraries > 0 { print("[info] \(libraries) functions") }
    }

    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) {
        value.free()
        guard let expiry = facts.expiry else { return }
        expiring += 1
        if expiry < now { expired += 1 }
    }

    func takeLibrary(_ code: Bytes) { libraries += 1 }

    func takeFact(_ name: Bytes, _ value: Bytes) { facts.append((String(name), String(value))) }
}
