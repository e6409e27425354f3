extension AOFWriter {
    var isRotating: Bool { if case .rotating = rewrite?.phase { true } else { false } }

    /// Begins a new base with all that was received so far. The data set has to be held still at this point, and the
    /// journal to select the database anew. Returns false if a base is being written already, or put into its place.
    public mutating func beginRewrite() -> Bool {
        guard rewrite == nil, !isTidying else { return false }
        let increment = manifest.nextIncrement(options.prefix, after: usedNumbers.increment)
        let base = manifest.nextBase(options.prefix, isRDB: options.hasRDBBase, after: usedNumbers.base)
        usedNumbers = (base.sequence, increment.sequence)
        let (file, baseFile) = (takeFile(), takeFile())
        rewrite = Rewrite(
            phase: .writingBase, first: increment, base: base, baseFile: baseFile, replacedSize: size, resting: mode,
            cut: received)
        if case .open = mode { rotate(to: increment, file) } else { begin(increment, file) }
        submit(
            .write(0), [.create(file: baseFile, path: options.temporaryPath(base), isLarge: options.writesBaseOut)],
            .patient)
        return true
    }

    /// Where nothing is written, or can be trusted, the manifest stays as it is until the base is there.
    mutating func begin(_ increment: AOFFile, _ file: Int) {
        (submitted, written, forced) = (received, received, received)
        mode = .open(file: file, increment: increment, isListed: false)
        submit(
            .open(file: file),
            [
                .create(file: file, path: options.path(increment.name)),
                .synchronizeDirectory(path: options.directory),
            ])
    }

    /// What was received so far belongs to the old increment, which is whole on the disk before another is listed.
    mutating func rotate(to increment: AOFFile, _ file: Int) {
        rewrite?.phase = .rotating(increment, file: file)
        rewrite?.rest = pending
        pending = []
        if !isWriting { prepareRotation() }
    }

    /// Nothing may stand behind a write that could fail, so this comes when none is under way.
    mutating func prepareRotation() {
        guard let rewrite, let rest = rewrite.rest, case .rotating(let increment, let file) = rewrite.phase,
            case .open(let old, _, _) = mode
        else { return }
        self.rewrite?.rest = nil
        if !rest.isEmpty {
            size += rest.count
            sizeUnderWay = rest.count
            (submitted, isWriting) = (rewrite.cut, true)
            submit(.write(file: old, end: submitted, synchronizes: false), [.append(file: old, bytes: DiskBytes(rest))])
        }
        self.rewrite?.replacedSize = size
        submit(.synchronize(file: old, end: submitted), [.synchronize(file: old)])
        var next = manifest
        next.increments.append(increment)
        submit(
            .prepareRotation,
            [
                .create(file: file, path: options.path(increment.name)),
                .synchronizeDirectory(path: options.directory),
            ] + writing(next))
    }

    mutating func writing(_ manifest: AOFManifest) -> [DiskAction] {
        manifest.writing(options, file: takeFile())
    }

    var listing: [DiskAction] { AOFManifest.listing(options) }

    /// Takes bytes of the base.
    public mutating func receiveBase(_ bytes: DiskBytes) {
        guard let rewrite, bytes.count > 0 else { return }
        self.rewrite?.baseSize += bytes.count
        self.rewrite?.looseSize += bytes.count
        baseBacklog += bytes.count
        var actions: [DiskAction] = [.append(file: rewrite.baseFile, bytes: bytes)]
        if options.writesBaseOut, rewrite.looseSize + bytes.count >= AOFWriter.mostLooseBase {
            self.rewrite?.looseSize = 0
            actions.append(.writeOut(file: rewrite.baseFile))
        }
        submit(.write(bytes.count), actions, .patient)
    }

    /// Bytes of a base after which the disk is given what there is.
    static let mostLooseBase = 4 << 20

    /// Says that the base is whole.
    public mutating func finishBase() {
        guard let rewrite else { return }
        submit(.sealBase, [.synchronize(file: rewrite.baseFile), .close(file: rewrite.baseFile)], .patient)
    }

    /// Gives the base up; the log goes on without it.
    public mutating func abandonRewrite() { giveUpRewrite(error: 0) }

    mutating func giveUpRewrite(error: Int32) {
        guard let rewrite else { return }
        self.rewrite = nil
        baseBacklog = 0
        if case .open = mode, let rest = rewrite.rest { pending = rest + pending }
        submit(
            .cleaning, [.close(file: rewrite.baseFile), .remove(path: options.temporaryPath(rewrite.base))], .patient)
        forgetTemporaryManifest()
        if case .rotating(_, let file) = rewrite.phase { submit(.cleaning, [.close(file: file)]) }
        events.append(.rewriteFailed(error))
        // An increment that no manifest lists is worth nothing without its base.
        if case .open(let file, let increment, false) = mode {
            submit(.cleaning, [.close(file: file)])
            // Whether the manifest that lists it has taken its place may be unknown.
            if rewrite.phase == .writingBase { submit(.cleaning, [.remove(path: options.path(increment.name))]) }
            rest(rewrite.resting)
        }
    }
}

extension AOFManifest {
    /// The actions that leave the manifest in its temporary file.
    func writing(_ options: AOFOptions, file: Int) -> [DiskAction] {
        [
            .create(file: file, path: options.temporaryManifestPath),
            .append(file: file, bytes: DiskBytes(Array(text.utf8))),
            .synchronize(file: file), .close(file: file),
        ]
    }

    /// The actions that put the temporary file into its place.
    static func listing(_ options: AOFOptions) -> [DiskAction] {
        [
            .rename(from: options.temporaryManifestPath, to: options.manifestPath),
            .synchronizeDirectory(path: options.directory),
        ]
    }

    /// The actions that put the manifest into its place at a start, before anything is written; none may follow one that
    /// failed.
    public func placing(_ options: AOFOptions) -> [DiskAction] {
        [.synchronizeDirectory(path: options.directory)] + writing(options, file: -1) + AOFManifest.listing(options)
    }
}
