import Commands
import Persistence
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The files of a log on their way into a node, a slice at a time.
///
///     next file ─▶ [RDB preamble, in slices] ─▶ commands, in slices ─▶ [a torn tail is cut off] ─▶ next file …
final class AppendOnlyLoading {
    private enum Stage {
        case betweenFiles
        case preamble(AOFPreambleLoading)
        case commands
    }

    let manifest: AOFManifest
    /// Bytes of each file, without a tail that was cut off.
    private(set) var sizes: [Int]
    private let node: Node
    private let log: Log
    private let options: AOFOptions
    private let loadLibrary: (Bytes) throws(RDBReason) -> Void
    private var replay: AOFReplay
    private var stage = Stage.betweenFiles
    /// The file that is read, and its number among those of the manifest.
    private var content: MappedFile?
    private var index = 0
    private var usedMemory = 0
    private let startedAt: Int64
    private let start: Int64

    init(
        _ manifest: AOFManifest, _ sizes: [Int], _ options: AOFOptions, _ node: Node, _ log: Log,
        loadLibrary: @escaping (Bytes) throws(RDBReason) -> Void
    ) {
        (self.manifest, self.sizes, self.options) = (manifest, sizes, options)
        (self.node, self.log, self.loadLibrary) = (node, log, loadLibrary)
        replay = AOFReplay(node)
        (startedAt, start) = (node.clock.wallMilliseconds, node.clock.monotonicMilliseconds)
    }

    /// What INFO shows.
    var figures: LoadingFigures {
        var figures = LoadingFigures()
        figures.startedAt = startedAt / 1000
        figures.totalBytes = sizes.reduce(0, +)
        figures.loadedBytes = min(figures.totalBytes, sizes[..<index].reduce(0, +) + position)
        figures.usedMemory = usedMemory
        figures.elapsed = milliseconds
        return figures
    }

    /// How long it has taken.
    var milliseconds: Int64 { node.clock.monotonicMilliseconds - start }

    /// Bytes of the file that is read which are done.
    private var position: Int {
        switch stage {
        case .betweenFiles: 0
        case .preamble(let loading): loading.position
        case .commands: replay.position
        }
    }

    /// Loads about `most` more bytes. Returns whether all is loaded.
    /// - Throws: why that cannot be; what came before is loaded.
    func advance(most: Int) throws(StartError) -> Bool {
        var left = most
        while index < manifest.replayed.count, left > 0 {
            let (file, before) = (index, position)
            try step(most: left)
            left -= file == index ? max(1, position - before) : sizes[file] - before
        }
        guard index == manifest.replayed.count else { return false }
        reportRefusals()
        return true
    }

    private var file: AOFFile { manifest.replayed[index] }

    private func step(most: Int) throws(StartError) {
        switch stage {
        case .betweenFiles: try beginFile()
        case .preamble(let loading): try readPreamble(loading, most: most)
        case .commands: try readCommands(most: most)
        }
    }

    private func beginFile() throws(StartError) {
        guard let content = MappedFile.opening(options.path(file.name)) else {
            throw StartError(reason: "Can't open the append log file \(file.name): \(systemError())")
        }
        self.content = content
        if AOFReader.hasPreamble(content.bytes) {
            stage = .preamble(AOFPreambleLoading(content.bytes, into: node.keyspace, loadLibrary: loadLibrary))
        } else {
            beginCommands(from: 0)
        }
    }

    private func beginCommands(from beginning: Int) {
        guard let content else { return }
        replay.begin(content.bytes, from: beginning)
        stage = .commands
    }

    private func readPreamble(_ loading: AOFPreambleLoading, most: Int) throws(StartError) {
        var loading = loading
        do throws(RDBError) {
            let isDone = try loading.advance(most: most)
            usedMemory = loading.usedMemory
            if isDone { beginCommands(from: loading.position) } else { stage = .preamble(loading) }
        } catch {
            throw StartError(
                reason: "Error reading the RDB preamble of \(file.name) at \(error.offset): \(error.reason)")
        }
    }

    private func readCommands(most: Int) throws(StartError) {
        switch replay.advance(most: most) {
        case .goesOn: return
        case .ended: endFile()
        case .unknown(let error):
            throw StartError(reason: "\(error.reason) reading the append only file \(file.name) at \(error.offset)")
        case .broken(let error):
            try mend(error)
            endFile()
        }
    }

    private func endFile() {
        stage = .betweenFiles
        content = nil
        index += 1
    }

    private func mend(_ error: AOFError) throws(StartError) {
        let remedy = AOFRemedy(
            error, in: file.name, size: sizes[index], isLast: sizes[(index + 1)...].allSatisfy { $0 == 0 },
            cutsTornTails: node.settings.aofLoadTruncated, longestDamage: node.settings.aofLoadCorruptTailMaxSize)
        switch remedy {
        case .refuse(let reason): throw StartError(reason: reason)
        case .cut(let valid): try cut(to: valid, error)
        }
    }

    private func cut(to valid: Int, _ error: AOFError) throws(StartError) {
        log.write(
            .warning,
            "!!! Warning: short read while loading the AOF file \(file.name): \(error.reason) at \(error.offset). "
                + "Truncating it from \(sizes[index]) to \(valid) bytes")
        guard truncate(options.path(file.name), valid) == 0 else {
            throw StartError(reason: "Error truncating the AOF file \(file.name): \(systemError())")
        }
        sizes[index] = valid
    }

    private func reportRefusals() {
        guard replay.failureCount > 0 else { return }
        log.write(
            .warning, "\(replay.failureCount) commands of the AOF were refused, the first: \(replay.firstFailure)")
    }
}
