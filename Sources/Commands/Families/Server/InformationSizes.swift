import Storage
import Structures

// INFO KEYSIZES: how large keys are, counted up to each power of two. It looks at every key, so it is shown only to who asks
// for it by name.

extension Survey {
    /// A line for each database and type that has keys: `db0_distrib_lists_items:1=4,2=0,4=17`.
    var sizeLines: [(name: String, value: String)] {
        (0..<keyspace.databaseCount).flatMap { index in
            keyspace.existing(index).map { sizeLines(of: $0, index) } ?? []
        }
    }

    private func sizeLines(of database: Database, _ index: Int) -> [(name: String, value: String)] {
        let wantsBytes = settings.keyMemoryHistograms
        var items = SizeHistograms()
        var bytes = SizeHistograms()
        database.forEach { entry in
            guard let length = entry.measuredLength else { return }
            items.add(length, entry.type)
            if wantsBytes, entry.type != .string { bytes.add(database.memoryUsage(of: entry), entry.type) }
        }
        return items.lines.map { ("db\(index)_distrib_\($0.type.plural)_\($0.type.unit)", $0.text) }
            + bytes.lines.map { ("db\(index)_distrib_\($0.type.plural)_sizes", $0.text) }
    }
}

/// For each type the number of keys between each power of two and the next.
private struct SizeHistograms {
    private var counts: [[Int]] = Array(repeating: [], count: 8)

    mutating func add(_ size: Int, _ type: ValueType) {
        let place = size == 0 ? 0 : Int.bitWidth - size.leadingZeroBitCount
        let missing = place + 1 - counts[Int(type.rawValue)].count
        if missing > 0 { counts[Int(type.rawValue)] += Array(repeating: 0, count: missing) }
        counts[Int(type.rawValue)][place] += 1
    }

    /// The types that have keys, in the reference's order.
    var lines: [(type: ValueType, text: String)] {
        [ValueType.string, .list, .set, .hash, .sortedSet].compactMap { type in
            let text = counts[Int(type.rawValue)].enumerated().filter { $0.element > 0 }
                .map { "\(SizeHistograms.bound($0.offset))=\($0.element)" }
            return text.isEmpty ? nil : (type, text.joined(separator: ","))
        }
    }

    /// The smallest size of a place: 0, 1, 2, 4 … 512, 1K, 2K …
    private static func bound(_ place: Int) -> String {
        guard place > 0 else { return "0" }
        let units = ["", "K", "M", "G", "T", "P", "E"]
        return "\(1 << ((place - 1) % 10))\(units[(place - 1) / 10])"
    }
}

extension ValueType {
    fileprivate var plural: String {
        switch self {
        case .string: "strings"
        case .list: "lists"
        case .set: "sets"
        case .sortedSet: "zsets"
        case .hash: "hashes"
        case .stream: "streams"
        }
    }

    fileprivate var unit: String { self == .string ? "sizes" : "items" }
}

extension Entry {
    /// Bytes of a string, elements of a collection; nil for a stream.
    fileprivate var measuredLength: Int? {
        switch type {
        case .string: stringCount
        case .list: view(as: ListValue.self).count
        case .set: view(as: SetValue.self).count
        case .sortedSet: view(as: SortedSetValue.self).count
        case .hash: view(as: HashValue.self).count
        case .stream: nil
        }
    }
}
