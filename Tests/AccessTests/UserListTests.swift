import Testing

@testable import Access

@Suite struct UserListTests {
    private func list(_ text: String) throws -> UserList {
        try UserList(text: bytes(text), named: "f", context)
    }

    @Test func aFileIsALineForEachUser() throws {
        let users = try list("user a on >x +get\n\n  user b (~k +set) off \r\nuser default on nopass ~* &* +@all").users
        #expect(users.count == 3)
        #expect(users[bytes("b")]?.text == "off sanitize-payload resetchannels -@all (~k resetchannels -@all +set)")
        #expect(try list("").users.isEmpty && list("\n \n").users.isEmpty)
    }

    @Test func whatIsWrittenReadsBack() throws {
        let text = "user a on >x >y ~a* %R~b +@all -set (+get ~c)\nuser b\n"
        let users = try list(text).users
        let lines = users.values.map { $0.line + [0x0A] }.flatMap { $0 }
        #expect(try UserList(text: lines, named: "f", context).users == users)
    }

    static let damaged: [(String, String)] = [
        ("foo", "f:1 should start with user keyword followed by the username. "),
        ("user a\nuser", "f:2 should start with user keyword followed by the username. "),
        ("# remark", "f:1 should start with user keyword followed by the username. "),
        ("user a\nuser a", "WARNING: Duplicate user 'a' found on line 2. "),
        ("user a (", "f:1: Unmatched parenthesis in selector definition."),
        (
            "user a +foo -bar baz qux +foo2",
            """
            f:1: Error in applying operation '+foo': Unknown command or category name in ACL. \
            f:1: Error in applying operation '-bar': Unknown command or category name in ACL. \
            f:1: Syntax error. \
            f:1: Error in applying operation '+foo2': Unknown command or category name in ACL. 
            """
        ),
        ("user \"a", ""), ("user a on\t>x", "f:1: Syntax error. "),
        ("\0", "f:1 should start with user keyword followed by the username. "),
        ("user a\0b", "'f:1: username 'a\0b' contains invalid characters. "),
    ]

    @Test(arguments: damaged) func everyFaultIsTold(text: String, fault: String) {
        do {
            _ = try list(text)
            #expect(fault.isEmpty)
        } catch {
            #expect((error as? UserListError)?.text == fault)
        }
    }

    /// Whatever is done to a file, it is read or refused.
    @Test func noDamageDoesHarm() throws {
        let text = bytes("user a on >x ~a* %R~b +@all -set (+get ~c)\nuser b off (~x)\n")
        for index in text.indices {
            _ = try? UserList(text: Array(text[..<index]), named: "f", context)
            for byte in [0, 0x20, 0x28, 0x29, 0x0A, 0x7C, 0xFF] as [UInt8] {
                var damaged = text
                damaged[index] = byte
                if let users = try? UserList(text: damaged, named: "f", context).users {
                    #expect(users.count <= 3)
                }
            }
        }
    }
}

@Suite struct AccessLogTests {
    private func refusal(_ object: String, _ context: AccessLog.Context = .topLevel) -> AccessLog.Refusal {
        AccessLog.Refusal(reason: .key, context: context, object: bytes(object), userName: bytes("u"))
    }

    @Test func theSameWithinAMinuteCountsUp() {
        var log = AccessLog()
        log.note(refusal("a"), client: "1", at: 0)
        log.note(refusal("b"), client: "1", at: 10)
        log.note(refusal("a"), client: "2", at: 60_000)
        #expect(log.entries.map(\.count) == [2, 1])
        #expect(log.entries[0].client == "2" && log.entries[0].createdAt == 0 && log.entries[0].updatedAt == 60_000)
        log.note(refusal("a"), client: "3", at: 120_001)
        log.note(refusal("a", .script), client: "3", at: 120_001)
        #expect(log.entries.map(\.count) == [1, 1, 2, 1])
        #expect(log.entries.map(\.id) == [3, 2, 0, 1])
    }

    @Test func onlyTenAreCompared() {
        var log = AccessLog()
        for object in 0..<11 { log.note(refusal("\(object)"), client: "", at: 0) }
        log.note(refusal("0"), client: "", at: 0)
        #expect(log.entries.count == 12)
        log.note(refusal("2"), client: "", at: 0)
        #expect(log.entries.count == 12 && log.entries[0].count == 2)
        log.note(refusal("1"), client: "", at: 0)
        #expect(log.entries.count == 13 && log.entries[0].count == 1)
    }

    @Test func theOldestFallOut() {
        var log = AccessLog()
        log.capacity = 2
        for object in 0..<5 { log.note(refusal("\(object)"), client: "", at: 0) }
        #expect(log.entries.map(\.id) == [4, 3])
        log.capacity = 0
        #expect(log.entries.isEmpty)
        log.note(refusal("x"), client: "", at: 0)
        #expect(log.entries.isEmpty)
    }
}
