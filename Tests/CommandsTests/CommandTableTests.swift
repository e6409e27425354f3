import Persistence
import RESP
import Scripting
import Testing

@testable import Commands

@Suite struct CommandTableTests {
    private let commands = CommandTable(allFamilies + persistenceFamilies + scriptingFamilies)

    /// Commands that change the data set as a whole, or what is not in it.
    private let writersWithoutKeys: Set<String> = [
        "flushall", "flushdb", "swapdb", "sflush", "trimslots", "function|delete", "function|flush", "function|load",
        "function|restore",
    ]

    private func each(_ body: (String, Command) -> Void) {
        for index in commands.descriptions.indices { body(commands.fullNames[index], commands.descriptions[index]) }
    }

    @Test func everyCommandIsDescribed() {
        each { name, command in
            #expect(!command.summary.isEmpty && command.summary.hasSuffix("."), "\(name)")
            #expect(!command.complexity.isEmpty, "\(name)")
            let parts = command.since.split(separator: ".")
            #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil }, "\(name)")
        }
    }

    @Test func namesAreLowerCaseAndUnique() {
        #expect(Set(commands.fullNames).count == commands.fullNames.count)
        each { name, _ in #expect(name == name.lowercased() && !name.contains(" "), "\(name)") }
    }

    @Test func arityIsNeverZero() { each { name, command in #expect(command.arity != 0, "\(name)") } }

    @Test func writersHaveKeys() {
        each { name, command in
            guard command.flags.contains(.write), !writersWithoutKeys.contains(name) else { return }
            #expect(!command.keys.isEmpty, "\(name)")
        }
    }

    @Test func flagsDoNotContradictEachOther() {
        each { name, command in
            #expect(!command.flags.isSuperset(of: [.write, .readonly]), "\(name)")
            #expect(!command.flags.isSuperset(of: [.readonly, .denyoom]), "\(name)")
            #expect(command.subcommands.isEmpty || command.keys.isEmpty, "\(name)")
        }
    }

    @Test func keysOfReadersAreOnlyRead() {
        each { name, command in
            // PFCOUNT keeps what it has counted.
            guard command.flags.contains(.readonly), !command.flags.contains(.mayReplicate) else { return }
            #expect(
                command.keys.allSatisfy { $0.flags.isDisjoint(with: [.readWrite, .overwrite, .remove]) }, "\(name)")
        }
    }

    @Test func syntaxFitsArity() {
        each { name, command in
            guard command.subcommands.isEmpty else { return }
            guard let tree = command.syntaxTree else { return #expect(Bool(false), "\(name): \(command.syntax)") }
            let least = tree.reduce(name.contains("|") ? 2 : 1) { $0 + $1.minimumCount }
            #expect(command.arity > 0 ? least == command.arity : least >= -command.arity, "\(name): \(least)")
        }
    }

    @Test func commandsAreFoundInAnyCase() {
        #expect(commands.index(named: "GeT") != nil)
        #expect(commands.index(named: "Client|Kill") != nil)
        #expect(commands.index(named: "client|nosuch") == nil)
        #expect(commands.index(named: "") == nil)
    }

    @Test func renamedCommandsAnswerToTheirNewNames() {
        let renamed = CommandTable(
            allFamilies + persistenceFamilies + scriptingFamilies, renamed: ["get": "fetch", "set": ""])
        #expect(renamed.index(named: "get") == nil && renamed.index(named: "fetch") != nil)
        #expect(renamed.index(named: "set") == nil)
        #expect(renamed.topLevel.count == commands.topLevel.count - 1)
    }

    @Test func everyCommandChecksItsArity() {
        let node = TestNode(families: allFamilies + persistenceFamilies + scriptingFamilies)
        each { name, command in
            guard command.arity < -2 || command.arity > 2, !name.contains("|") else { return }
            #expect(node.run(name) == .error("ERR wrong number of arguments for '\(name)' command"))
        }
    }
}

@Suite struct CommandTableRepliesTests {
    private let node = TestNode()

    @Test func infoHasTenElements() {
        let expected: Reply = .array([
            .text("get"), .integer(2), .array([.simple("readonly"), .simple("fast")]), .integer(1), .integer(1),
            .integer(1),
            .array([.simple("@read"), .simple("@string"), .simple("@fast")]), .array([]),
            .array([
                .array([
                    .text("flags"), .array([.simple("RO"), .simple("access")]), .text("begin_search"),
                    .array([.text("type"), .text("index"), .text("spec"), .array([.text("index"), .integer(1)])]),
                    .text("find_keys"),
                    .array([
                        .text("type"), .text("range"), .text("spec"),
                        .array([
                            .text("lastkey"), .integer(0), .text("keystep"), .integer(1), .text("limit"), .integer(0),
                        ]),
                    ]),
                ])
            ]), .array([]),
        ])
        #expect(node.run("COMMAND", "INFO", "GET", "nosuch") == .array([expected, .null]))
    }

    @Test func setsAreSetsInTheNewerProtocol() {
        node.run("HELLO", "3")
        guard case .array(let found) = node.run("COMMAND", "INFO", "echo"), case .array(let elements) = found[0] else {
            return #expect(Bool(false))
        }
        #expect(elements[2] == .set([.simple("loading"), .simple("stale"), .simple("fast")]))
        #expect(elements[6] == .set([.simple("@fast"), .simple("@connection")]))
        #expect(elements[7] == .set([]) && elements[8] == .set([]) && elements[9] == .set([]))
    }

    @Test func allAreDescribed() {
        guard case .array(let all) = node.run("COMMAND"), case .integer(let count) = node.run("COMMAND", "COUNT") else {
            return #expect(Bool(false))
        }
        #expect(all.count == Int(count))
        #expect(node.run("COMMAND", "INFO") == .array(all))
        #expect(
            node.run("COMMAND", "COUNT", "x") == .error("ERR wrong number of arguments for 'command|count' command"))
    }

    @Test func listsAreFiltered() {
        #expect(node.run("COMMAND", "LIST", "FILTERBY", "PATTERN", "COMMAND|L*") == .array([.text("command|list")]))
        #expect(node.run("COMMAND", "LIST", "FILTERBY", "MODULE", "x") == .array([]))
        #expect(node.run("COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch") == .array([]))
        #expect(node.run("COMMAND", "LIST", "FILTERBY", "x", "y") == .error("ERR syntax error"))
        #expect(node.run("COMMAND", "LIST", "x") == .error("ERR syntax error"))
        guard case .array(let names) = node.run("COMMAND", "LIST", "FILTERBY", "ACLCAT", "transaction") else {
            return #expect(Bool(false))
        }
        #expect(Set(names.map { "\($0)" }).count == 5)
    }

    @Test func keysAreFound() {
        #expect(node.run("COMMAND", "GETKEYS", "SET", "a", "b") == .array([.text("a")]))
        #expect(node.run("COMMAND", "GETKEYS", "WATCH", "a", "b") == .array([.text("a"), .text("b")]))
        let overwritten = Reply.array([.array([.text("a"), .array([.simple("OW"), .simple("update")])])])
        #expect(node.run("COMMAND", "GETKEYSANDFLAGS", "SET", "a", "b") == overwritten)
        let read = Reply.array([.array([.text("a"), .array([.simple("RW"), .simple("access"), .simple("update")])])])
        #expect(node.run("COMMAND", "GETKEYSANDFLAGS", "SET", "a", "b", "GET") == read)
    }

    @Test(arguments: [
        ("SORT l GET STORE LIMIT 0 1", ["l"]), ("SORT l BY w_* STORE d", ["l", "d"]),
        ("GEORADIUSBYMEMBER g STORE 1 km", ["g"]), ("GEORADIUS g 1 1 1 km STORE d", ["g", "d"]),
        ("GEORADIUS g 1 1 1 km STORE d STOREDIST e", ["g", "d", "e"]),
    ])
    func wordsThatAreNoOptionsHideNoKeys(line: String, keys: [String]) {
        let request = ["COMMAND", "GETKEYS"] + line.split(separator: " ").map(String.init)
        #expect(node.run(request) == .array(keys.map { .text($0) }))
    }

    @Test(arguments: [
        (["nosuch"], "ERR Invalid command specified"), (["ping"], "ERR The command has no key arguments"),
        (["get"], "ERR Invalid number of arguments specified for command"),
        (["get", "a", "b"], "ERR Invalid number of arguments specified for command"),
        (["client", "nosuch"], "ERR Invalid command specified"),
        (["client", "id"], "ERR The command has no key arguments"),
    ])
    func mistakesInGetKeys(arguments: [String], error: String) {
        #expect(node.run(["COMMAND", "GETKEYS"] + arguments) == .error(error))
    }

    @Test func docsAreMaps() {
        node.run("HELLO", "3")
        guard case .map(let found) = node.run("COMMAND", "DOCS", "get", "nosuch"),
            case .map(let fields) = found[0].value
        else {
            return #expect(Bool(false))
        }
        #expect(found.count == 1 && found[0].key == .text("get"))
        let names = ["summary", "since", "group", "complexity", "arguments"]
        #expect(fields.map(\.key) == names.map(Reply.text))
        let key: [Reply.Pair] = [
            .init(.text("name"), .text("key")), .init(.text("type"), .text("key")),
            .init(.text("display_text"), .text("key")),
            .init(.text("key_spec_index"), .integer(0)),
        ]
        #expect(fields[4].value == .array([.map(key)]))
    }

    @Test func docsTellOfSubcommandsAndDeprecation() {
        node.run("HELLO", "3")
        guard case .map(let found) = node.run("COMMAND", "DOCS", "client", "quit", "client|id"), found.count == 3,
            case .map(let client) = found[0].value, case .map(let quit) = found[1].value
        else { return #expect(Bool(false)) }
        #expect(client.last?.key == .text("subcommands"))
        #expect(quit.contains(.init(.text("doc_flags"), .set([.simple("deprecated")]))))
        #expect(found[2].key == .text("client|id"))
    }

    @Test func helpNamesTheCommandItself() {
        guard case .array(let lines) = node.run("COMMAND", "HELP") else { return #expect(Bool(false)) }
        #expect(lines[1] == .simple("(no subcommand)"))
    }
}
