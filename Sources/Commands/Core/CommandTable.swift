import Primitives

/// What dispatch reads of a command: one cache line, no references to count.
struct CommandRecord {
    let run: CommandBody
    let flags: CommandFlags
    let arity: Int32
    let firstKey: Int32
    let hasSubcommands: Bool
    /// Whether the first key is the only one, whatever the options.
    let hasOneKey: Bool
    /// Which argument is most likely a member of a collection that is looked up; negative counts from the last; 0 for none.
    let memberIndex: Int32
    /// Where keys and shard channels stand, for whoever asks for their slots.
    let layout: KeyLayout
    /// Index into the table's descriptions and the node's statistics.
    let index: Int
}

extension Command {
    fileprivate var hasOneKey: Bool {
        guard keys.count == 1, case .index(let index) = keys[0].begin, case .range(0, _, _) = keys[0].find else {
            return false
        }
        return index < abs(arity) && !keys[0].flags.contains(.notKey)
    }

    /// Which argument is most likely a member that is looked up: the field of a hash and the member of a set follow the key,
    /// that of a sorted set may follow a score.
    fileprivate var memberIndex: Int32 {
        guard firstKey == 1, flags.contains(.fast), abs(arity) > 2 else { return 0 }
        return switch group {
        case .hash, .set: 2
        case .sortedSet: -1
        default: 0
        }
    }
}

/// All commands of a node, found by name.
public final class CommandTable {
    /// Every command, subcommands after their command.
    public let descriptions: [Command]
    /// The names of errors, of statistics and of ACL rules: `get`, `config|set`.
    public let fullNames: [String]
    /// For a subcommand the index of its command, else its own.
    let parents: [Int]
    /// What stands for a command in the journal: its own name in capitals, for a subcommand that of its command.
    let journalNames: UnsafeMutablePointer<Bytes>
    let records: UnsafeMutablePointer<CommandRecord>
    private var probes: UnsafeMutablePointer<Int16>
    private let probeMask: Int
    private let subcommandIndices: [[String: Int]]
    /// The names that are looked up, lower case; renamed commands under their new names.
    private let names: UnsafeMutablePointer<Bytes>
    private let foldedNames: UnsafeMutablePointer<FoldedName>

    /// - Parameter renamed: new names of commands, lower case; an empty one takes the command away.
    public init(_ families: [[Command]], renamed: [String: String] = [:]) {
        var descriptions: [Command] = []
        var fullNames: [String] = []
        var parents: [Int] = []
        var subcommandIndices: [[String: Int]] = []
        for command in families.joined() {
            let index = descriptions.count
            descriptions.append(command)
            fullNames.append(command.name)
            parents.append(index)
            subcommandIndices.append([:])
            for subcommand in command.subcommands {
                subcommandIndices[index][subcommand.name] = descriptions.count
                descriptions.append(subcommand)
                fullNames.append("\(command.name)|\(subcommand.name)")
                parents.append(index)
                subcommandIndices.append([:])
            }
        }
        self.descriptions = descriptions
        self.fullNames = fullNames
        self.parents = parents
        self.subcommandIndices = subcommandIndices
        records = .allocate(capacity: descriptions.count)
        for (index, command) in descriptions.enumerated() {
            (records + index).initialize(
                to: CommandRecord(
                    run: command.run, flags: command.flags, arity: Int32(command.arity),
                    firstKey: Int32(command.firstKey), hasSubcommands: !command.subcommands.isEmpty,
                    hasOneKey: command.hasOneKey,
                    memberIndex: command.memberIndex, layout: command.keyLayout, index: index))
        }
        journalNames = .allocate(capacity: descriptions.count)
        for (index, parent) in parents.enumerated() {
            (journalNames + index).initialize(to: CommandTable.copy(descriptions[parent].name.uppercased()))
        }
        names = .allocate(capacity: descriptions.count)
        names.initialize(repeating: .empty, count: descriptions.count)
        foldedNames = .allocate(capacity: descriptions.count)
        foldedNames.initialize(repeating: FoldedName(.empty), count: descriptions.count)
        probeMask = 4095
        probes = .allocate(capacity: probeMask + 1)
        probes.initialize(repeating: -1, count: probeMask + 1)
        for index in descriptions.indices where parents[index] == index {
            let name = renamed[descriptions[index].name] ?? descriptions[index].name
            if !name.isEmpty { enter(name, index) }
        }
    }

    deinit {
        records.deinitialize(count: descriptions.count)
        records.deallocate()
        for index in descriptions.indices where names[index].count > 0 { names[index].base.deallocate() }
        for index in descriptions.indices { journalNames[index].base.deallocate() }
        journalNames.deallocate()
        names.deallocate()
        foldedNames.deallocate()
        probes.deallocate()
    }

    private func enter(_ name: String, _ index: Int) {
        names[index] = CommandTable.copy(name)
        foldedNames[index] = FoldedName(names[index])
        var probe = foldedNames[index].hash & probeMask
        while probes[probe] >= 0 { probe = (probe + 1) & probeMask }
        probes[probe] = Int16(index)
    }

    private static func copy(_ name: String) -> Bytes {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, name.utf8.count), alignment: 1)
        copy.copyMemory(from: Array(name.utf8), byteCount: name.utf8.count)
        return Bytes(base: copy, count: name.utf8.count)
    }

    /// The command with a name, in any case; nil for none.
    func find(_ name: Bytes) -> UnsafeMutablePointer<CommandRecord>? {
        let folded = FoldedName(name)
        var probe = folded.hash & probeMask
        while true {
            let index = Int(probes[probe])
            if index < 0 { return nil }
            if foldedNames[index] == folded, folded.isWhole || CommandTable.isSame(names[index], name) {
                return records + index
            }
            probe = (probe + 1) & probeMask
        }
    }

    private static func isSame(_ known: Bytes, _ name: Bytes) -> Bool {
        (0..<name.count).allSatisfy { known[$0] == Bytes.lowercased(name[$0]) }
    }

    /// The subcommand with a name, in any case.
    func find(_ name: Bytes, of command: Int) -> UnsafeMutablePointer<CommandRecord>? {
        subcommandIndices[command][String(name).lowercased()].map { records + $0 }
    }

    /// The indices of the commands that can be called; those of subcommands are not among them.
    var topLevel: [Int] { descriptions.indices.filter { names[$0].count > 0 } }

    /// The index of the command or subcommand that a full name (`config|set`, any case) names.
    public func index(named fullName: String) -> Int? {
        let parts = fullName.lowercased().split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let record = Bytes.with(String(first), { find($0) }) else { return nil }
        guard parts.count == 2 else { return record.pointee.index }
        return subcommandIndices[record.pointee.index][String(parts[1])]
    }
}
