import Settings
import Testing

@testable import Persistence

@Suite struct AOFWriterTests {
    /// A log that is open and has carried out everything.
    private func opened(_ synchronization: FileSynchronization = .always) -> LogRig {
        let rig = LogRig(synchronization)
        rig.rewrite()
        _ = rig.takeEvents()
        return rig
    }

    private var offset: (LogRig) -> Int64 { { $0.node.node.keyspace.journal.offset } }

    @Test func theFirstBaseMakesTheLog() {
        let rig = LogRig()
        rig.run("SET a 1")
        #expect(rig.waiting.isEmpty && !rig.writer.isTrusted)
        rig.rewrite()
        #expect(rig.events == [.rewritten, .recovered, .synchronized(offset(rig))])
        #expect(
            rig.disk.afterKill.keys.sorted() == ["log/a.1.base.aof", "log/a.1.incr.aof", "log/a.manifest"])
        #expect(rig.writer.manifest.text == "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n")
        rig.expectRecovery(from: rig.disk.afterPowerCut(kept: 0), promised: offset(rig), "after the first base")
    }

    @Test func alwaysWritesAndForcesAtOnce() {
        let rig = opened()
        rig.run("INCR a")
        guard case .append(let file, _) = rig.waiting.first else { return #expect(Bool(false), "\(rig.waiting)") }
        #expect(rig.waiting.dropFirst() == [.synchronize(file: file)])
        rig.perform(1)
        #expect(rig.events.isEmpty)
        rig.perform(1)
        #expect(rig.events == [.synchronized(offset(rig))])
    }

    @Test func whatComesDuringAnFsyncIsForcedTogether() {
        let rig = opened()
        rig.run("INCR a")
        let first = offset(rig)
        for _ in 0..<5 { rig.run("INCR a") }
        #expect(rig.waiting.count == 2)
        rig.perform(2)
        #expect(rig.takeEvents() == [.synchronized(first)])
        #expect(rig.waiting.count == 2)
        rig.perform(2)
        #expect(rig.takeEvents() == [.synchronized(offset(rig))])
    }

    @Test func everySecondForcesOnceASecond() {
        let rig = opened(.everySecond)
        rig.tick()
        rig.run("INCR a")
        rig.perform()
        #expect(rig.takeEvents() == [.synchronized(offset(rig))])
        rig.run("INCR a")
        rig.perform()
        #expect(rig.events.isEmpty)
        rig.tick()
        #expect(rig.waiting.count == 1)
        // Held back while the fsync is under way, two seconds at most.
        rig.run("INCR a")
        rig.tick(milliseconds: 1900)
        #expect(rig.waiting.count == 1 && rig.writer.delayedSynchronizations == 0)
        rig.tick(milliseconds: 100)
        #expect(rig.waiting.count == 2 && rig.writer.delayedSynchronizations == 1)
        rig.perform()
        rig.tick()
        rig.perform()
        #expect(rig.takeEvents().last == .synchronized(offset(rig)))
        rig.tick()
        #expect(rig.waiting.isEmpty)
    }

    @Test func withoutAPromiseNothingIsForced() {
        let rig = opened(.no)
        for _ in 0..<5 {
            rig.run("INCR a")
            rig.perform()
            rig.tick()
        }
        #expect(rig.waiting.isEmpty && rig.events.isEmpty)
        rig.expectRecovery(from: rig.disk.afterKill, promised: offset(rig), "killed")
    }

    @Test func messagesNeedNoDisk() {
        let rig = opened()
        // Only the SELECT that precedes the first effect is written.
        rig.run("PUBLISH channel hello")
        rig.perform()
        _ = rig.takeEvents()
        rig.run("PUBLISH channel hello")
        #expect(rig.waiting.isEmpty)
        #expect(rig.events == [.synchronized(offset(rig))])
    }

    @Test func timesAreNoted() {
        let rig = LogRig(.always, timestamps: true)
        rig.rewrite()
        rig.run("SET a 1")
        rig.perform()
        let lines = readLog(rig.disk.afterKill["log/a.1.incr.aof"]!).lines
        #expect(lines.count == 3 && lines[0].hasPrefix("@17000000") && lines[2] == "SET a 1")
    }

    @Test func aRewriteReplacesWhatItHolds() {
        let rig = opened()
        for _ in 0..<50 { rig.run("INCR a") }
        rig.perform()
        let before = rig.writer.size
        let pieces = rig.beginRewrite()!
        rig.run("INCR b")
        for piece in pieces { rig.give(piece) }
        rig.finishBase()
        #expect(rig.beginRewrite() == nil)
        rig.perform()
        rig.run("INCR a")
        rig.perform()
        #expect(rig.takeEvents().contains(.rewritten))
        let files = rig.disk.afterPowerCut(kept: 0)
        #expect(files.keys.sorted() == ["log/a.2.base.aof", "log/a.2.incr.aof", "log/a.manifest"])
        #expect(rig.writer.manifest.history.isEmpty)
        #expect(rig.writer.size < before)
        #expect(rig.writer.size == files["log/a.2.base.aof"]!.count + files["log/a.2.incr.aof"]!.count)
        #expect(rig.writer.baseSize == files["log/a.2.base.aof"]!.count && rig.writer.baseBacklog == 0)
        rig.expectRecovery(from: files, promised: offset(rig), "rewritten")
    }

    @Test func aBaseThatIsGivenUpLeavesEverythingAsItWas() {
        let rig = opened()
        rig.run("INCR a")
        let pieces = rig.beginRewrite()!
        rig.give(pieces[0])
        rig.perform()
        rig.writer.abandonRewrite()
        rig.run("INCR a")
        rig.perform()
        #expect(rig.takeEvents().contains(.rewriteFailed(0)))
        #expect(rig.disk.afterKill.keys.allSatisfy { !$0.contains("temp-") })
        #expect(rig.writer.isTrusted && !rig.writer.isRewriting)
        rig.expectRecovery(from: rig.disk.afterPowerCut(kept: 0), promised: offset(rig), "given up")
    }

    @Test func aFailedFsyncIsNeverTrustedAgain() {
        let rig = opened()
        rig.run("INCR a")
        let promised = rig.writer.synchronizedOffset
        let broken = rig.disk.count + 1
        rig.disk.failures = { $0 == broken ? 5 : nil }
        rig.perform()
        #expect(rig.takeEvents() == [.failed(5)])
        #expect(rig.writer.failure == 5 && rig.writer.synchronizedOffset == promised)
        rig.run("INCR a")
        rig.tick()
        #expect(rig.waiting.isEmpty)
        rig.expectRecovery(from: rig.disk.afterPowerCut(kept: 0), promised: promised, "broken")
        rig.rewrite()
        #expect(rig.takeEvents() == [.rewritten, .recovered, .synchronized(offset(rig))])
        rig.run("INCR a")
        rig.perform()
        #expect(rig.writer.manifest.increments.map(\.sequence) == [2])
        rig.expectRecovery(from: rig.disk.afterPowerCut(kept: 0), promised: offset(rig), "recovered")
    }

    @Test func anEndInOrderLosesNothing() {
        let rig = opened(.no)
        rig.run("INCR a")
        rig.run("INCR a")
        rig.writer.close()
        rig.tick()
        rig.perform()
        rig.expectRecovery(from: rig.disk.afterPowerCut(kept: 0), promised: offset(rig), "ended")
    }

    // MARK: Everything that can happen, at every action

    /// Runs a script of writes and rewrites, the disk now slow and now quick, and stops when so many actions are done.
    private func play(_ rig: LogRig, until last: Int, recovers: Bool = false) {
        var left = last
        var pieces: [[UInt8]] = []
        func perform(_ count: Int) {
            let count = min(count, left)
            let before = rig.disk.count
            rig.perform(count)
            left -= rig.disk.count - before
        }
        for step in 0..<60 where left > 0 {
            rig.run(["INCR a", "INCRBY b \(step)", "SELECT \(step % 2)", "APPEND c \(step)", "PUBLISH d e"][step % 5])
            if step % 13 == 0 { pieces = rig.beginRewrite() ?? pieces }
            if !pieces.isEmpty { rig.give(pieces.removeFirst()) }
            if step % 13 == 9 {
                for piece in pieces { rig.give(piece) }
                pieces = []
                rig.finishBase()
            }
            if step % 7 == 0 { rig.tick() }
            perform([0, 1, 3, 2, 9][step % 5])
        }
        perform(.max)
        guard recovers, left > 0 else { return }
        rig.writer.abandonRewrite()
        rig.perform()
        if !rig.writer.isTrusted { rig.rewrite() }
        rig.run("INCR a")
        for _ in 0..<2 {
            rig.perform()
            rig.tick(milliseconds: 5000)
        }
        rig.perform()
    }

    /// The same with the lanes of the disk overtaking each other.
    @Test(arguments: [FileSynchronization.always, .everySecond])
    func nothingPromisedIsLostWhicheverLaneIsFaster(_ synchronization: FileSynchronization) {
        let copy = TestNode()
        for seed in UInt64(1)...4 {
            let rig = LogRig(synchronization, overtaking: seed, copy: copy)
            let count = expectRecoveryAnywhere(rig, every: 5, "seed \(seed)")
            for last in stride(from: Int(seed), to: count, by: 13) {
                let broken = LogRig(synchronization, overtaking: seed, copy: copy)
                broken.disk.failures = { $0 == last ? 28 : nil }
                play(broken, until: .max, recovers: true)
                #expect(broken.writer.isTrusted, "seed \(seed), \(last)")
                broken.expectRecovery(
                    from: broken.disk.afterPowerCut(kept: 0), promised: offset(broken), "seed \(seed), \(last) failed")
            }
        }
    }

    /// Plays once, and looks after each action, or some of them, what would be found if it all ended there. Returns how many
    /// actions there were.
    private func expectRecoveryAnywhere(_ rig: LogRig, every step: Int = 1, _ remark: String = "") -> Int {
        func look() {
            let last = rig.disk.count
            guard last % step == 0 else { return }
            let promised = rig.writer.isTrusted ? rig.writer.synchronizedOffset : 0
            rig.expectRecovery(from: rig.disk.afterKill, promised: promised, "\(remark), killed after \(last)")
            let kept = last % 2 * 50
            rig.expectRecovery(
                from: rig.disk.afterPowerCut(kept: kept), promised: promised,
                "\(remark), power cut after \(last), \(kept)")
        }
        look()
        rig.didPerform = look
        play(rig, until: .max)
        rig.didPerform = {}
        return rig.disk.count
    }

    @Test func aStuckFsyncHoldsUpWhoeverWrites() {
        let rig = opened(.everySecond)
        rig.tick()
        rig.run("INCR a")
        rig.perform(1)
        rig.run("INCR a")
        rig.tick(milliseconds: 1999)
        #expect(!rig.writer.isHeldUp)
        rig.tick(milliseconds: 1)
        #expect(rig.writer.isHeldUp)
        rig.perform()
        #expect(!rig.writer.isHeldUp && rig.writer.pendingCount == 0)
    }

    @Test func nothingIsForcedWhileABaseIsWrittenIfThatIsWanted() {
        let rig = opened()
        rig.writer.options.restsWhileRewriting = true
        #expect(rig.writer.isPromising)
        let pieces = rig.beginRewrite()!
        #expect(!rig.writer.isPromising)
        rig.perform()
        rig.run("INCR a")
        #expect(rig.waiting.count == 1)
        for piece in pieces { rig.give(piece) }
        rig.finishBase()
        rig.perform()
        rig.tick()
        rig.perform()
        #expect(rig.writer.isPromising && rig.writer.synchronizedOffset == offset(rig))
    }

    @Test func aBaseIsGivenToTheDiskAsItGrows() {
        let rig = opened()
        rig.beginRewrite()
        rig.perform()
        let piece = [UInt8](repeating: 0x23, count: 1 << 20)
        for _ in 0..<9 { rig.give(piece) }
        #expect(rig.waiting.count { if case .writeOut = $0 { true } else { false } } == 2)
        rig.writer.options.writesBaseOut = false
        for _ in 0..<9 { rig.give(piece) }
        #expect(rig.waiting.count { if case .writeOut = $0 { true } else { false } } == 2)
    }

    private func actionCount(_ synchronization: FileSynchronization, seed: UInt64? = nil) -> Int {
        let rig = LogRig(synchronization, overtaking: seed)
        play(rig, until: .max)
        #expect(rig.writer.isTrusted)
        return rig.disk.count
    }

    @Test(arguments: [FileSynchronization.always, .everySecond, .no])
    func nothingPromisedIsLostWhereverItEnds(_ synchronization: FileSynchronization) {
        #expect(expectRecoveryAnywhere(LogRig(synchronization)) > 100)
    }

    @Test(arguments: [FileSynchronization.always, .everySecond])
    func nothingPromisedIsLostWhateverFails(_ synchronization: FileSynchronization) {
        let count = actionCount(synchronization)
        let copy = TestNode()
        for broken in 0..<count {
            let rig = LogRig(synchronization, copy: copy)
            rig.disk.failures = { $0 == broken ? 28 : nil }
            play(rig, until: .max, recovers: true)
            #expect(rig.writer.isTrusted, "\(broken)")
            rig.expectRecovery(
                from: rig.disk.afterPowerCut(kept: 0), promised: offset(rig), "action \(broken) failed")
            #expect(rig.writer.synchronizedOffset == offset(rig), "\(broken)")
        }
    }

    /// The disk fails for a while, and the end comes at any time.
    @Test func nothingPromisedIsLostWhileTheDiskFails() {
        let count = actionCount(.always)
        let copy = TestNode()
        for first in stride(from: 0, to: count, by: 9) {
            let rig = LogRig(copy: copy)
            rig.disk.failures = { first..<first + 10 ~= $0 ? 28 : nil }
            rig.didPerform = { [unowned rig] in
                let last = rig.disk.count
                guard [1, 4, 12, 40].contains(last - first) else { return }
                let promised = rig.writer.synchronizedOffset
                rig.expectRecovery(from: rig.disk.afterKill, promised: promised, "\(first)…, killed after \(last)")
                rig.expectRecovery(
                    from: rig.disk.afterPowerCut(kept: 0), promised: promised, "\(first)…, cut after \(last)")
            }
            play(rig, until: first + 40)
        }
    }
}
