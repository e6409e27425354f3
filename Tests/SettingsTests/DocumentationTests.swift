import Foundation
import Settings
import Testing

/// `docs/configuration.md` says of directives what the table says. To write it anew: `APUS_WRITE_DOCUMENTATION=1`.
struct DocumentationTests {
    private static let begin = "<!-- directives: generated from the table -->\n"
    private static let end = "<!-- end of directives -->"

    private let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../docs/configuration.md")

    @Test func directivesAreDocumented() throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: Self.begin)).upperBound
        let end = try #require(text.range(of: Self.end)).lowerBound
        let wanted = DirectiveTable.markdown()
        if ProcessInfo.processInfo.environment["APUS_WRITE_DOCUMENTATION"] != nil {
            let new = text.replacingCharacters(in: start..<end, with: wanted)
            return try new.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text[start..<end] == wanted, "docs/configuration.md is out of date")
    }
}
