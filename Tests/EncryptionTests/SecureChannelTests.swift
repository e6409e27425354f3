import Encryption
import Harness
import Testing

/// Both ends in memory, without a socket.
@Suite struct SecureChannelTests {
    @Test func bothEndsTalk() throws {
        let pair = try Pair()
        pair.shakeHands()
        #expect(pair.server.isOpen && pair.client.isOpen)
        #expect(pair.server.version == "TLSv1.3")
        #expect(pair.transfer("PING", from: pair.client, to: pair.server) == "PING")
        #expect(pair.transfer("+PONG", from: pair.server, to: pair.client) == "+PONG")
    }

    @Test func theHandshakeMayArriveInAnyPieces() throws {
        for size in [1, 2, 3, 7, 100, 1000] {
            let pair = try Pair()
            pair.shakeHands(piece: size)
            #expect(pair.server.isOpen && pair.client.isOpen, "pieces of \(size)")
            #expect(pair.transfer("PING", from: pair.client, to: pair.server, piece: size) == "PING")
        }
    }

    @Test func theHandshakeMayBeCutAtEveryByte() throws {
        let certificates = try TestCertificates()
        let length = try Pair(certificates).take(from: .client).count
        try #require(length > 100)
        for cut in 1..<length {
            let pair = try Pair(certificates)
            let hello = pair.take(from: .client)
            pair.give(Array(hello[..<cut]), to: pair.server)
            #expect(!pair.server.hasEnded && !pair.server.isOpen)
            pair.give(Array(hello[cut...]), to: pair.server)
            // With its answer the server has taken the whole message for what it is.
            #expect(pair.server.hasCiphertext && !pair.server.hasEnded, "cut at \(cut)")
            guard cut % 16 == 0 else { continue }
            pair.shakeHands()
            #expect(pair.server.isOpen && pair.client.isOpen, "cut at \(cut)")
        }
    }

    @Test func largeTextsCrossInOrder() throws {
        let pair = try Pair()
        pair.shakeHands()
        let text = (0..<200_000).map { "\($0) " }.joined()
        #expect(pair.transfer(text, from: pair.server, to: pair.client, piece: 1500) == text)
        #expect(pair.transfer(text, from: pair.client, to: pair.server, piece: 70_000) == text)
    }

    @Test func ciphertextIsSentInParts() throws {
        let pair = try Pair()
        pair.shakeHands()
        pair.send("hello", on: pair.server)
        var sent: [UInt8] = []
        while pair.server.hasCiphertext {
            _ = pair.server.sendCiphertext {
                sent.append($0[0])
                return 1
            }
        }
        pair.give(sent, to: pair.client)
        #expect(pair.plaintext(of: pair.client) == "hello")
    }

    @Test func theEndIsAnnounced() throws {
        let pair = try Pair()
        pair.shakeHands()
        pair.send("last words", on: pair.client)
        pair.client.close()
        #expect(pair.client.hasEnded)
        pair.give(pair.take(from: .client), to: pair.server)
        #expect(pair.plaintext(of: pair.server) == "last words")
        #expect(pair.server.hasPeerEnded && pair.server.failure == nil)
        // The other direction is open until it is closed, too.
        #expect(pair.server.isOpen)
        pair.send("good-bye", on: pair.server)
        pair.server.close()
        #expect(pair.server.hasEnded && pair.server.hasCiphertext)
    }

    @Test(arguments: ["PING\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}garbage and more of it"])
    func whatIsNoHandshakeFails(text: String) throws {
        let pair = try Pair()
        pair.give(Array(text.utf8), to: pair.server)
        #expect(pair.server.hasEnded && !pair.server.isOpen)
        let failure = try #require(pair.server.failure)
        #expect(failure.hasPrefix("error:") && !failure.contains("/"))
        // Whatever comes after that changes nothing.
        pair.give(Array(text.utf8), to: pair.server)
        #expect(!pair.server.hasPlaintext)
    }

    @Test func aRecordThatIsTooLargeFails() throws {
        let pair = try Pair()
        pair.shakeHands()
        pair.give([0x17, 0x03, 0x03, 0xFF, 0xFF] + [UInt8](repeating: 1, count: 70_000), to: pair.server)
        #expect(pair.server.failure != nil)
        #expect(pair.server.hasCiphertext, "an alert says so to the peer")
    }

    @Test func whatWasChangedOnTheWayFails() throws {
        let pair = try Pair()
        pair.shakeHands()
        pair.send("SET k v", on: pair.client)
        var bytes = pair.take(from: .client)
        bytes[bytes.count - 1] ^= 1
        pair.give(bytes, to: pair.server)
        #expect(pair.server.failure != nil && !pair.server.hasPlaintext)
    }

    @Test func manyChannelsOfOneEngineDoNotDisturbEachOther() throws {
        let certificates = try TestCertificates()
        let engine = SecureEngine()
        let pairs = try (0..<20).map { _ in try Pair(certificates, engine: engine) }
        for pair in pairs { pair.shakeHands(piece: 50) }
        for (number, pair) in pairs.enumerated() { pair.send("\(number)", on: pair.client) }
        for (number, pair) in pairs.enumerated() {
            pair.give(pair.take(from: .client), to: pair.server)
            #expect(pair.plaintext(of: pair.server) == "\(number)")
        }
    }
}
