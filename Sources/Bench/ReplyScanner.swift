import Primitives

/// What a reply of a workload looks like.
struct ReplyShape: Sendable {
    /// Its length in bytes; where it varies, a usual one.
    let length: Int
    /// The byte that tells its type.
    let firstByte: UInt8
    /// Whether all have that length, so that nothing but the first byte needs to be looked at.
    let isFixed: Bool
    /// How many elements an array has; nil for any number, and for what is no array.
    let elements: Int?

    /// A reply of a known length.
    init(length: Int, firstByte: UInt8) {
        (self.length, self.firstByte, isFixed, elements) = (length, firstByte, true, nil)
    }

    /// Several replies of known lengths as one.
    init(_ replies: [String]) {
        self.init(length: replies.joined().utf8.count, firstByte: replies.joined().utf8.first ?? 0)
    }

    /// A reply whose length varies.
    private init(usualLength: Int, firstByte: UInt8, elements: Int? = nil) {
        (length, self.firstByte, isFixed, self.elements) = (usualLength, firstByte, false, elements)
    }

    static let ok = ReplyShape(length: "+OK\r\n".utf8.count, firstByte: UInt8(ascii: "+"))
    static let integer = ReplyShape(usualLength: 10, firstByte: UInt8(ascii: ":"))
    /// An integer of one digit.
    static let digit = ReplyShape(length: ":1\r\n".utf8.count, firstByte: UInt8(ascii: ":"))

    /// A string that is there, not a null.
    static func bulk(usualLength: Int) -> ReplyShape {
        ReplyShape(usualLength: usualLength, firstByte: UInt8(ascii: "$"))
    }

    /// An array of so many elements, strings or arrays of strings.
    static func array(_ elements: Int?, usualLength: Int) -> ReplyShape {
        ReplyShape(usualLength: usualLength, firstByte: UInt8(ascii: "*"), elements: elements)
    }
}

/// Counts replies in a stream and looks at the first byte of each, so that an error is seen at the place where it
/// stands. Replies of a known length are counted by it; others are followed value by value, nested arrays included.
struct ReplyScanner {
    let shape: ReplyShape
    /// The bytes still to come: of a reply of known length that has begun, or of the string under way.
    private var missing = 0
    /// The values still to come of the reply under way, those of nested arrays included; 0 between replies.
    private var values = 0
    /// The header line under way: its type, 0 before it; its number; whether it opens the reply.
    private var type: UInt8 = 0
    private var number = 0
    private var isNegative = false
    private var isOutermost = false

    init(_ shape: ReplyShape) { self.shape = shape }

    /// The number of replies that end within `bytes`, which continue the stream.
    @inline(__always)
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(BenchmarkFailure) -> Int {
        try shape.isFixed ? scanByLength(bytes) : scanByValue(bytes)
    }

    @inline(__always)
    private mutating func scanByLength(_ bytes: UnsafeRawBufferPointer) throws(BenchmarkFailure) -> Int {
        if bytes.count < missing {
            missing -= bytes.count
            return 0
        }
        var completed = missing > 0 ? 1 : 0
        var position = missing
        while position < bytes.count {
            guard bytes[position] == shape.firstByte else { throw ReplyScanner.failure(bytes, at: position) }
            position &+= shape.length
            completed &+= 1
        }
        missing = position &- bytes.count
        return missing > 0 ? completed &- 1 : completed
    }

    private mutating func scanByValue(_ bytes: UnsafeRawBufferPointer) throws(BenchmarkFailure) -> Int {
        var completed = 0
        var position = 0
        while position < bytes.count {
            if missing > 0 {
                let step = min(missing, bytes.count &- position)
                position &+= step
                missing &-= step
                if missing == 0 { completed &+= endValue() }
                continue
            }
            let byte = bytes[position]
            if type == 0 {
                try beginHeader(byte, bytes, at: position)
            } else if byte == 0x0A {
                completed &+= try endHeader()
            } else if byte &- 0x30 < 10 {
                number = number &* 10 &+ Int(byte &- 0x30)
            } else if byte == UInt8(ascii: "-") {
                isNegative = true
            }
            position &+= 1
        }
        return completed
    }

    @inline(__always)
    private mutating func beginHeader(
        _ byte: UInt8, _ bytes: UnsafeRawBufferPointer, at position: Int
    ) throws(BenchmarkFailure) {
        isOutermost = values == 0
        if isOutermost {
            guard byte == shape.firstByte else { throw ReplyScanner.failure(bytes, at: position) }
            values = 1
        }
        (type, number, isNegative) = (byte, 0, false)
    }

    /// Returns 1 where the reply ends with this line.
    @inline(__always)
    private mutating func endHeader() throws(BenchmarkFailure) -> Int {
        let kind = type
        type = 0
        switch kind {
        case UInt8(ascii: "$"):
            try checkOutermost()
            if isNegative { return endValue() }
            missing = number &+ 2
            return 0
        case UInt8(ascii: "*"):
            try checkOutermost()
            if !isNegative { values &+= number }
            return endValue()
        default:
            return endValue()
        }
    }

    /// A reply that is null or of another size says that the data are not those that were to be measured.
    @inline(__always)
    private func checkOutermost() throws(BenchmarkFailure) {
        guard isOutermost else { return }
        if isNegative { throw BenchmarkFailure("a null reply") }
        if let elements = shape.elements, elements != number {
            throw BenchmarkFailure("an array of \(number) elements instead of \(elements)")
        }
    }

    @inline(__always)
    private mutating func endValue() -> Int {
        values &-= 1
        return values == 0 ? 1 : 0
    }

    private static func failure(_ bytes: UnsafeRawBufferPointer, at position: Int) -> BenchmarkFailure {
        let line = bytes[position...].prefix(200).prefix { $0 != UInt8(ascii: "\r") }
        let kind = bytes[position] == UInt8(ascii: "-") ? "an error reply" : "an unexpected reply"
        return BenchmarkFailure("\(kind): \(String(decoding: line, as: UTF8.self))")
    }
}
