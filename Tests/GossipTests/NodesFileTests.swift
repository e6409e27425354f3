import Gossip
import Primitives
import Testing

private let a = "be95e2c512b3f8a67bddd9a109a355733d91dc5c"
private let b = "91c8c780fd29c62293922b807c5e3a5349229bbb"
private let c = "c08e4e62214144137a93f5ecd85f7298dac250c1"
private let shard = "69bc080733d1355567173199cff4a6a039a2f024"

/// As redis-server 7.0.15 has written it.
private let old = """
    \(b) 127.0.0.1:21002@31002,host-2.example.com master - 0 1795302203362 2 connected 8001-16383
    \(c) 127.0.0.1:21003@31003 slave \(a) 0 1795302204165 1 connected
    \(a) 127.0.0.1:21001@31001 myself,master - 0 1795302202000 1 connected 0-100 200 300-8000 \
    [5->-\(b)] [8100-<-\(b)]
    vars currentEpoch 2 lastVoteEpoch 0

    """

private func read(_ text: String, usesTLS: Bool = false) throws -> NodesFile {
    try NodesFile(Array(text.utf8), usesTLS: usesTLS)
}

private func refusal(_ text: String) -> NodesFileError? {
    do throws(NodesFileError) {
        _ = try NodesFile(Array(text.utf8), usesTLS: false)
        return nil
    } catch { return error }
}

@Suite struct NodesFileTests {
    @Test func aFileOfTheReferenceIsRead() throws {
        let file = try read(old)
        #expect(file.nodes.map(\.name.text) == [b, c, a])
        #expect(file.currentEpoch == 2 && file.lastVoteEpoch == 0)
        let myself = try #require(file.myself)
        #expect(
            myself.flags == [.myself, .primary] && myself.configEpoch == 1 && myself.pongReceivedAt == 1_795_302_202_000
        )
        #expect(myself.slots.ranges == [0...100, 200...200, 300...8000])
        #expect(myself.address == NodeAddress(host: "127.0.0.1", port: 21001, busPort: 31001))
        #expect(file.migrating == [5: NodeName(b)!] && file.importing == [8100: NodeName(b)!])
        #expect(file.nodes[0].hostname == "host-2.example.com" && file.nodes[0].shard == nil)
        #expect(file.nodes[1].flags == .replica && file.nodes[1].primary == NodeName(a))
    }

    @Test func clientsAreToldTheLinesOfTheReference() throws {
        let file = try read(old)
        let lines = String(decoding: file.lines(.reply(usesTLS: false)), as: UTF8.self)
        #expect(lines == old.replacing("vars currentEpoch 2 lastVoteEpoch 0\n", with: ""))
    }

    @Test func newerFilesTellMoreOfAddresses() throws {
        let line =
            "\(a) ::1:7000@17000,h,tls-port=7001,nodename=left-one,shard-id=\(shard) myself,slave \(b) 0 0 3 connected"
        let file = try read(line + "\nvars currentEpoch 7 lastVoteEpoch 6\n")
        let node = try #require(file.myself)
        #expect(node.address == NodeAddress(host: "::1", port: 7000, tlsPort: 7001, busPort: 17000))
        #expect(node.hostname == "h" && node.humanName == "left-one" && node.shard == NodeName(shard))
        #expect(
            String(decoding: file.bytes(usesTLS: false), as: UTF8.self) == line
                + "\nvars currentEpoch 7 lastVoteEpoch 6\n")
        let fields = "\(a) :0@0,,tls-port=0,shard-id=\(shard),zone=z myself,master - 0 0 0 connected"
        #expect(try read(fields).nodes[0].shard == NodeName(shard))
    }

    @Test func clientsHaveAddressesOfTheirOwn() throws {
        let line = """
            \(a) 10.0.0.1:7000@17000,,client-tls-port=9001,client-tcp-port=9000,client-ipv6=2001:db8::7,\
            client-ipv4=203.0.113.7,tls-port=7001,shard-id=\(shard) myself,master - 0 0 3 connected

            """
        let file = try read(line)
        #expect(file.nodes[0].clientAddress.ipv4 == "203.0.113.7" && file.nodes[0].clientAddress.tlsPort == 9001)
        #expect(file.bytes(usesTLS: false).starts(with: line.utf8))
        func told(_ form: NodesFile.Form) -> String { String(decoding: file.lines(form), as: UTF8.self) }
        #expect(told(.reply(usesTLS: false)).contains(" 203.0.113.7:9000@17000 "))
        #expect(told(.reply(usesTLS: true, overIPv6: true)).contains(" 2001:db8::7:9001@17000 "))
    }

    @Test func withTLSTheFirstPortIsThatForTLS() throws {
        let line = "\(a) 127.0.0.1:7001@17001,,tcp-port=7000 myself,master - 0 0 3 connected"
        let file = try read(line, usesTLS: true)
        #expect(file.nodes[0].address == NodeAddress(host: "127.0.0.1", port: 7000, tlsPort: 7001, busPort: 17001))
        #expect(file.bytes(usesTLS: true).starts(with: line.utf8))
        #expect(String(decoding: file.lines(.reply(usesTLS: false)), as: UTF8.self).contains(" 127.0.0.1:7000@17001 "))
        #expect(try read("\(a) 127.0.0.1:7001 myself - 0 0 3 connected").nodes[0].address.busPort == 17001)
    }

    @Test func aTornEndIsForgivenWhereTheReferenceForgivesIt() throws {
        let lines = old.split(separator: "\n")
        let file = try read(lines[1] + "\n\n" + lines[2])
        #expect(file.nodes.count == 2 && file.currentEpoch == 1)
        #expect(refusal(String(old.prefix(30)))?.report.hasPrefix("line 1: fewer than eight words: \"91c8") == true)
        #expect(refusal("")?.report == "no line is that of this node")
    }

    @Test func everyFlagIsReadAndWritten() throws {
        for words in [
            "myself,slave", "myself,master,nofailover", "myself,master,fail?", "myself,fail,noaddr", "myself",
        ] {
            let file = try read("\(a) :0@0 \(words) - 0 0 0 disconnected")
            #expect(file.nodes[0].flags.words == words)
        }
        #expect(MemberFlags().words == "noflags")
        #expect(try read("\(a) :0@0 MYSELF,primary,noflags - 0 0 0 connected").nodes[0].flags == [.myself, .primary])
    }

    @Test func nodesInHandshakeAreNotWrittenToFiles() throws {
        var file = try read(old)
        file.nodes[0].flags.insert(.handshake)
        #expect(!String(decoding: file.bytes(usesTLS: false), as: UTF8.self).contains("8001-16383"))
        #expect(String(decoding: file.lines(.reply(usesTLS: false)), as: UTF8.self).contains("master,handshake"))
    }

    @Test func aSlotIsTheFirstOnes() throws {
        let file = try read("\(a) :1@2 myself - 0 0 0 connected 1-3\n\(b) :1@2 master - 0 0 0 connected 2-4")
        #expect(file.nodes.map(\.slots.slots) == [[1, 2, 3], [4]])
    }

    @Test(arguments: [
        ("\(a) :1@2 myself - 0 0 0 connected 3-2", "a range of slots that ends before it begins"),
        ("\(a) :1@2 myself - 0 0 0 connected 16384", "no slot"),
        ("\(a) :1@2 myself - 0 0 0 connected [5->-\(b.dropLast())]", "no slot that moves"),
        ("\(a) :1@2 myself - 0 0 0 connected [5-?-\(b)]", "a slot that moves nowhere"),
        ("\(a) :1@2 myself,best - 0 0 0 connected", "an unknown flag"),
        ("\(a) :65536@2 myself - 0 0 0 connected", "no port"),
        ("\(a) :1@2,,client-ipv4=x myself - 0 0 0 connected", "no address for clients"),
        ("\(a) host myself - 0 0 0 connected", "an address without a port"),
        ("\(a) :1@2,,x myself - 0 0 0 connected", "a field of the address without a value"),
        ("\(a) :1@2,,shard-id=x myself - 0 0 0 connected", "no name of a shard"),
        ("\(a) :1@2 myself x 0 0 0 connected", "no name of a primary"),
        ("\(a) :1@2 myself - 0 0 -1 connected", "no number, or too large"),
        ("\(a) :1@2 myself - 0 0 \(UInt64(1) << 63) connected", "no number, or too large"),
        ("x :1@2 myself - 0 0 0 connected", "no name of a node"),
        ("vars currentEpoch", "a variable without a value"),
        ("\(a) :1@2 myself - 0 0 0 connected\n\(a) :1@2 slave - 0 0 0 connected", "the node has had a line already"),
        (
            "\(a) :1@2 myself - 0 0 0 connected\n\(b) :1@2 myself - 0 0 0 connected",
            "another line was that of this node"
        ),
    ])
    func whatCannotBeIsRefused(_ text: String, _ reason: String) {
        #expect(refusal(text)?.reason == reason)
    }

    @Test func whatWasWrittenIsReadAsTheSame() throws {
        let file = try read(old)
        for usesTLS in [false, true] {
            #expect(try NodesFile(file.bytes(usesTLS: usesTLS), usesTLS: usesTLS) == file)
        }
    }

    @Test func membersComeFromFilesAndGoThere() throws {
        var file = try read(old)
        file.nodes[1].flags.insert(.failed)
        let own = NodeName(shard)!
        let members = file.nodes.map { Member($0, shard: own, now: 77) }
        #expect(members[1].failedAt == 77 && members[1].pongReceivedAt == 77 && members[1].shard == own)
        var again = members.map { NodesFile.Node($0) }
        for index in again.indices {
            again[index].pongReceivedAt = file.nodes[index].pongReceivedAt
            (again[index].shard, again[index].isConnected) = (nil, true)
        }
        #expect(again == file.nodes)
    }
}
