import Persistence
import RESP
import Scripting
import Settings
import Testing

@testable import Commands

/// Every command of the table is under access control, which is shown by walking the table.
@Suite struct AccessTableTests {
    private let node: TestNode
    private let limited: TestClient

    init() {
        var settings = Settings()
        // Switches for operators come before rights; they are not what is asked here.
        settings.enableDebugCommand = .yes
        settings.enableModuleCommand = .yes
        node = TestNode(settings: settings, families: allFamilies + persistenceFamilies + scriptingFamilies)
        limited = node.connect()
    }

    private var commands: CommandTable { node.node.commands }

    /// All commands that can be called, with their names and, of those that only lead to others, none.
    private var runnable: [(index: Int, name: String, command: Command)] {
        commands.descriptions.indices.map { ($0, commands.fullNames[$0], commands.descriptions[$0]) }
            .filter { $0.command.subcommands.isEmpty || $0.command.arity == -1 }
    }

    /// Gives the limited client's user just these rules.
    private func allow(_ rules: String...) {
        let reply = node.run(["ACL", "SETUSER", "bob", "reset", "on", "nopass"] + rules)
        #expect(reply == .simple("OK"), "\(rules)")
        #expect(limited.run("AUTH", "bob", "x") == .simple("OK"))
    }

    /// EXEC answers every refusal in its own way.
    private func commandDenial(_ name: String) -> Reply {
        let abort = name == "exec" ? "EXECABORT Transaction discarded because of: " : ""
        return .error("\(abort)NOPERM User bob has no permissions to run the '\(name)' command")
    }

    @Test func nobodyRunsWhatIsNotAllowed() {
        allow("~*", "&*")
        for (_, name, command) in runnable where !command.flags.contains(.noAuth) {
            #expect(limited.run(request(name, command)) == commandDenial(name), "\(name)")
        }
        #expect(!limited.session.isClosing)
    }

    @Test func whatIsForbiddenIsNotRunWhateverElseIsAllowed() {
        for (_, name, command) in runnable where !command.flags.contains(.noAuth) {
            allow("~*", "&*", "+@all", "-\(name)")
            #expect(limited.run(request(name, command)) == commandDenial(name), "\(name)")
        }
    }

    @Test func nobodyUsesKeysThatAreNotAllowed() {
        var checked = 0
        for (_, name, command) in runnable where command.hasKeys {
            allow("~allowed*", "&*", "+\(name)")
            let reply = limited.run(request(name, command, key: "forbidden"))
            #expect(reply == .error("NOPERM No permissions to access a key"), "\(name)")
            #expect(dryRun("bob", request(name, command, key: "allowed")) == .simple("OK"), "\(name)")
            checked += 1
        }
        #expect(checked > 150)
    }

    @Test func everyKeyOfACommandIsLookedAt() {
        allow("~allowed*", "&*", "+@all")
        for (_, name, command) in runnable where command.hasKeys {
            let arguments = request(name, command, key: "allowed")
            for index in arguments.indices where arguments[index] == "allowed" {
                var one = arguments
                one[index] = "forbidden"
                #expect(
                    dryRun("bob", one) == .text("User bob has no permissions to access the 'forbidden' key"), "\(one)")
            }
        }
    }

    /// Who reads needs a right to read, who changes one to write; a command that does both needs both.
    @Test func readingAndWritingAreApart() {
        node.run("ACL", "SETUSER", "reader", "on", "nopass", "%R~*", "&*", "+@all")
        node.run("ACL", "SETUSER", "writer", "on", "nopass", "%W~*", "&*", "+@all")
        for (_, name, command) in runnable where command.hasKeys && !command.keys.contains(where: \.isUnknown) {
            let arguments = request(name, command, key: "k")
            guard let keys = arguments.withArguments({ command.keys(in: $0) }) else { continue }
            let flags = keys.map(\.flags)
            let reads = flags.contains { $0.contains(.access) }
            let writes = flags.contains { !$0.isDisjoint(with: [.update, .insert, .delete]) }
            #expect((dryRun("reader", arguments) == .simple("OK")) == !writes, "\(name)")
            #expect((dryRun("writer", arguments) == .simple("OK")) == !reads, "\(name)")
        }
    }

    @Test func dryRunKnowsEveryCommand() {
        for (_, name, command) in runnable {
            let arguments = request(name, command)
            #expect(dryRun("default", arguments) == .simple("OK"), "\(name)")
            let short = arguments.prefix(name.contains("|") ? 2 : 1)
            guard short.count < abs(command.arity) else { continue }
            let error = Reply.error("ERR wrong number of arguments for '\(name)' command")
            #expect(dryRun("default", Array(short)) == error, "\(name)")
        }
    }

    @Test func everyCategoryAllowsItsCommandsOnly() {
        for category in CommandCategory.allCases {
            node.run("ACL", "SETUSER", "carl", "reset", "on", "nopass", "~*", "&*", "+@\(category.rawValue)")
            for (index, name, command) in runnable where !command.flags.contains(.noAuth) {
                let parent = commands.descriptions[commands.parents[index]]
                let isAllowed =
                    command.allCategories.contains(category) || parent.allCategories.contains(category)
                #expect((dryRun("carl", request(name, command)) == .simple("OK")) == isAllowed, "\(category) \(name)")
            }
        }
    }

    @Test func everyCommandCanBeNamedInARule() {
        for (_, name, _) in runnable {
            #expect(node.run("ACL", "SETUSER", "dora", "reset", "+\(name)", "-\(name)") == .simple("OK"), "\(name)")
        }
    }

    private func dryRun(_ user: String, _ arguments: [String]) -> Reply {
        node.run(["ACL", "DRYRUN", user] + arguments)
    }

    // MARK: Requests

    /// The shortest request of a command, with keys where its specifications say.
    private func request(_ name: String, _ command: Command, key: String = "k") -> [String] {
        var arguments = name.split(separator: "|").map(String.init)
        while arguments.count < abs(command.arity) { arguments.append("1") }
        if let channels = ChannelArguments.byName[name], !channels.isPattern { arguments[1] = "c" }
        for specification in command.keys where !specification.flags.contains(.notKey) {
            specification.place(key, in: &arguments, onlyIfCertain: command.keys.count > 1)
        }
        return arguments
    }
}

extension Command {
    fileprivate var hasKeys: Bool { keys.contains { !$0.flags.contains(.notKey) && !$0.isUnknown } }
}

extension KeySpecification {
    /// Puts keys where the specification finds them. One that begins with a word is left out where others say enough.
    fileprivate func place(_ key: String, in arguments: inout [String], onlyIfCertain: Bool) {
        switch begin {
        case .unknown: return
        case .index(let index): place(key, from: index, in: &arguments)
        case .keyword(let word, let from):
            guard !onlyIfCertain else { return }
            let start = max(from, 1)
            while arguments.count < start { arguments.append("1") }
            arguments.replaceSubrange(start..., with: ["\(word)", key, "1"])
            if case .range(_, _, let limit) = find, limit < 2 { arguments.removeLast() }
        }
    }

    private func place(_ key: String, from begin: Int, in arguments: inout [String]) {
        switch find {
        case .unknown: return
        case .range(let last, let step, _):
            let end = last < 0 ? max(arguments.count + last, begin) : begin + last
            while arguments.count <= end { arguments.append("1") }
            for index in stride(from: begin, through: end, by: step) { arguments[index] = key }
        case .count(let index, let first, let step):
            while arguments.count <= begin + first + step - 1 { arguments.append("1") }
            arguments[begin + index] = "1"
            arguments[begin + first] = key
        }
    }
}

extension [String] {
    /// Calls a function with the words as the arguments of a request.
    fileprivate func withArguments<Result>(_ body: (Arguments) -> Result) -> Result {
        var spans: [ArgumentSpan] = []
        var bytes: ContiguousArray<UInt8> = []
        for word in self {
            spans.append(ArgumentSpan(offset: bytes.count, count: word.utf8.count))
            bytes.append(contentsOf: word.utf8)
        }
        return bytes.withUnsafeBytes { base in
            spans.withUnsafeBufferPointer {
                body(Arguments(base: base.baseAddress!, spans: $0.baseAddress!, count: count))
            }
        }
    }
}
