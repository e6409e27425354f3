import Primitives

/// Prefixes of keys whose changes clients want to hear of, and what has changed under each since they were told.
///
/// 1. A prefix is listed as long as a client wants it.
/// 2. A key stands once among the changes of a prefix, however often it changed.
struct Broadcasts {
    /// Who has changed a key, for clients that do not want to hear of their own changes.
    enum Author: Equatable {
        case client(UInt64)
        /// More than one client, or time.
        case others
    }

    /// The clients of one prefix, and what has changed for them.
    struct Group {
        fileprivate(set) var clients: [UInt64] = []
        fileprivate(set) var changes: [[UInt8]: Author] = [:]

        /// The keys that a client is told of, in order.
        func keys(except own: UInt64? = nil) -> [[UInt8]] {
            let told = changes.filter { own == nil || $0.value != .client(own!) }
            return told.keys.sorted { $0.lexicographicallyPrecedes($1) }
        }
    }

    private var groups: [[UInt8]: Group] = [:]
    /// How many prefixes there are of each length, so that a key is looked up once for each length.
    private var lengths: [Int: Int] = [:]
    /// Prefixes with changes, in the order of their first.
    private var changed: [[UInt8]] = []

    /// The number of prefixes.
    var count: Int { groups.count }
    /// Whether there is nothing to tell.
    var isQuiet: Bool { changed.isEmpty }

    mutating func join(_ prefix: [UInt8], _ client: UInt64) {
        if groups[prefix] == nil { lengths[prefix.count, default: 0] += 1 }
        groups[prefix, default: Group()].clients.append(client)
    }

    mutating func leave(_ prefix: [UInt8], _ client: UInt64) {
        groups[prefix]?.clients.removeAll { $0 == client }
        guard let group = groups[prefix], group.clients.isEmpty else { return }
        groups[prefix] = nil
        changed.removeAll { $0 == prefix }
        lengths[prefix.count]! -= 1
        if lengths[prefix.count] == 0 { lengths[prefix.count] = nil }
    }

    /// Notes that a key has changed.
    mutating func note(_ key: [UInt8], by author: Author) {
        for length in lengths.keys where length <= key.count { note(key, by: author, under: Array(key.prefix(length))) }
    }

    private mutating func note(_ key: [UInt8], by author: Author, under prefix: [UInt8]) {
        guard let place = groups.index(forKey: prefix) else { return }
        if groups.values[place].changes.isEmpty { changed.append(prefix) }
        let known = groups.values[place].changes.updateValue(author, forKey: key)
        if let known, known != author { groups.values[place].changes[key] = .others }
    }

    /// The groups with changes, which are then forgotten.
    mutating func take() -> [Group] {
        defer { changed.removeAll() }
        return changed.compactMap { prefix in
            defer { groups[prefix]?.changes = [:] }
            return groups[prefix]
        }
    }
}
