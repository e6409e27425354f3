import Primitives
import Storage
import Structures

extension LooseValue {
    /// All that is in it, as text: in order, of sets and hashes sorted. A time when a field expires stands behind `@`.
    public var contents: [String] {
        switch self {
        case .string(let bytes): [String(decoding: bytes, as: UTF8.self)]
        case .list(let list): collect { add in list.forEach { add($0.text) } }
        case .set(let set): collect { add in set.forEach { add($0.text) } }.sorted()
        case .sortedSet(let set): collect { add in set.forEach { add("\(String($0.member)) \($0.score)") } }
        case .hash(let hash): hash.contents
        case .stream(let stream): stream.contents
        }
    }

    /// How many elements it says it has.
    public var count: Int {
        switch self {
        case .string(let bytes): bytes.count
        case .list(let list): list.count
        case .set(let set): set.count
        case .sortedSet(let set): set.count
        case .hash(let hash): hash.count
        case .stream(let stream): stream.count
        }
    }

    /// The reference's name of its form.
    public var encodingName: String {
        switch self {
        case .string: "raw"
        case .list(let list): list.encodingName.description
        case .set(let set): set.encodingName.description
        case .sortedSet(let set): set.encodingName.description
        case .hash(let hash): hash.encodingName.description
        case .stream: "stream"
        }
    }
}

private func collect(_ body: ((String) -> Void) -> Void) -> [String] {
    var found: [String] = []
    body { found.append($0) }
    return found
}

extension Element {
    fileprivate var text: String { withBytes { String($0) } }
}

extension HashValue {
    fileprivate var contents: [String] {
        collect { add in
            forEach { field, value in
                let expiry = field.withBytes { find($0)?.expiry }
                add("\(field.text)=\(value.text)" + (expiry.map { "@\($0)" } ?? ""))
            }
        }.sorted()
    }
}

extension StreamValue {
    fileprivate var contents: [String] {
        var found: [String] = []
        var entries = self.entries()
        while let entry = entries.next() {
            var line = entry.id.description
            entry.forEachField { name, value in
                line += " " + name.withBytes { String($0) } + "=" + value.withBytes { String($0) }
            }
            found.append(line)
        }
        for index in 0..<groupCount { found += groupContents(index) }
        if let known = producers {
            found.append("\(known.producerCount) producers, \(known.messageCount) \(known.added) \(known.duplicates)")
        }
        return found
    }

    private func groupContents(_ index: Int) -> [String] {
        let group = self[group: index]
        var found = ["\(String(decoding: group.name, as: UTF8.self)) \(group.lastDeliveredID)"]
        group.pending.forEach { entry in
            let owner = entry.consumer.map { String(decoding: group.consumer($0).name, as: UTF8.self) } ?? "-"
            found.append("\(entry.id) \(owner) \(entry.deliveries)")
            return true
        }
        return found
    }
}
