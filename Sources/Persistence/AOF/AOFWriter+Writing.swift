import Primitives

extension AOFWriter {
    /// Takes the log up where a start has left it.
    /// - Parameters:
    ///   - manifest: whose last increment is written on.
    ///   - sizes: bytes of the base, and of all files together, the part cut off not counted.
    ///   - cut: where the last increment ends, if a torn tail has to be cut off.
    public mutating func open(_ manifest: AOFManifest, sizes: (base: Int, all: Int), cut: Int?) {
        guard let increment = manifest.increments.last else { preconditionFailure("no increment to write on") }
        self.manifest = manifest
        (baseSize, size) = (sizes.base, sizes.all)
        let file = takeFile()
        mode = .open(file: file, increment: increment, isListed: true)
        var actions: [DiskAction] = [.open(file: file, path: options.path(increment.name))]
        if let cut { actions += [.truncate(file: file, size: cut), .synchronize(file: file)] }
        submit(.open(file: file), actions)
    }

    /// Takes over what a manifest lists while nothing is written: the first base replaces it.
    public mutating func follow(_ manifest: AOFManifest) {
        precondition(mode == .closed, "a log under way has a manifest of its own")
        self.manifest = manifest
    }

    /// Takes journal bytes, whole transactions, that end at `offset`.
    /// - Parameter seconds: since 1970.
    public mutating func receive(_ bytes: Bytes, endingAt offset: Int64, seconds: Int64) {
        received = offset
        guard case .open = mode else { return }
        let before = pending.count
        if options.hasTimestamps, seconds > lastTimestamp { pending.append(text: "#TS:\(seconds)\r\n") }
        let beginning = pending.count
        AOFFilter.append(bytes, to: &pending)
        if pending.count == beginning {
            pending.removeLast(beginning - before)
        } else {
            lastTimestamp = max(lastTimestamp, seconds)
        }
    }

    /// Goes on behind bytes of the journal that are not written, which end at `offset`.
    public mutating func skip(to offset: Int64) { received = offset }

    /// Gives the disk what is pending; to be called at the end of a turn, before replies leave.
    /// - Parameter now: monotonic milliseconds.
    public mutating func flush(now: Int64) {
        guard case .open(let file, _, _) = mode, !isRotating else { return }
        defer { noteProgress() }
        guard !isWriting, !pending.isEmpty, mayWrite(now) else { return }
        let synchronizes = options.synchronization == .always && !isSynchronizing && !isResting
        var actions: [DiskAction] = [.append(file: file, bytes: DiskBytes(pending))]
        if synchronizes { actions.append(.synchronize(file: file)) }
        size += pending.count
        sizeUnderWay = pending.count
        pending = []
        submitted = received
        isWriting = true
        isSynchronizing = isSynchronizing || synchronizes
        submit(.write(file: file, end: submitted, synchronizes: synchronizes), actions)
    }

    /// Once a second: what was written is forced to the disk.
    /// - Parameter now: monotonic milliseconds.
    public mutating func tick(now: Int64) {
        synchronizeIfDue(now)
        flush(now: now)
    }

    /// Forces what was written to the disk, if it is time; before more is written, so that under writes without a pause it
    /// becomes due as well.
    mutating func synchronizeIfDue(_ now: Int64) {
        guard case .open(let file, _, _) = mode, !isRotating, !isSynchronizing, !isWriting else { return }
        guard written > forced, isSynchronizationDue(now) else { return }
        lastSynchronization = now
        isSynchronizing = true
        submit(.synchronize(file: file, end: written), [.synchronize(file: file)])
    }

    func isSynchronizationDue(_ now: Int64) -> Bool {
        switch options.synchronization {
        case .no: false
        case .always: !isResting
        case .everySecond: now - lastSynchronization >= 1000 && !isResting
        }
    }

    /// While an fsync is under way, a write would stand behind it in any case; after two seconds it goes ahead, so that
    /// no more than that is lost with the process.
    mutating func mayWrite(_ now: Int64) -> Bool {
        guard isSynchronizing else {
            heldSince = nil
            return true
        }
        let since = heldSince ?? now
        heldSince = since
        guard now - since >= 2000 else { return false }
        heldSince = nil
        delayedSynchronizations += 1
        isBehindFsync = true
        return true
    }

    /// What is left out of the file needs no disk.
    mutating func noteProgress() {
        guard pending.isEmpty, !isWriting, submitted == written else { return }
        let wasForced = written == forced
        (submitted, written) = (received, received)
        if wasForced { noteForced(received) }
    }

    /// What is forced to the disk is promised where a manifest lists the file.
    mutating func noteForced(_ offset: Int64) {
        forced = max(forced, offset)
        if isTrusted { promise(forced) }
    }

    mutating func promise(_ offset: Int64) {
        guard offset > synchronizedOffset else { return }
        synchronizedOffset = offset
        events.append(.synchronized(offset))
    }

    /// Ends the log in order: what is pending is written and forced to the disk, and a base under way is given up. It is
    /// over when `isIdle` is true, with `synchronized` or `failed` as the last event.
    public mutating func close() {
        giveUpRewrite(error: 0)
        isClosing = isWriting
        guard case .open(let file, _, let isListed) = mode, !isWriting else { return }
        var actions: [DiskAction] = pending.isEmpty ? [] : [.append(file: file, bytes: DiskBytes(pending))]
        actions += [.synchronize(file: file), .close(file: file)]
        submit(isListed ? .close(end: received) : .cleaning, actions)
        rest(.closed)
    }
}
