import Commands
import Persistence
import Primitives

#if canImport(Glibc)
    import Glibc
#endif

// How the log is found at a start, loaded in slices between turns, and written on.

extension AppendOnlyFile {
    /// Finds the log, if it is on, and begins to load it; where there is none it is begun.
    func start() throws(StartError) {
        guard node.settings.appendonly else { return }
        guard makeDirectory() else {
            throw StartError(reason: "Can't open or create append-only dir \(writer.options.directory)")
        }
        switch try plan() {
        case .none: try goOn(try createBase(), [0])
        case .upgrade(let manifest):
            log.write(.notice, "Migrating the old-style AOF into \(writer.options.directory)")
            try place(manifest)
            guard rename(writer.options.prefix, writer.options.path(writer.options.prefix)) == 0 else {
                throw StartError(reason: "Can't move the old-style AOF: \(systemError())")
            }
            beginLoading(manifest)
        case .load(let manifest): beginLoading(manifest)
        }
    }

    private func plan() throws(StartError) -> AOFPlan {
        var findings = AOFFindings()
        findings.manifest = readBytes(writer.options.manifestPath)
        findings.sizes = sizes(in: writer.options.directory)
        findings.hasSingleFile = access(writer.options.prefix, F_OK) == 0
        do throws(AOFManifestError) {
            return try AOFPlan(findings, prefix: writer.options.prefix)
        } catch {
            throw StartError(reason: "Fatal error in \(writer.options.manifestPath): \(error.report)")
        }
    }

    private func sizes(in directory: String) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in names(in: directory) {
            var status = stat()
            if stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                sizes[name] = Int(status.st_size)
            }
        }
        return sizes
    }

    /// Carries actions out at once, before anything else is served.
    private func carryOut(_ actions: [DiskAction], or complaint: String) throws(StartError) {
        var hand = DiskHand(files)
        for action in actions {
            let error = hand.carryOut(action)
            if error != 0 { throw StartError(reason: "\(complaint): \(String(cString: strerror(error)))") }
        }
    }

    /// Puts a manifest into its place before anything is written.
    private func place(_ manifest: AOFManifest) throws(StartError) {
        try carryOut(manifest.placing(writer.options), or: "The AOF manifest cannot be written")
    }

    private func create(_ file: AOFFile, holding bytes: [UInt8]) throws(StartError) {
        try carryOut(
            [
                .create(file: 0, path: writer.options.path(file.name)), .append(file: 0, bytes: DiskBytes(bytes)),
                .synchronize(file: 0), .close(file: 0),
            ], or: "Can't create \(file.name)")
    }

    /// The base of a data set in which there is nothing: a log always begins with one.
    private func createBase() throws(StartError) -> AOFManifest {
        var manifest = AOFManifest()
        let isRDB = writer.options.hasRDBBase
        let base = manifest.nextBase(writer.options.prefix, isRDB: isRDB)
        try create(base, holding: isRDB ? AOFPreamble.empty : [])
        manifest.base = base
        return manifest
    }

    // MARK: Loading

    private func beginLoading(_ manifest: AOFManifest) {
        let found = sizes(in: writer.options.directory)
        loading = AppendOnlyLoading(
            manifest, manifest.replayed.map { found[$0.name] ?? 0 }, writer.options, node, log, loadLibrary: loadLibrary
        )
        node.beginLoading()
    }

    /// Loads about `most` more bytes. Returns whether all is there, and the log written on.
    /// - Throws: why the process cannot go on.
    func continueLoading(most: Int) throws(StartError) -> Bool {
        guard let loading, try loading.advance(most: most) else { return false }
        endLoading()
        let seconds = Double(loading.milliseconds) / 1000
        log.write(.notice, "DB loaded from append only file: \(seconds) seconds")
        try goOn(loading.manifest, loading.sizes)
        return true
    }

    private func endLoading() {
        loading = nil
        node.keyspace.changesAtSave = node.keyspace.changes
        node.endLoading()
    }

    /// Writes on behind what was loaded.
    private func goOn(_ loaded: AOFManifest, _ sizes: [Int]) throws(StartError) {
        var manifest = loaded
        attach()
        if manifest.increments.isEmpty {
            let increment = manifest.nextIncrement(writer.options.prefix)
            manifest.increments.append(increment)
            try create(increment, holding: [])
            try place(manifest)
        }
        let baseSize = manifest.base == nil ? 0 : sizes.first ?? 0
        writer.open(manifest, sizes: (baseSize, sizes.reduce(0, +)), cut: nil)
        referenceSize = writer.size
        if !node.settings.aofDisableAutoGc { writer.removeHistory() }
        settle()
        guard writer.isTrusted else { throw StartError(reason: "The append-only file cannot be written") }
    }

    // MARK: Loading again

    func reload() throws(CommandError) {
        if isAttached {
            writer.flush(now: node.monotonic)
            settle()
            node.keyspace.journal.detach(self)
        }
        defer { if isAttached { node.keyspace.journal.attach(self) } }
        node.keyspace.flush(nil, later: false)
        do throws(StartError) {
            guard case .load(let manifest) = try plan() else {
                throw StartError(reason: "There is no append-only file")
            }
            beginLoading(manifest)
            defer { endLoading() }
            while try loading?.advance(most: .max) == false {}
        } catch {
            log.write(.warning, error.reason)
            throw .message("ERR Error trying to load the AOF files, check server logs.")
        }
        log.write(.warning, "Append Only File loaded by DEBUG LOADAOF")
    }
}
