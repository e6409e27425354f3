import Settings
import Testing

struct CommandLineTests {
    @Test func argumentsAreLines() throws {
        let settings = try settings(arguments: "--port", "7000", "--bind", "127.0.0.1", "-::1", "--timeout 5")
        #expect(settings.port == 7000)
        #expect(settings.bind == ["127.0.0.1", "-::1"])
        #expect(settings.timeout == 5)
    }

    @Test func theyFollowTheFile() throws {
        var settings = try settings("save 60 1\nport 1")
        try settings.read(arguments: ["--save", "70", "1", "--port", "2"])
        #expect(settings.value("save") == "60 1 70 1")
        #expect(settings.port == 2)
    }

    @Test(arguments: [["--save", ""], ["--save"], ["--save", "--timeout", "5"], ["--save", "1 1", "--save", ""]])
    func anEmptySaveClears(arguments: [String]) throws {
        var settings = try settings("save 60 1")
        try settings.read(arguments: arguments)
        #expect(settings.save == [])
    }

    @Test func valuesMayBeginWithDashes() throws {
        #expect(try settings(arguments: "--requirepass", "--foo", "--port", "1").requirepass == Array("--foo".utf8))
        #expect(try settings(arguments: "--requirepass", "a\"b c\n").requirepass == Array("a\"b c\n".utf8))
    }

    @Test(arguments: [
        (["foo", "5"], "Bad directive or wrong number of arguments"), (["--timeout"], "wrong number of arguments"),
        (["--port", "1", "timeout", "5"], "wrong number of arguments"),
        (["--port", "1", "2"], "wrong number of arguments"),
        (["--timeout", "--5"], "argument couldn't be parsed into an integer"),
        (["--timeout", "5 "], "argument couldn't be parsed into an integer"),
        (["--foo", "bar"], "Bad directive or wrong number of arguments"),
    ])
    func wrongArguments(arguments: [String], reason: String) {
        var settings = Settings()
        let error = #expect(throws: SettingsError.self) { try settings.read(arguments: arguments) }
        #expect(error?.reason == reason)
    }

    @Test func errorsShowTheLineThatTheArgumentsMake() {
        var settings = Settings()
        let source = SourceLine(file: "command line", number: 2, text: #"timeout "--5""#)
        #expect(throws: SettingsError.line(source, reason: "argument couldn't be parsed into an integer")) {
            try settings.read(arguments: ["--port", "1", "--timeout", "--5"])
        }
    }
}
