import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// `apus check-aof`: looks through a log, or one file of it, and cuts off what cannot be read if that is wanted. Words and
/// exit codes are those of `redis-check-aof`.
struct CheckAOF {
    private let repair: AOFRepair
    private let name: String

    /// - Parameters:
    ///   - program: the name it was called by.
    ///   - arguments: what followed.
    /// - Returns: the exit code.
    static func main(_ program: String, _ arguments: [String]) -> Int32 {
        guard let check = CheckAOF(arguments) else {
            print("Usage: \(program) [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>")
            return 1
        }
        do throws(CheckError) {
            try check.run()
            return 0
        } catch {
            print(error.reason)
            return 1
        }
    }

    private struct CheckError: Error {
        let reason: String
    }

    private init?(_ arguments: [String]) {
        switch (arguments.count, arguments.first) {
        case (1, let file?): (repair, name) = (.none, file)
        case (2, "--fix"): (repair, name) = (.fix, arguments[1])
        case (3, "--truncate-to-timestamp"):
            guard let time = Int64(arguments[1]) else { return nil }
            (repair, name) = (.truncate(after: time), arguments[2])
        default: return nil
        }
    }

    private func run() throws(CheckError) {
        let content = try read(name)
        if CheckAOF.looksLikeManifest(content) {
            print("Start checking Multi Part AOF")
            try check(try manifest(content))
        } else {
            print("Start checking Old-Style AOF")
            try check(name, shownAs: name, as: "AOF", isLast: true)
        }
    }

    /// The first line that is no comment decides.
    private static func looksLikeManifest(_ content: [UInt8]) -> Bool {
        let lines = content.prefix(64 << 10).split(separator: 0x0A)
        return lines.first { $0.first != UInt8(ascii: "#") }?.starts(with: Array("file".utf8)) ?? false
    }

    private func manifest(_ content: [UInt8]) throws(CheckError) -> AOFManifest {
        do throws(AOFManifestError) {
            return try AOFManifest(content)
        } catch {
            throw CheckError(reason: "*** FATAL AOF MANIFEST FILE ERROR ***\n\(error.report)")
        }
    }

    private func check(_ manifest: AOFManifest) throws(CheckError) {
        let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
        if let base = manifest.base {
            print("Start to check BASE AOF (\(base.name.hasSuffix(".rdb") ? "RDB" : "RESP") format).")
            let isLast = manifest.increments.isEmpty
            try check(folder + base.name, shownAs: base.name, as: "BASE AOF", isLast: isLast)
        }
        if !manifest.increments.isEmpty { print("Start to check INCR files.") }
        for file in manifest.increments {
            let isLast = file == manifest.increments.last
            try check(folder + file.name, shownAs: file.name, as: "INCR AOF", isLast: isLast)
        }
        print("All AOF files and manifest are valid")
    }

    private func read(_ path: String) throws(CheckError) -> [UInt8] {
        guard let bytes = readBytes(path) else {
            throw CheckError(reason: "Cannot open file \(path): \(systemError())")
        }
        return bytes
    }

    // MARK: One file

    private func check(_ path: String, shownAs name: String, as role: String, isLast: Bool) throws(CheckError) {
        guard let file = MappedFile.opening(path) else {
            throw CheckError(reason: "Cannot open file \(path): \(systemError())")
        }
        let start = try preamble(file.bytes, name)
        let check = AOFCheck(file.bytes, from: start, upTo: limit)
        switch check.verdict {
        case .empty: print("\(role) \(name) is empty")
        case .valid:
            if let limit {
                print("Truncate nothing in AOF \(name) to timestamp \(limit)")
            } else {
                print(check.summary(name))
            }
            print("\(role) \(name) is valid")
        case .tooNew(let size): try cut(path, name, to: size, isLast: isLast)
        case .invalid(let error): try mend(path, name, check, error, isLast: isLast)
        }
    }

    private var limit: Int64? { if case .truncate(let limit) = repair { limit } else { nil } }

    /// Where the commands begin.
    private func preamble(_ bytes: Bytes, _ name: String) throws(CheckError) -> Int {
        guard AOFReader.hasPreamble(bytes) else { return 0 }
        print("The AOF appears to start with an RDB preamble.\nChecking the RDB preamble to start:")
        do throws(RDBError) {
            let end = try AOFPreamble.end(of: bytes)
            print("RDB preamble is OK, proceeding with AOF tail...")
            return end
        } catch {
            throw CheckError(
                reason: "RDB preamble of AOF file \(name) is not sane, aborting: at offset \(error.offset), "
                    + error.reason)
        }
    }

    private func cut(_ path: String, _ name: String, to size: Int, isLast: Bool) throws(CheckError) {
        guard let limit else { return }
        guard isLast else {
            throw CheckError(
                reason: "Failed to truncate AOF \(name) to timestamp \(limit) to offset \(size) because it is not the "
                    + "last file.\nIf you insist, please delete all files after this file according to the manifest "
                    + "file and delete the corresponding records in manifest file manually. Then re-run "
                    + "redis-check-aof.")
        }
        if size == 0 {
            throw CheckError(reason: "AOF \(name) has nothing before timestamp \(limit), aborting...")
        }
        try truncate(path, name, to: size)
        print("Successfully truncated AOF \(name) to timestamp \(limit)")
    }

    private func mend(
        _ path: String, _ name: String, _ check: AOFCheck, _ error: AOFError, isLast: Bool
    ) throws(CheckError) {
        print(AOFCheck.place(error))
        print(check.summary(name))
        guard repair == .fix else {
            throw CheckError(reason: "AOF \(name) is not valid. Use the --fix option to try fixing it.")
        }
        guard isLast else {
            throw CheckError(reason: "Failed to truncate AOF \(name) because it is not the last file")
        }
        print(
            "This will shrink the AOF \(name) from \(check.size) bytes, with \(check.size - check.validSize) bytes, to "
                + "\(check.validSize) bytes")
        print("Continue? [y/N]: ", terminator: "")
        fflush(nil)
        guard readLine()?.lowercased().hasPrefix("y") == true else { throw CheckError(reason: "Aborting...") }
        try truncate(path, name, to: check.validSize)
        print("Successfully truncated AOF \(name)")
    }

    private func truncate(_ path: String, _ name: String, to size: Int) throws(CheckError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, ftruncate(descriptor, size) == 0, fsync(descriptor) == 0 else {
            throw CheckError(reason: "Failed to truncate AOF \(name): \(systemError())")
        }
    }
}
