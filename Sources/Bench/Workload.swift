import Primitives

/// One kind of load: a command, and how many of it a client sends before it reads.
struct Workload: Sendable {
    /// For `--only`: such as `get-16-p64`, `ping-p1` or `lpush-p16`.
    let name: String
    /// What the report calls it.
    let label: String
    /// The size of its values; nil where it is not told.
    let valueBytes: Int?
    let pipeline: Int
    /// Keys are drawn from so many.
    let keyCount: Int
    let arguments: [Argument]
    /// What each command is answered with.
    let reply: ReplyShape
    /// What CPU per command may be, ours over the reference's; nil where others judge.
    var bar: Double?
    /// So many clients that do nothing but receive what is published on `Workload.channel`.
    var subscriberCount = 0
    /// So many clients at most: few where commands take long, so that many batches are answered in a run.
    var connectionLimit = Int.max
    /// What is loaded once, before the first run; those of equal names are the same.
    var preloads: [Workload] = []
    /// What is done before each run, so that all begin with the same data.
    var preparations: [Workload] = []

    init(
        name: String, label: String, valueBytes: Int? = nil, pipeline: Int, keyCount: Int, _ arguments: [Argument],
        reply: ReplyShape
    ) {
        (self.name, self.label, self.valueBytes, self.pipeline) = (name, label, valueBytes, pipeline)
        (self.keyCount, self.arguments, self.reply) = (keyCount, arguments, reply)
    }

    /// What subscribers listen to.
    static let channel = "news"

    /// The requests of one pipeline.
    var template: RequestTemplate { RequestTemplate(command: arguments, repeated: pipeline) }

    /// How many commands it takes to name every key once.
    var commandsForEveryKey: Int { max(1, keyCount / max(1, arguments.count { $0.isOrdered })) }
}

/// An argument of a command to be generated.
enum Argument: Sendable {
    case text(String)
    /// Here another command begins that is counted with the one before.
    case next
    /// A value of so many bytes.
    case value(Int)
    /// A value of so many bytes that cannot be compressed.
    case noise(Int)
    /// A prefix and six or nine digits that vary.
    case number(String, NumberSource, digits: Int)

    /// A key of 16 bytes: four fixed ones and twelve digits, of which the last nine vary.
    static func key(_ prefix: String) -> Argument { .number(prefix + "000", .ordered, digits: 9) }

    /// A prefix and six random digits.
    static func random(_ prefix: String = "", in range: Range<Int> = 0..<1_000_000) -> Argument {
        .number(prefix, .random(first: UInt64(range.lowerBound), count: UInt64(range.count)), digits: 6)
    }

    var isNext: Bool {
        if case .next = self { return true }
        return false
    }

    var isOrdered: Bool {
        if case .number(_, .ordered, _) = self { return true }
        return false
    }
}

/// Where the digits of an argument come from.
enum NumberSource: Sendable {
    /// The keys of the workload, at random or one after the other, as the load is to be.
    case ordered
    /// One of `count` numbers from `first` on.
    case random(first: UInt64, count: UInt64)
    /// So much more than the number before it in the same command.
    case following(UInt64)
}

/// Requests ready to be sent, and where the digits stand that make each another one.
struct RequestTemplate: Sendable {
    /// Varying digits.
    struct Place: Sendable {
        let offset: Int
        let source: NumberSource
        /// Nine digits instead of six.
        let isWide: Bool
    }

    private(set) var bytes: [UInt8] = []
    private(set) var places: [Place] = []

    init(command: [Argument], repeated: Int) {
        for _ in 0..<repeated {
            for part in command.split(whereSeparator: \.isNext) {
                bytes.append(text: "*\(part.count)\r\n")
                for argument in part { append(argument) }
            }
        }
    }

    private mutating func append(_ argument: Argument) {
        switch argument {
        case .next:
            break
        case .text(let text):
            bytes.append(text: "$\(text.utf8.count)\r\n\(text)\r\n")
        case .number(let prefix, let source, let digits):
            bytes.append(text: "$\(prefix.utf8.count + digits)\r\n\(prefix)")
            places.append(Place(offset: bytes.count, source: source, isWide: digits == 9))
            bytes.append(text: String(repeating: "0", count: digits) + "\r\n")
        case .noise(let count):
            var random = RandomSource(seed: UInt64(bytes.count))
            bytes.append(text: "$\(count)\r\n")
            for _ in 0..<count { bytes.append(UInt8(ascii: "0") + UInt8(random.next() & 63)) }
            bytes.append(text: "\r\n")
        case .value(let count):
            bytes.append(text: "$\(count)\r\n")
            for index in 0..<count { bytes.append(UInt8(ascii: "a") + UInt8(index % 26)) }
            bytes.append(text: "\r\n")
        }
    }
}

/// Draws keys and writes their digits into requests, at a few nanoseconds a key, so that requests need not be kept in
/// memory by the million, where they would drive the server's data out of the shared cache.
struct KeyWriter: ~Copyable {
    enum Order: Sendable { case random, sequential }

    private let order: Order
    private let keyCount: UInt64
    private var state: UInt64
    private var next: UInt64 = 0
    private var last: UInt64 = 0
    /// For each number below 1000 its digits and a carriage return, which follows the last digit of a key anyway.
    private let triples = UnsafeMutablePointer<UInt32>.allocate(capacity: 1000)

    init(keyCount: Int, order: Order, seed: UInt64) {
        self.order = order
        self.keyCount = UInt64(keyCount)
        state = seed | 1
        for number in 0..<1000 {
            let digits = [number / 100, number / 10 % 10, number % 10].map { UInt32($0 + 0x30) }
            triples[number] = (digits[0] | digits[1] << 8 | digits[2] << 16 | 0x0D << 24).littleEndian
        }
    }

    deinit { triples.deallocate() }

    /// Gives every place of the requests in `buffer` new digits.
    @inline(__always)
    mutating func rewrite(
        _ buffer: UnsafeMutableRawPointer, at places: UnsafeBufferPointer<RequestTemplate.Place>
    ) {
        for place in places {
            last = draw(place.source)
            var (rest, offset) = (Int(truncatingIfNeeded: last), place.offset)
            if place.isWide {
                let millions = rest / 1_000_000
                buffer.storeBytes(of: triples[millions], toByteOffset: offset, as: UInt32.self)
                (rest, offset) = (rest &- millions &* 1_000_000, offset &+ 3)
            }
            let thousands = rest / 1000
            buffer.storeBytes(of: triples[thousands], toByteOffset: offset, as: UInt32.self)
            buffer.storeBytes(of: triples[rest &- thousands &* 1000], toByteOffset: offset &+ 3, as: UInt32.self)
        }
    }

    @inline(__always)
    private mutating func draw(_ source: NumberSource) -> UInt64 {
        switch source {
        case .ordered: nextKey()
        case .random(let first, let count): first &+ random(below: count)
        case .following(let distance): last &+ distance
        }
    }

    @inline(__always)
    private mutating func nextKey() -> UInt64 {
        switch order {
        case .random: return random(below: keyCount)
        case .sequential:
            let key = next
            next = next &+ 1 == keyCount ? 0 : next &+ 1
            return key
        }
    }

    /// Knuth's MMIX generator; its upper half, scaled.
    @inline(__always)
    private mutating func random(below count: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return ((state >> 32) &* count) >> 32
    }
}
