import Primitives
import RESP

// COMMAND GETKEYS and GETKEYSANDFLAGS, and what COMMAND tells of key positions.

/// A key among arguments, and what is done with it.
struct FoundKey {
    let index: Int
    let flags: KeySpecification.Flags
}

extension Command {
    /// The keys among `arguments`; nil where the arguments do not fit.
    func keys(in arguments: Arguments) -> [FoundKey]? {
        if let byHand = keysByHand(arguments) { return byHand }
        var found: [FoundKey] = []
        for specification in keys where !specification.flags.contains(.notKey) && !specification.isUnknown {
            guard let indices = specification.indices(in: arguments) else { return nil }
            found += indices.map { FoundKey(index: $0, flags: specification.flags) }
        }
        return found.isEmpty ? nil : found
    }

    /// Where options decide over the keys or over what is done with them; nil where they do not.
    private func keysByHand(_ arguments: Arguments) -> [FoundKey]? {
        switch name {
        // HIMPORT has a SET too.
        case "set" where group == .string:
            let returnsOld = (3..<arguments.count).contains { arguments[$0].equals(ignoringCase: "get") }
            return [FoundKey(index: 1, flags: returnsOld ? [.readWrite, .access, .update] : [.overwrite, .update])]
        case "bitfield":
            let changes = (2..<arguments.count).contains {
                arguments[$0].equals(ignoringCase: "set") || arguments[$0].equals(ignoringCase: "incrby")
            }
            return [FoundKey(index: 1, flags: changes ? [.readWrite, .access, .update] : [.readOnly, .access])]
        case "sort": return keyAndTarget(arguments)
        case "georadius": return keyAndTargets(arguments, from: 6)
        case "georadiusbymember": return keyAndTargets(arguments, from: 5)
        case "xreadgroup": return keysOfGroup(arguments)
        case "migrate": return keysToMigrate(arguments)
        default: return nil
        }
    }

    /// The third argument of MIGRATE; where it is empty, all behind KEYS.
    private func keysToMigrate(_ arguments: Arguments) -> [FoundKey] {
        let flags: KeySpecification.Flags = [.readWrite, .access, .delete]
        var index = 6
        while arguments[3].isEmpty, index < arguments.count {
            let option = arguments[index]
            if option.equals(ignoringCase: "keys") {
                return (index + 1..<arguments.count).map { FoundKey(index: $0, flags: flags) }
            }
            index += option.equals(ignoringCase: "auth") ? 2 : option.equals(ignoringCase: "auth2") ? 3 : 1
        }
        return [FoundKey(index: 3, flags: flags)]
    }

    /// The first argument of SORT, and the last one after STORE. What follows BY, GET and LIMIT is no option.
    private func keyAndTarget(_ arguments: Arguments) -> [FoundKey] {
        var target: Int?
        var index = 2
        while index < arguments.count {
            let option = arguments[index]
            if option.equals(ignoringCase: "limit") {
                index += 2
            } else if option.equals(ignoringCase: "by") || option.equals(ignoringCase: "get") {
                index += 1
            } else if option.equals(ignoringCase: "store"), index + 1 < arguments.count {
                target = index + 1
            }
            index += 1
        }
        let source = FoundKey(index: 1, flags: [.readOnly, .access])
        return [source] + (target.map { [FoundKey(index: $0, flags: [.overwrite, .update])] } ?? [])
    }

    /// The first argument, and whatever follows a STORE or STOREDIST: the last one counts, but a word is cheap to check.
    private func keyAndTargets(_ arguments: Arguments, from start: Int) -> [FoundKey]? {
        let targets = (start..<max(start, arguments.count - 1)).filter {
            arguments[$0].equals(ignoringCase: "store") || arguments[$0].equals(ignoringCase: "storedist")
        }
        guard !targets.isEmpty else { return nil }
        return [FoundKey(index: 1, flags: [.readOnly, .access])]
            + targets.map { FoundKey(index: $0 + 1, flags: [.overwrite, .update]) }
    }

    /// What follows STREAMS, the first half of it. A group or a consumer may be called STREAMS too, wherever the options
    /// put it.
    private func keysOfGroup(_ arguments: Arguments) -> [FoundKey]? {
        var index = 1
        while index < arguments.count, !arguments[index].equals(ignoringCase: "streams") {
            let option = arguments[index]
            index += option.equals(ignoringCase: "group") ? 3 : option.equals(ignoringCase: "noack") ? 1 : 2
        }
        let rest = arguments.count - index - 1
        guard rest > 0, rest % 2 == 0 else { return nil }
        return (index + 1...index + rest / 2).map { FoundKey(index: $0, flags: [.readOnly, .access]) }
    }

    /// The positions of the keys as one range, as far as that can be said: the ranges of step 1 that follow each other.
    var legacyKeyRange: (first: Int, last: Int, step: Int)? {
        if keys.count == 1, let only = keys[0].absoluteRange { return only }
        var range: (first: Int, last: Int, step: Int)?
        for specification in keys {
            guard let next = specification.absoluteRange, next.step == 1 else { continue }
            if let known = range, known.last != next.first - 1 { continue }
            range = (range?.first ?? next.first, next.last, 1)
        }
        return range
    }

    /// The flags as clients see them: a command whose keys are more than one plain range says so.
    var shownFlags: CommandFlags {
        let isPlain = keys.allSatisfy { $0.absoluteRange != nil && !$0.flags.contains(.incomplete) }
        let isOneRange = keys.count < 2 || keys.allSatisfy { $0.absoluteRange?.step == 1 } && areConsecutive
        return isPlain && isOneRange ? flags : flags.union(.movablekeys)
    }

    private var areConsecutive: Bool {
        zip(keys, keys.dropFirst()).allSatisfy { $0.absoluteRange?.last == ($1.absoluteRange?.first).map { $0 - 1 } }
    }
}

extension KeySpecification {
    var isUnknown: Bool {
        if case .unknown = begin { return true }
        if case .unknown = find { return true }
        return false
    }

    /// First and last argument, a negative last one counted from the end, if that is all there is to it.
    fileprivate var absoluteRange: (first: Int, last: Int, step: Int)? {
        guard case .index(let first) = begin, case .range(let last, let step, _) = find else { return nil }
        return (first, last < 0 ? last : first + last, step)
    }
}

func getKeys(_ call: inout Call) throws(CommandError) {
    let (arguments, keys) = try keysOfNamedCommand(call)
    call.reply.array(keys.count)
    for key in keys { call.reply.bulk(arguments[key.index]) }
}

func getKeysAndFlags(_ call: inout Call) throws(CommandError) {
    let (arguments, keys) = try keysOfNamedCommand(call)
    call.reply.array(keys.count)
    for key in keys {
        call.reply.array(2)
        call.reply.bulk(arguments[key.index])
        let names = key.flags.shownNames
        call.reply.set(names.count)
        for name in names { call.reply.simple(name) }
    }
}

/// The command that the arguments are, its name first, and its keys.
private func keysOfNamedCommand(_ call: Call) throws(CommandError) -> (Arguments, [FoundKey]) {
    let arguments = call.arguments.dropFirst(2)
    guard let command = namedCommand(arguments, call) else { throw .message("ERR Invalid command specified") }
    guard command.keys.contains(where: { !$0.flags.contains(.notKey) }) else {
        throw .message("ERR The command has no key arguments")
    }
    guard command.arity >= 0 ? arguments.count == command.arity : arguments.count >= -command.arity else {
        throw .message("ERR Invalid number of arguments specified for command")
    }
    if let keys = command.keys(in: arguments) { return (arguments, keys) }
    guard command.flags.contains(.noMandatoryKeys) else {
        throw .message("ERR Invalid arguments specified for command")
    }
    return (arguments, [])
}

private func namedCommand(_ arguments: Arguments, _ call: Call) -> Command? {
    let commands = call.node.commands
    guard let record = commands.find(arguments[0]) else { return nil }
    let index = record.pointee.index
    guard record.pointee.hasSubcommands, arguments.count >= 2 else { return commands.descriptions[index] }
    return commands.find(arguments[1], of: index).map { commands.descriptions[$0.pointee.index] }
}
