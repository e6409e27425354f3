import Settings
import Testing

struct IncludeTests {
    private func read(_ text: String, _ files: [String: String]) throws -> Settings {
        var settings = Settings()
        try settings.read(text: text, named: "main") { path throws(Refusal) in
            if path.hasSuffix("*") {
                let names = files.keys.filter { $0.hasPrefix(path.dropLast()) }.sorted()
                return names.map { ConfigurationText(name: $0, files[$0]!) }
            }
            guard let text = files[path] else { throw Refusal("can't open config file '\(path)'") }
            return [ConfigurationText(name: path, text)]
        }
        return settings
    }

    @Test func includedLinesStandWhereTheIncludeStands() throws {
        let settings = try read("port 1\ninclude a\ntimeout 3", ["a": "port 2\ntimeout 2"])
        #expect(settings.port == 2)
        #expect(settings.timeout == 3)
    }

    @Test func patternsIncludeNoneOrMany() throws {
        #expect(try read("include x*", [:]) == Settings())
        #expect(try read("include a*", ["a2": "port 2", "a1": "port 1"]).port == 2)
    }

    @Test func errorsNameTheIncludedFile() {
        let source = SourceLine(file: "a", number: 2, text: "prot 1")
        #expect(throws: SettingsError.line(source, reason: "Bad directive or wrong number of arguments")) {
            try read("include a", ["a": "\nprot 1"])
        }
        #expect(throws: SettingsError.self) { try read("include a", [:]) }
    }

    @Test func cyclesEnd() {
        #expect(throws: SettingsError.self) { try read("include a", ["a": "include a"]) }
        #expect(throws: SettingsError.self) { try read("include a", ["a": "include a\ninclude a"]) }
        #expect(throws: SettingsError.self) {
            try read("include a*", ["a1": "include b*", "a2": "", "b1": "include a*"])
        }
    }

    @Test func manyFilesAreBounded() {
        let files = Dictionary(uniqueKeysWithValues: (0...1000).map { ("a\($0)", "port 1") })
        #expect(throws: SettingsError.self) { try read("include a*", files) }
    }
}
