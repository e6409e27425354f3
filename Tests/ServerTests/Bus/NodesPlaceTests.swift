import Gossip
import Harness
import Persistence
import Testing

@testable import Server

/// `nodes.conf` on the disk.
struct NodesPlaceTests {
    @Test func itIsReplacedAsAWhole() throws {
        let directory = try TemporaryDirectory()
        let place = try NodesPlace(directory.file("nodes.conf"))
        try #expect(place.read() == [])
        for text in ["first", "second and longer"] {
            #expect(place.replace(with: Array(text.utf8)) == nil)
            try #expect(place.read() == Array(text.utf8))
        }
        #expect(names(in: directory.path).filter { !$0.hasPrefix(".") } == ["nodes.conf"])
    }

    @Test func nobodyElseHasIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("nodes.conf")
        var place: NodesPlace? = try NodesPlace(path)
        #expect(throws: StartError.self) { try NodesPlace(path) }
        // The lock is on the new file too.
        #expect(place?.replace(with: [1]) == nil)
        #expect(throws: StartError.self) { try NodesPlace(path) }
        place = nil
        try #expect(NodesPlace(path).read() == [1])
    }

    @Test func aDirectoryThatIsNotThere() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: StartError.self) { try NodesPlace(directory.file("none/nodes.conf")) }
    }
}

/// When it is written, and what waits.
struct NodesSavingTests {
    private func saving() throws -> (NodesSaving, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        return (NodesSaving(try NodesPlace(directory.file("nodes.conf")), usesTLS: false), directory)
    }

    @Test func nothingWaitsForWhatIsNotDurable() throws {
        var (saving, _) = try saving()
        saving.want(isDurable: false)
        #expect(saving.isDue && !saving.holdsBack)
        let steps = saving.begin(NodesFile(), number: 0)
        #expect(steps.count == 6)
        #expect(!saving.isDue && !saving.holdsBack)
        saving.didEnd(isSaved: true)
        #expect(!saving.isDue && !saving.holdsBack)
    }

    @Test func whatFollowsADurableOneWaits() throws {
        var (saving, _) = try saving()
        saving.want(isDurable: true)
        #expect(saving.isDue && saving.holdsBack)
        _ = saving.begin(NodesFile(), number: 0)
        #expect(!saving.isDue && saving.holdsBack)
        saving.didEnd(isSaved: true)
        #expect(!saving.isDue && !saving.holdsBack)
    }

    @Test func oneThatIsUnderWayIsTooOld() throws {
        var (saving, _) = try saving()
        saving.want(isDurable: false)
        _ = saving.begin(NodesFile(), number: 0)
        saving.want(isDurable: true)
        saving.want(isDurable: false)
        #expect(!saving.isDue && saving.holdsBack)
        saving.didEnd(isSaved: true)
        #expect(saving.isDue && saving.holdsBack)
        _ = saving.begin(NodesFile(), number: 0)
        #expect(saving.holdsBack)
        saving.didEnd(isSaved: true)
        #expect(!saving.isDue && !saving.holdsBack)
    }
}
