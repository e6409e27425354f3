import Primitives

/// A request that differs only in the number of its key: encoded once, with the places where the digits go.
struct RequestTemplate: Equatable, Sendable {
    static let digits = 12
    /// What stands for the digits in a word; redis-benchmark's word is understood too.
    static let marks = ["__key__", "__rand_int__"]
    /// What stands for the value.
    static let dataMark = "__data__"

    private(set) var bytes: [UInt8]
    /// Where twelve digits go.
    private(set) var places: [Int] = []
    /// Where the word is that decides about the slot: the first after the command.
    private(set) var key: Range<Int>?

    init(_ words: [String], data: [UInt8]) {
        bytes = Array("*\(words.count)\r\n".utf8)
        for (number, word) in words.enumerated() { append(word, data, isKey: number == 1) }
    }

    private mutating func append(_ word: String, _ data: [UInt8], isKey: Bool) {
        var content: [UInt8] = []
        var places: [Int] = []
        var rest = word[...]
        while let character = rest.first {
            if let mark = RequestTemplate.marks.first(where: rest.hasPrefix) {
                places.append(content.count)
                content += Array(repeating: UInt8(ascii: "0"), count: RequestTemplate.digits)
                rest = rest.dropFirst(mark.count)
            } else if rest.hasPrefix(RequestTemplate.dataMark) {
                content += data
                rest = rest.dropFirst(RequestTemplate.dataMark.count)
            } else {
                content += Array(String(character).utf8)
                rest = rest.dropFirst()
            }
        }
        bytes += Array("$\(content.count)\r\n".utf8)
        self.places += places.map { $0 + bytes.count }
        if isKey { key = bytes.count..<bytes.count + content.count }
        bytes += content + [0x0D, 0x0A]
    }

    /// Writes the digits of a key's number.
    mutating func set(_ number: Int) {
        for place in places {
            var rest = number
            for offset in stride(from: RequestTemplate.digits - 1, through: 0, by: -1) {
                bytes[place + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
    }

    /// The slot of the key as it is now; nil for a request without one.
    var slot: Int? {
        guard let key else { return nil }
        return bytes.withBytes { hashSlot(of: $0[key]) }
    }

    /// Requests by the names that redis-benchmark gives them.
    static let known: [(name: String, words: [String])] = [
        ("ping", ["PING"]), ("set", ["SET", "key:__key__", "__data__"]), ("get", ["GET", "key:__key__"]),
        ("incr", ["INCR", "counter:__key__"]), ("lpush", ["LPUSH", "list:__key__", "__data__"]),
        ("rpush", ["RPUSH", "list:__key__", "__data__"]), ("lpop", ["LPOP", "list:__key__"]),
        ("rpop", ["RPOP", "list:__key__"]), ("sadd", ["SADD", "set:__key__", "element"]),
        ("spop", ["SPOP", "set:__key__"]), ("hset", ["HSET", "hash:__key__", "field", "__data__"]),
        ("hget", ["HGET", "hash:__key__", "field"]), ("zadd", ["ZADD", "zset:__key__", "1", "element"]),
        ("zpopmin", ["ZPOPMIN", "zset:__key__"]), ("del", ["DEL", "key:__key__"]),
        ("expire", ["EXPIRE", "key:__key__", "1000"]), ("exists", ["EXISTS", "key:__key__"]),
    ]
}

/// Requests in proportions.
struct RequestMix: Sendable {
    var name: String
    private(set) var templates: [RequestTemplate] = []
    /// Sums of the weights up to each.
    private var bounds: [UInt64] = []

    /// One command for all.
    init(_ name: String, _ words: [String], data: [UInt8]) {
        self.name = name
        templates = [RequestTemplate(words, data: data)]
        bounds = [1]
    }

    /// `get`, or `get=9,set=1`.
    init(_ text: String, data: [UInt8]) throws(AdminFailure) {
        name = text
        for part in text.split(separator: ",") {
            let halves = part.split(separator: "=", omittingEmptySubsequences: false)
            let weight = halves.count == 1 ? 1 : UInt64(halves[1])
            guard halves.count <= 2, let weight, (1...1_000_000).contains(weight),
                let known = RequestTemplate.known.first(where: { $0.name == halves[0].lowercased() })
            else {
                let names = RequestTemplate.known.map(\.name).joined(separator: ", ")
                throw AdminFailure("Not a request with its weight: \(part). There are \(names).", .usage)
            }
            templates.append(RequestTemplate(known.words, data: data))
            bounds.append((bounds.last ?? 0) + weight)
        }
        guard !templates.isEmpty else { throw AdminFailure("No request in the mix.", .usage) }
    }

    /// Which template is next.
    func pick(_ random: inout RandomSource) -> Int {
        guard templates.count > 1 else { return 0 }
        let number = random.next(upperBound: bounds[bounds.count - 1])
        return bounds.firstIndex { number < $0 } ?? 0
    }
}
