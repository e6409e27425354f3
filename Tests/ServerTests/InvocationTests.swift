import Settings
import Testing

@testable import Server

@Suite struct InvocationTests {
    private func settings(_ arguments: String...) -> Settings? {
        guard case .serve(let settings, _) = Invocation.parse(arguments) else { return nil }
        return settings
    }

    @Test func directivesFollowWithTwoDashes() {
        #expect(settings("--port", "7000", "--save", "", "--maxclients", "12")?.port == 7000)
        #expect(settings("--port", "7000", "--maxclients", "12")?.maxclients == 12)
        #expect(settings()?.port == 6379)
    }

    @Test func aMistakeIsToldInOneLineWithItsPlace() {
        guard case .fail(let text) = Invocation.parse(["--prot", "7000"]) else {
            Issue.record("an unknown directive was taken")
            return
        }
        let line = text.split(separator: "\n")[0]
        #expect(line.contains("FATAL CONFIG FILE ERROR"))
        #expect(text.contains("prot"))
    }

    @Test func aFileThatIsMissingIsNamed() {
        guard case .fail(let text) = Invocation.parse(["/nowhere/at/all.conf"]) else {
            Issue.record("a missing file was read")
            return
        }
        #expect(text.contains("/nowhere/at/all.conf"))
        #expect(text.contains("No such file"))
    }

    @Test(arguments: ["-v", "--version"])
    func theVersionIsThatOfTheReference(flag: String) {
        guard case .print(let text, let code) = Invocation.parse([flag]) else {
            Issue.record("no version")
            return
        }
        #expect(text.hasPrefix("Redis server v=7.2.4 "))
        #expect(code == 0)
    }
}
