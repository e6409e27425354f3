import Harness
import Testing

extension ProcessTests {
    /// Users in files.
    @Suite(.serialized) struct AccessTests {
        private let directory: TemporaryDirectory

        init() throws { directory = try TemporaryDirectory() }

        private func file(_ text: String) throws -> String { try directory.write(text, to: "users.acl") }

        @Test func theFileOfUsersIsReadAndReplaced() throws {
            let path = try file("user default on nopass +ping\nuser bob on >p ~* &* +@all\n")
            try withServer(.apus, ["aclfile \(path)"]) { server in
                let bob = try server.connect()
                try #expect(
                    bob.run("DBSIZE").errorText == "NOPERM User default has no permissions to run the 'dbsize' command")
                try #expect(bob.run("AUTH", "bob", "p") == .ok)
                try #expect(bob.run("ACL", "SETUSER", "carl", "on", "nopass", "+ping") == .ok)
                try #expect(bob.run("ACL", "SAVE") == .ok)
            }
            try withServer(.apus, ["aclfile \(path)"]) { server in
                let carl = try server.connect()
                try #expect(carl.run("AUTH", "carl", "any") == .ok)
                try #expect(carl.run("PING") == .simple("PONG"))
                try #expect(
                    carl.run("DBSIZE").errorText == "NOPERM User carl has no permissions to run the 'dbsize' command")
            }
        }

        @Test(arguments: [
            ("user bob +nosuch\n", "users.acl:1: Error in applying operation '+nosuch'"),
            ("nonsense", "users.acl:1 should start with user keyword"),
        ])
        func aDamagedFileEndsTheStart(text: String, fault: String) throws {
            try expectEnd(["aclfile \(try file(text))"], saying: fault)
        }

        @Test func aMissingFileEndsTheStart() throws {
            try expectEnd(
                ["aclfile \(directory.file("nosuch.acl"))"],
                saying: "Error loading ACLs, opening file '\(directory.file("nosuch.acl"))': No such file or directory")
        }

        @Test func aDamagedLineEndsTheStart() throws {
            try expectEnd(["user bob on foo"], saying: "Error in user declaration 'bob': Syntax error")
        }

        private func expectEnd(_ lines: [String], saying text: String) throws {
            let server = try ServerProcess(.apus, port: try freePort(), lines)
            defer { server.stop() }
            #expect(eventually { server.child.exitStatus() != nil })
            #expect(server.child.exitStatus() == .exited(1))
            #expect(server.logs(text), "\(server.log)")
        }

        @Test func rewritingKeepsUsers() throws {
            try withServer(.apus, ["user bob on nopass ~* +@all"]) { server in
                let client = try server.connect()
                try #expect(client.run("ACL", "SETUSER", "bob", "-debug", "(+debug ~x)") == .ok)
                try #expect(client.run("CONFIG", "REWRITE") == .ok)
                let text = textOfFile(server.directory.file("server.conf"))
                #expect(
                    text.contains(
                        "user bob on nopass sanitize-payload ~* resetchannels +@all -debug "
                            + "(~x resetchannels -@all +debug)\n"))
            }
        }
    }
}
