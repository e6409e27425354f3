import Glibc
import Harness
import Testing

extension DifferentialTests {
    /// `docs/compatibility.md` lists the commands that there are, beside those of redis-server. To write it anew:
    /// `APUS_WRITE_DOCUMENTATION=1`.
    @Test func commandsAreDocumented() throws {
        let file = packageRoot + "/docs/compatibility.md"
        let text = textOfFile(file)
        let (before, listed, after) = try #require(CommandPage.parts(of: text))
        let wanted = try withServerPair { try CommandPage($0).markdown }
        if getenv("APUS_WRITE_DOCUMENTATION") != nil {
            let stream = try #require(fopen(file, "we"))
            defer { fclose(stream) }
            fputs(before + wanted + after, stream)
        } else {
            #expect(listed == wanted, "docs/compatibility.md is out of date")
        }
    }

    /// Choices are in round brackets where a syntax is written down; what is in others would be taken for words.
    @Test func allSyntaxesAreUnderstood() throws {
        let words = try withServerPair { texts(in: try $0.apus.administer("COMMAND", "DOCS")) }
        #expect(words.count > 10_000)
        #expect(words.filter { $0.contains { "<>".contains($0) } } == [])
    }
}

private func texts(in reply: Reply) -> [String] {
    if let text = reply.text { return [text] }
    if case .map(let entries) = reply { return entries.flatMap { texts(in: $0.key) + texts(in: $0.value) } }
    return (reply.elements ?? []).flatMap(texts)
}

/// The commands of Apus by groups, and which of them redis-server 7.0 has.
private struct CommandPage {
    /// What is known of a command or subcommand.
    struct Entry {
        let name: String
        let group: String
        let since: String

        /// As it is written.
        var title: String { name.split(separator: "|").joined(separator: " ").uppercased() }
    }

    private static let begin = "<!-- commands: generated from COMMAND DOCS of both servers -->\n"
    private static let end = "<!-- end of commands -->"
    /// What nobody else has.
    private static let own: Set = ["client|promise", "cluster|form"]

    let entries: [Entry]
    let oracle: Set<String>

    init(_ pair: ServerPair) throws {
        entries = try CommandPage.entries(pair.apus)
        oracle = Set(try CommandPage.entries(pair.oracle).map(\.name))
    }

    /// The page before the list, the list, and the page behind it.
    static func parts(of text: String) -> (before: String, listed: String, after: String)? {
        let pieces = text.split(separator: begin, maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else { return nil }
        let rest = pieces[1].split(separator: end, maxSplits: 1, omittingEmptySubsequences: false)
        guard rest.count == 2 else { return nil }
        return (pieces[0] + begin, String(rest[0]), end + rest[1])
    }

    private static func entries(_ side: Side) throws -> [Entry] {
        guard let commands = try side.administer("COMMAND", "DOCS").entries else {
            throw HarnessError.malformed("COMMAND DOCS")
        }
        return commands.flatMap { command in
            let group = command.value["group"]?.text ?? ""
            return ([command] + (command.value["subcommands"]?.entries ?? [])).map {
                Entry(name: $0.key.text ?? "", group: group, since: $0.value["since"]?.text ?? "")
            }
        }.sorted { $0.name < $1.name }
    }

    var markdown: String {
        let missing = oracle.subtracting(entries.map(\.name)).sorted()
        let newer = entries.filter { !oracle.contains($0.name) }
        let groups = Set(entries.map(\.group)).sorted()
        return """
            ## All commands

            Redis-server 7.0.15 has \(oracle.count) commands, subcommands counted. Missing of these: \
            \(missing.isEmpty ? "none" : missing.joined(separator: ", ")). There are \(newer.count) more, in the last column with
            the version of Redis or Valkey that has brought them.

            | group | as in redis-server 7.0.15 | newer |
            |---|---|---|
            \(groups.map(row).joined(separator: "\n"))

            """
    }

    private func row(_ group: String) -> String {
        let members = entries.filter { $0.group == group }
        // A command that has subcommands says enough of them.
        let old = members.filter { oracle.contains($0.name) && !$0.name.contains("|") }.map(\.title)
        let newer = members.filter { !oracle.contains($0.name) && !$0.name.hasSuffix("|help") }.map { entry in
            "\(entry.title) (\(CommandPage.own.contains(entry.name) ? "Apus" : entry.since))"
        }
        return "| \(group) | \(old.joined(separator: ", ")) | \(newer.joined(separator: ", ")) |"
    }
}
