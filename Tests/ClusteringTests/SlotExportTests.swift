import Gossip
import Testing

@testable import Clustering

/// The source's end of a migration of slots, as transcripts.
struct SlotExportTests {
    private static let job = SlotJob(
        name: NodeName(String(repeating: "a", count: 40))!, slots: SlotSet([0, 1, 2, 9]),
        source: NodeName(String(repeating: "1", count: 40))!, target: NodeName(String(repeating: "2", count: 40))!)

    private func streaming() -> SlotExport {
        var export = SlotExport(Self.job, now: 0)
        _ = export.receive(.begin, now: 0)
        _ = export.receive(.connected, now: 1)
        _ = export.receive(.answered("OK"), now: 2)
        _ = export.receive(.cut, now: 3)
        _ = export.receive(.walked, now: 100)
        return export
    }

    private func granted() -> SlotExport {
        var export = streaming()
        _ = export.receive(.answered("ACK 1"), now: 105)
        _ = export.receive(.tick(waitingBytes: 0), now: 106)
        _ = export.receive(.recorded, now: 106)
        _ = export.receive(.tick(waitingBytes: 0), now: 106)
        _ = export.receive(.answered("READY 2"), now: 110)
        return export
    }

    @Test func aMigrationFromItsBeginningToItsEnd() {
        var export = SlotExport(Self.job, now: 0)
        #expect(export.receive(.begin, now: 0) == [.connect])
        #expect(
            export.receive(.connected, now: 1) == [
                .say([
                    "ESTABLISH", "SOURCE", Self.job.source.text, "TARGET", Self.job.target.text, "NAME",
                    Self.job.name.text, "SLOTSRANGE", "0", "2", "9", "9",
                ])
            ])
        #expect(export.receive(.answered("OK"), now: 2) == [.walk])
        #expect(export.word == "waiting-to-snapshot")
        #expect(export.receive(.cut, now: 3) == [])
        #expect(export.word == "snapshotting")
        #expect(export.receive(.walked, now: 100) == [.say(["SNAPSHOT-EOF", "1"])])
        #expect(export.receive(.tick(waitingBytes: 0), now: 102) == [])
        #expect(export.receive(.answered("ACK 1"), now: 105) == [])
        // What may be granted is recorded before; nobody waits for that.
        #expect(export.receive(.tick(waitingBytes: 0), now: 105) == [.record])
        #expect(export.receive(.tick(waitingBytes: 0), now: 105) == [] && export.nextDeadline == nil)
        #expect(export.receive(.recorded, now: 106) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 106) == [.pause, .say(["PAUSED", "2"])])
        #expect(export.receive(.answered("READY 2"), now: 110) == [.grant])
        #expect(export.receive(.answered("TAKEN"), now: 111) == [])
        #expect(export.receive(.owned(.mine), now: 112) == [])
        #expect(export.receive(.owned(.targets), now: 113) == [.disconnect, .end(message: "")])
        #expect(export.word == "success" && export.isOver && export.lastPause == 4)
    }

    @Test func aTargetThatIsBehindIsAskedAgain() {
        var export = streaming()
        _ = export.receive(.answered("ACK 1"), now: 500)
        #expect(export.receive(.tick(waitingBytes: 0), now: 501) == [.say(["ACK", "2"])])
        _ = export.receive(.answered("ACK 2"), now: 502)
        #expect(export.receive(.tick(waitingBytes: 1 << 20), now: 503) == [])
        #expect(export.nextDeadline == 506)
        #expect(export.receive(.tick(waitingBytes: 1 << 20), now: 506) == [.say(["ACK", "3"])])
        _ = export.receive(.answered("ACK 2"), now: 507)
        #expect(export.receive(.tick(waitingBytes: 0), now: 508) == [])
        _ = export.receive(.answered("ACK 3"), now: 509)
        #expect(export.receive(.tick(waitingBytes: 0), now: 510) == [.record])
        _ = export.receive(.recorded, now: 511)
        #expect(export.receive(.tick(waitingBytes: 0), now: 511) == [.pause, .say(["PAUSED", "4"])])
    }

    @Test func writesRestForALittleWhileOnly() {
        var export = streaming()
        _ = export.receive(.answered("ACK 1"), now: 105)
        _ = export.receive(.recorded, now: 105)
        _ = export.receive(.tick(waitingBytes: 0), now: 106)
        #expect(export.nextDeadline == 146)
        #expect(export.receive(.tick(waitingBytes: 0), now: 145) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 146) == [.resume])
        #expect(export.nextDeadline == nil)
        // The answer that came too late is an answer all the same.
        #expect(export.receive(.tick(waitingBytes: 0), now: 200) == [])
        #expect(export.receive(.answered("READY 2"), now: 300) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 301) == [.say(["ACK", "3"])])
        // It may also come before time was looked at.
        _ = export.receive(.answered("ACK 3"), now: 302)
        _ = export.receive(.tick(waitingBytes: 0), now: 303)
        #expect(export.receive(.answered("READY 4"), now: 350) == [.resume])
        #expect(export.word == "waiting-to-pause")
    }

    @Test func beforeTheGrantALostConnectionIsTheEnd() {
        for steps in 0..<6 {
            var export = SlotExport(Self.job, now: 0)
            let events: [SlotExport.Event] = [
                .begin, .connected, .answered("OK"), .cut, .walked, .answered("ACK 1"), .tick(waitingBytes: 0),
            ]
            for event in events.prefix(steps + 1) { _ = export.receive(event, now: 1) }
            #expect(
                export.receive(.ended("gone"), now: 2) == [
                    .disconnect, .end(message: "Connection lost to target: gone"),
                ])
            #expect(export.word == "failed")
            #expect(export.receive(.owned(.targets), now: 3) == [])
        }
    }

    @Test func afterTheGrantTimeProvesNothing() {
        var export = granted()
        #expect(export.receive(.cancelled, now: 120) == [])
        #expect(export.receive(.broken("too slow"), now: 120) == [])
        #expect(export.receive(.ended("gone"), now: 120) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 200) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 620) == [.disconnect, .connect])
        #expect(export.receive(.tick(waitingBytes: 0), now: 2600) == [])
        #expect(export.receive(.ended("refused"), now: 2600) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 1_000_000) == [.disconnect, .connect])
        #expect(
            export.receive(.connected, now: 1_000_001)
                == [.say(["CANCEL", Self.job.name.text, "SLOTSRANGE", "0", "2", "9", "9"])])
        #expect(export.receive(.refused("ERR not a primary"), now: 1_000_002) == [.disconnect])
        #expect(export.receive(.tick(waitingBytes: 0), now: 1_000_502) == [.disconnect, .connect])
        #expect(export.receive(.answered("TAKEN"), now: 1_000_503) == [])
        #expect(export.receive(.owned(.mine), now: 1_000_003) == [])
        #expect(export.isGranted)
        #expect(export.receive(.owned(.targets), now: 1_000_004) == [.disconnect, .end(message: "")])
    }

    /// Whoever takes the place of a source that has granted asks at once, and again where nobody answers.
    @Test func aGrantThatSomebodyElseHasGivenIsAskedFor() {
        var export = SlotExport(granted: Self.job, now: 5)
        #expect(export.isGranted && export.word == "failover-granted")
        #expect(export.receive(.tick(waitingBytes: 0), now: 5) == [.disconnect, .connect])
        #expect(
            export.receive(.connected, now: 6) == [
                .say(["CANCEL", Self.job.name.text, "SLOTSRANGE", "0", "2", "9", "9"])
            ])
        #expect(export.receive(.tick(waitingBytes: 0), now: 2004) == [])
        #expect(export.receive(.tick(waitingBytes: 0), now: 2005) == [.disconnect, .connect])
        #expect(
            export.receive(.answered("CANCELLED"), now: 2010) == [
                .reclaim, .disconnect, .end(message: "The target has not taken the slots"),
            ])
    }

    @Test func theTargetsWordEndsAGrant() {
        var refused = granted()
        #expect(
            refused.receive(.refused("ERR no"), now: 111) == [
                .reclaim, .disconnect, .end(message: "The target has refused to take over: ERR no"),
            ])
        var cancelled = granted()
        _ = cancelled.receive(.ended("gone"), now: 120)
        _ = cancelled.receive(.tick(waitingBytes: 0), now: 620)
        _ = cancelled.receive(.connected, now: 621)
        #expect(
            cancelled.receive(.answered("CANCELLED"), now: 622) == [
                .reclaim, .disconnect, .end(message: "The target has not taken the slots"),
            ])
    }

    @Test func aProofEndsAGrant() {
        var export = granted()
        // As long as the connection stands the target may still take them.
        #expect(export.receive(.owned(.mineForSure), now: 112) == [])
        _ = export.receive(.ended("gone"), now: 120)
        #expect(
            export.receive(.owned(.mineForSure), now: 130) == [
                .reclaim, .disconnect, .end(message: "The target has lost its claim"),
            ])
        var other = granted()
        #expect(
            other.receive(.owned(.others), now: 130) == [
                .disconnect, .end(message: "Another node has taken the slots"),
            ])
    }

    @Test func itIsCancelledOnce() {
        var export = streaming()
        #expect(export.receive(.cancelled, now: 120) == [.disconnect, .end(message: "Cancelled")])
        #expect(export.word == "cancelled")
        #expect(export.receive(.cancelled, now: 121) == [])
        #expect(export.receive(.answered("ACK 1"), now: 121) == [])
    }

    @Test func slotsThatAreLostOtherwiseEndIt() {
        var export = streaming()
        #expect(
            export.receive(.owned(.others), now: 120) == [
                .disconnect, .end(message: "Slots are no longer owned by this node"),
            ])
    }
}

/// The target's end.
struct SlotImportTests {
    private func machine() -> SlotImport {
        SlotImport(
            SlotJob(
                name: NodeName(String(repeating: "a", count: 40))!, slots: SlotSet([0]),
                source: NodeName(String(repeating: "1", count: 40))!,
                target: NodeName(String(repeating: "2", count: 40))!))
    }

    @Test func fromItsBeginningToItsEnd() {
        var machine = machine()
        #expect(machine.receive(.asked(question: "1")) == [.reply("ACK 1")])
        #expect(machine.receive(.walked(question: "2")) == [.reply("ACK 2")])
        #expect(machine.receive(.paused(question: "3")) == [.reply("READY 3")])
        // The source has gone on meanwhile.
        #expect(machine.receive(.asked(question: "4")) == [.reply("ACK 4")])
        #expect(machine.receive(.paused(question: "5")) == [.reply("READY 5")])
        #expect(machine.receive(.granted(epoch: 7)) == [.takeOver(after: 7)])
        #expect(machine.receive(.tookOver) == [.reply("TAKEN")])
        #expect(machine.receive(.failed("Connection lost")) == [])
        #expect(machine.word == "success")
    }

    @Test func whoHasFailedTakesNothing() {
        var machine = machine()
        _ = machine.receive(.walked(question: "1"))
        _ = machine.receive(.paused(question: "2"))
        #expect(machine.receive(.failed("Cancelled")) == [.remove(message: "Cancelled")])
        #expect(machine.receive(.granted(epoch: 7)) == [])
        #expect(machine.receive(.failed("again")) == [])
        #expect(machine.word == "failed")
    }

    @Test func nothingComesAtAWrongTime() {
        var early = machine()
        #expect(early.receive(.granted(epoch: 7)) == [.remove(message: "FAILOVER-GRANTED at a wrong time")])
        var late = machine()
        _ = late.receive(.walked(question: "1"))
        #expect(late.receive(.walked(question: "2")) == [.remove(message: "SNAPSHOT-EOF at a wrong time")])
        var paused = machine()
        #expect(paused.receive(.paused(question: "1")) == [.remove(message: "PAUSED at a wrong time")])
    }
}
