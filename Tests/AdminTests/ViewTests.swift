import RESP
import Testing

@testable import Admin

@Suite struct ViewTests {
    @Test func aLine() throws {
        let line =
            "\(name("a")) 10.0.0.1:7000@17000,web-1,shard-id=x myself,master - 0 5 3 connected 0-2 5 "
            + "[93->-\(name("b"))] [94-<-\(name("c"))]"
        let record = try #require(NodeRecord(line[...]))
        #expect(record.id == name("a"))
        #expect(record.address == NodeAddress(host: "10.0.0.1", port: 7000))
        #expect((record.busPort, record.hostname) == (17000, "web-1"))
        #expect(record.isMyself && record.isPrimary && record.isConnected && record.isKnown)
        #expect((record.configEpoch, record.primary) == (3, nil))
        #expect(record.slots == [0, 1, 2, 5])
        #expect(record.migrating == [93: name("b")])
        #expect(record.importing == [94: name("c")])
    }

    @Test func olderAndOddLines() throws {
        let old = try #require(NodeRecord("\(name("a")) 10.0.0.1:7000 slave,fail? \(name("b")) 0 5 3 disconnected"))
        #expect((old.busPort, old.primary, old.isConnected) == (nil, name("b"), false))
        #expect(!old.hasFailed)
        let alone = try #require(NodeRecord("\(name("a")) :7000@17000 myself,master - 0 0 0 connected"))
        #expect(alone.address == NodeAddress(host: "", port: 7000))
        let lost = try #require(NodeRecord("\(name("a")) :0@0 master,noaddr - 0 0 0 disconnected"))
        #expect(!lost.isKnown)
        let sixth = try #require(NodeRecord("\(name("a")) fe80::1:7000@17000 master - 0 0 0 connected"))
        #expect(sixth.address == NodeAddress(host: "fe80::1", port: 7000))
    }

    @Test(arguments: [
        "", "x", "\(name("a")) h:1@2 master - 0 0 x connected", "\(name("a")) h:1@2 master - 0 0 1 connected 16384",
        "\(name("a")) h:1@2 master - 0 0 1 connected 5-3", "\(name("a")) h:1@2 master - 0 0 1 connected 1-2-3",
        "\(name("a")) h:1@2 master - 0 0 1 connected [7-?-x]", "\(name("a")) h:1@2 master - 0 0 1 connected [7]",
        "\(name("a")) h:1@2 master - 0 0 1 connected -5",
    ])
    func whatIsNoLine(_ line: String) { #expect(NodeRecord(line[...]) == nil || line.hasSuffix("-5")) }

    @Test func aJob() throws {
        let fields: [(String, Reply)] = [
            ("name", .text("j")), ("operation", .text("EXPORT")), ("slot_ranges", .text("0-5")),
            ("state", .text("snapshotting")), ("keys_sent", .integer(3)),
        ]
        let flat = Reply.array(fields.flatMap { [Reply.text($0.0), $0.1] })
        let map = Reply.map(fields.map { Reply.Pair(.text($0.0), $0.1) })
        let job = try #require(SlotJob(flat))
        #expect(SlotJob(map) == job)
        #expect(job.isUnderWay && job.isExport && job.keysSent == 3)
        #expect(SlotJob(.array([])) == nil)
    }

    @Test func aWordMeansANode() throws {
        let cluster = view(node("a"), node("b"))
        #expect(try cluster.find("aaa").id == name("a"))
        #expect(try cluster.find("10.0.0.1:\(7000 + 98)").id == name("b"))
        #expect(throws: AdminFailure.self) { try cluster.find("c") }
        #expect(throws: AdminFailure.self) { try cluster.find("") }
    }
}

@Suite struct FindingTests {
    private let whole = view(node("a", 0...8191), node("b", 8192...16383))

    @Test func nothing() { #expect(whole.findings() == []) }

    @Test func holes() {
        let cluster = view(node("a", 0...8191), node("b", 8193...16380))
        #expect(cluster.findings() == [.uncovered([8192, 16381, 16382, 16383])])
    }

    @Test func openSlots() {
        let cluster = view(
            node("a", 0...8191, migrating: [5: name("b")]), node("b", 8192...16383, importing: [5: name("a")]))
        #expect(
            cluster.findings() == [
                .open(slot: 5, node: name("a"), .migrating, other: name("b")),
                .open(slot: 5, node: name("b"), .importing, other: name("a")),
            ])
    }

    @Test func disagreementAndSeveralOwners() {
        let cluster = ClusterView(nodes: [node("a", 0...16383), node("b", 16383...16383)])
        let findings = cluster.findings()
        #expect(findings.contains(.severalOwners(slot: 16383, [name("a"), name("b")])))
        #expect(findings.contains(.disagreement([[name("a")], [name("b")]])))
        #expect(!findings.contains { !$0.isError })
    }

    @Test func nodesOutOfReach() {
        var cluster = whole
        cluster.silent = [.init(record: node("c").own, reason: "refused")]
        #expect(
            cluster.findings() == [.silent(name("c"), address: "10.0.0.1:7099", reason: "refused")])
        var suspicious = whole
        suspicious.nodes[0].others[0].flags.insert("fail")
        #expect(suspicious.findings() == [.suspected(name("b"), by: [name("a")])])
    }

    @Test func replicasOnTheirPrimarysHost() {
        let cluster = view(
            node("a", 0...16383), node("b", host: "10.0.0.2", replicates: "a"), node("c", replicates: "a"))
        #expect(cluster.findings() == [.sameHost(replica: name("c"), primary: name("a"))])
        #expect(!cluster.findings()[0].isError)
    }

    @Test func changes() {
        let before = view(node("a", 0...16383), node("b", replicates: "a"), node("c"))
        let after = view(node("a", replicates: "b"), node("b", 0...16383), node("d"))
        #expect(
            after.changes(since: before).map { $0.split(separator: ")")[1].trimmed } == [
                "is a replica now", "is a primary now", "is here", "is gone",
            ])
        #expect(before.changes(since: before) == [])
    }
}

extension Substring {
    var trimmed: String { String(drop { $0 == " " }) }
}
