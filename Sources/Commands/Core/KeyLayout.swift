import Primitives

/// Where the keys of a command stand, as far as whoever asks for their slots has to know. Shard channels count as keys.
enum KeyLayout {
    case none
    /// Each `step`-th argument from the first key up to `last`, which negative counts from the end.
    case range(first: Int16, last: Int16, step: Int16)
    /// The first argument, unless it is the beginning of a walk, which any node can answer.
    case cursor
    /// The specifications have to be asked.
    case searched
}

extension Command {
    var keyLayout: KeyLayout {
        guard let only = keys.first else { return .none }
        if name == "clusterscan" { return .cursor }
        guard keys.count == 1, !hasKeysByOption, case .index(let first) = only.begin,
            case .range(let last, let step, let limit) = only.find, limit < 2
        else { return .searched }
        let end = last < 0 ? last : first + last
        return .range(first: Int16(first), last: Int16(end), step: Int16(step))
    }

    /// Whether options of the command are keys that its one specification does not name.
    private var hasKeysByOption: Bool { name == "georadius" || name == "georadiusbymember" }
}

extension CommandTable {
    /// Shows the keys and shard channels among the arguments of a command, until `body` returns false.
    func forEachKey(
        _ arguments: Arguments, _ record: UnsafeMutablePointer<CommandRecord>, _ body: (Bytes) -> Bool
    ) {
        switch record.pointee.layout {
        case .none: return
        case .range(let first, let last, let step):
            var index = Int(first)
            let end = last < 0 ? arguments.count + Int(last) : Int(last)
            while index <= end, index < arguments.count, body(arguments[index]) { index += Int(step) }
        case .cursor: if !(arguments[1] == "0") { _ = body(arguments[1]) }
        case .searched:
            guard let found = descriptions[record.pointee.index].keys(in: arguments) else { return }
            for key in found where !body(arguments[key.index]) { return }
        }
    }
}
