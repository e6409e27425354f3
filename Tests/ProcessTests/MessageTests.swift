import Harness
import Testing

extension ProcessTests {
    @Suite(.serialized) struct MessageTests {
        private func subscribe(_ connection: Connection, to channel: String) throws {
            let confirmation = Reply.array([.text("subscribe"), .text(channel), .integer(1)])
            expect(try connection.run("SUBSCRIBE", channel), is: confirmation)
        }

        @Test func aSlowSubscriberIsCutAndTheOthersHearEverything() throws {
            try withServer(.apus, ["client-output-buffer-limit pubsub 4mb 0 0"]) { server in
                let (slow, quick, publisher) = (try server.connect(), try server.connect(), try server.connect())
                try subscribe(slow, to: "c")
                try subscribe(quick, to: "c")
                let message = Bytes(repeating: 0x6D, count: 100_000)
                let expected = Reply.array([.text("message"), .text("c"), .bulk(message)])
                // More than sockets and the limit take together.
                for _ in 0..<400 {
                    let count = try publisher.run("PUBLISH", "c", message).integer ?? 0
                    #expect(count == 1 || count == 2)
                    expect(try quick.receive(), is: expected)
                }
                try #expect(publisher.run("PUBLISH", "c", "last") == .integer(1))
                expect(try quick.receive(), is: .array([.text("message"), .text("c"), .text("last")]))
                #expect(slow.isClosed())
                let text = try publisher.run("INFO", "stats").text ?? ""
                #expect(text.contains("client_output_buffer_limit_disconnections:1\r\n"))
            }
        }

        @Test func aNormalClientThatDoesNotReadIsNotCutByThatLimit() throws {
            try withServer(.apus, ["client-output-buffer-limit pubsub 1mb 0 0"]) { server in
                let greedy = try server.connect()
                try greedy.run("SET", "big", Bytes(repeating: 0x78, count: 1 << 20))
                for _ in 0..<20 { try greedy.send(encodedRequest("GET", "big")) }
                for _ in 0..<20 { try #expect(greedy.receive().text?.utf8.count == 1 << 20) }
            }
        }

        @Test func hundredsHearEachMessageInOneOrder() throws {
            try withServer { server in
                let clients = try (0..<300).map { _ in try server.connect() }
                for client in clients { try subscribe(client, to: "c") }
                let publishers = try (0..<4).map { _ in try server.connect() }
                for number in 0..<40 { try publishers[number % 4].send(encodedRequest("PUBLISH", "c", "\(number)")) }
                for number in 0..<40 { try #expect(publishers[number % 4].receive() == .integer(300)) }
                let first = try (0..<40).map { _ in try clients[0].receive() }
                #expect(Set(first).count == 40)
                for client in clients.dropFirst() {
                    for message in first { expect(try client.receive(), is: message) }
                }
            }
        }
    }
}
