import Primitives
import RESP
import Storage
import Structures

/// What DEBUG tells of the tables that keys lie in.
let tableSwitches: [DebugSwitch] = [
    DebugSwitch(
        "htstats", taking: 1...2, syntax: "db [full]", "Tells how the tables of a database are filled.",
        run: tableStatistics),
    DebugSwitch(
        "htstats-key", taking: 1...2, syntax: "key [full]", "Tells how the table of a key's value is filled.",
        run: valueTableStatistics),
]

private func tableStatistics(_ call: inout Call) throws(CommandError) {
    let number = try call.integer(2)
    try checkFull(call)
    guard number >= 0, number < call.keyspace.databaseCount else { throw .message("ERR Out of range database") }
    let figures = call.keyspace.existing(Int(number))?.tableFigures ?? TableFigures()
    call.reply.verbatim(DebugTables.text(figures))
}

private func valueTableStatistics(_ call: inout Call) throws(CommandError) {
    try checkFull(call)
    guard let entry = call.keyspace.live(call.key(2), call.database) else { throw .noSuchKey }
    guard let tree = entry.hashTree else {
        throw .message("ERR The value stored at the specified key is not represented using an hash table")
    }
    call.reply.verbatim(
        """
        [Tree of pages by hash]
         members: \(tree.count)
         pages: \(tree.pageCount)
         bytes of pages: \(tree.bytes)

        """)
}

extension Entry {
    /// The tree by hash of a large set, hash or sorted set.
    fileprivate var hashTree: HashTree? {
        guard encoding == .tree else { return nil }
        return switch type {
        case .set: view(as: SetValue.self).root?.pointee.tree
        case .hash: view(as: HashValue.self).root?.pointee.fields
        case .sortedSet: view(as: SortedSetValue.self).root?.pointee.index
        case .string, .list, .stream: nil
        }
    }
}

private func checkFull(_ call: Call) throws(CommandError) {
    guard call.arguments.count < 4 || call.arguments[3].equals(ignoringCase: "full") else { throw .syntax }
}

private enum DebugTables {
    static func text(_ figures: TableFigures) -> String {
        let load = Int((figures.load * 100).rounded())
        return """
            [Slot tables]
             slots with keys: \(figures.usedSlots)
             slots divided into segments: \(figures.dividedSlots)
             segments: \(figures.segments)
             buckets of seven: \(figures.buckets)
             number of elements: \(figures.keys)
             elements that expire: \(figures.expiring)
             most elements in a slot: \(figures.mostInSlot)
             filled: \(load / 100).\(load % 100 < 10 ? "0" : "")\(load % 100)%
             bytes: \(figures.bytes)

            """
    }
}
