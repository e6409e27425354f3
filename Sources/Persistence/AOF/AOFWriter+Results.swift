extension AOFWriter {
    mutating func takeFile() -> Int {
        nextFile += 1
        return nextFile - 1
    }

    mutating func submit(_ purpose: Batch.Purpose, _ actions: [DiskAction], _ lane: DiskLane = .urgent) {
        let tickets = nextTicket..<nextTicket + actions.count
        batches.append(Batch(purpose: purpose, tickets: tickets, missing: actions.count))
        for (ticket, action) in zip(tickets, actions) {
            requests.append(DiskRequest(ticket: ticket, action: action, lane: lane))
        }
        nextTicket = tickets.upperBound
    }

    /// Submits a step of the rewrite under way.
    mutating func submit(_ step: Batch.Step, _ actions: [DiskAction], _ lane: DiskLane = .urgent) {
        if let rewrite { submit(.rewrite(rewrite.baseFile, step), actions, lane) }
    }

    /// Takes a result: of each lane, that of the request that was submitted first of those without one.
    /// - Parameter now: monotonic milliseconds.
    public mutating func receive(_ result: DiskResult, now: Int64) {
        guard let index = batches.firstIndex(where: { $0.tickets.contains(result.ticket) }) else {
            preconditionFailure("a result that nobody has asked for")
        }
        if batches[index].error == 0 { batches[index].error = result.error }
        batches[index].missing -= 1
        guard batches[index].missing == 0 else { return }
        let batch = batches.remove(at: index)
        if batch.error == 0 { succeeded(batch.purpose, now) } else { failed(batch.purpose, batch.error) }
        synchronizeIfDue(now)
        if !waitsForFlush || options.synchronization != .always { flush(now: now) }
    }

    func isCurrent(_ file: Int) -> Bool { if case .open(file, _, _) = mode { true } else { false } }

    mutating func succeeded(_ purpose: Batch.Purpose, _ now: Int64) {
        switch purpose {
        case .write(let file, let end, let synchronizes):
            guard isCurrent(file) else { return }
            (isWriting, isBehindFsync, sizeUnderWay) = (false, false, 0)
            written = end
            if synchronizes { didSynchronize(end) }
            if isClosing { close() } else { prepareRotation() }
        case .synchronize(let file, let end): if isCurrent(file) { didSynchronize(end) }
        case .rewrite(let number, let step): if rewrite?.baseFile == number { succeeded(step) }
        case .tidy: submit(.listWithoutHistory, listing)
        case .listWithoutHistory: (manifest.history, isTidying) = ([], false)
        case .close(let end): promise(end)
        case .open, .cleaning: return
        }
    }

    mutating func succeeded(_ step: Batch.Step) {
        switch step {
        case .prepareRotation: submit(.listIncrement, listing)
        case .listIncrement: endRotation()
        case .write(let count): baseBacklog -= count
        case .sealBase: if isRotating { rewrite?.isSealed = true } else { placeBase() }
        case .placeBase: submit(.listBase, listing)
        case .listBase: endRewrite()
        }
    }

    mutating func didSynchronize(_ end: Int64) {
        isSynchronizing = false
        noteForced(end)
    }

    mutating func endRotation() {
        guard let rewrite, case .rotating(let increment, let file) = rewrite.phase,
            case .open(let old, _, _) = mode
        else { return }
        manifest.increments.append(increment)
        submit(.cleaning, [.close(file: old)])
        mode = .open(file: file, increment: increment, isListed: true)
        (isWriting, isSynchronizing, sizeUnderWay) = (false, false, 0)
        self.rewrite?.phase = .writingBase
        if rewrite.isSealed { placeBase() }
    }

    /// The base is whole and on the disk: it gets its name, and a manifest is written that lists it.
    mutating func placeBase() {
        guard let rewrite else { return }
        var next = manifest
        if case .open(_, let increment, false) = mode { next.increments.append(increment) }
        next = next.replacing(base: rewrite.base, keepingFrom: rewrite.first)
        self.rewrite?.phase = .placing(next, end: submitted)
        var actions: [DiskAction] = []
        // What the increment holds was promised to nobody yet; from here on it is.
        if case .open(let file, _, false) = mode { actions.append(.synchronize(file: file)) }
        actions.append(.rename(from: options.temporaryPath(rewrite.base), to: options.path(rewrite.base.name)))
        actions.append(.synchronizeDirectory(path: options.directory))
        submit(.placeBase, actions + writing(next))
    }

    mutating func endRewrite() {
        guard let rewrite, case .placing(let next, let end) = rewrite.phase else { return }
        manifest = next
        self.rewrite = nil
        size += rewrite.baseSize - rewrite.replacedSize
        baseSize = rewrite.baseSize
        events.append(.rewritten)
        if case .open(let file, let increment, false) = mode {
            mode = .open(file: file, increment: increment, isListed: true)
            events.append(.recovered)
            noteForced(end)
        }
        removeHistory()
    }

    /// Removes what the manifest says was replaced, and then says that no longer.
    public mutating func removeHistory() {
        guard !manifest.history.isEmpty else { return }
        submit(.cleaning, manifest.history.map { .remove(path: options.path($0.name)) }, .patient)
        var next = manifest
        next.history = []
        isTidying = true
        submit(.tidy, writing(next))
    }

    mutating func failed(_ purpose: Batch.Purpose, _ error: Int32) {
        switch purpose {
        case .write(let file, _, _), .synchronize(let file, _), .open(let file): if isCurrent(file) { fail(error) }
        case .rewrite(let number, _): if rewrite?.baseFile == number { giveUpRewrite(error: error) }
        case .tidy, .listWithoutHistory:
            isTidying = false
            forgetTemporaryManifest()
        case .close: events.append(.failed(error))
        case .cleaning: return
        }
    }

    /// A file that could not be forced to the disk is not written again.
    mutating func forgetTemporaryManifest() {
        submit(.cleaning, [.remove(path: options.temporaryManifestPath)])
    }

    /// Nothing that was written since the last good fsync may be believed.
    mutating func fail(_ error: Int32) {
        guard case .open(let file, _, true) = mode else { return giveUpRewrite(error: error) }
        submit(.cleaning, [.close(file: file)])
        rest(.failed(error))
        events.append(.failed(error))
        giveUpRewrite(error: error)
    }

    mutating func rest(_ mode: Mode) {
        self.mode = mode
        (isWriting, isSynchronizing, isBehindFsync, heldSince) = (false, false, false, nil)
        (pending, sizeUnderWay) = ([], 0)
    }
}
