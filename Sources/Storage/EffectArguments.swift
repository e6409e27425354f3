import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Memory that is filled from its beginning, and replaced by more where it is too small.
struct EffectMemory {
    var base: UnsafeMutableRawPointer
    var capacity: Int
    /// Bytes written.
    var count = 0
    /// Whether it was replaced, so that whoever has lent the first memory has to take this over.
    var isReplaced = false
    /// Bytes that its replacement has room for at least.
    private let leastReplacement: Int

    init(base: UnsafeMutableRawPointer, capacity: Int, leastReplacement: Int = 4096) {
        (self.base, self.capacity, self.leastReplacement) = (base, capacity, leastReplacement)
    }

    @inline(__always)
    mutating func reserve(_ more: Int) {
        if _slowPath(count + more > capacity) { grow(count + more) }
    }

    @inline(never)
    private mutating func grow(_ least: Int) {
        let wanted = max(least, capacity * 2, leastReplacement)
        guard let fresh = malloc(wanted) else { fatalError("no memory for effects") }
        memcpy(fresh, base, count)
        if isReplaced { free(base) }
        (base, capacity, isReplaced) = (fresh, wanted, true)
    }

    @inline(__always)
    mutating func append(_ bytes: Bytes) {
        reserve(bytes.count)
        memcpy(base + count, bytes.base, bytes.count)
        count += bytes.count
    }

    /// Appends `*3\r\n` or `$3\r\n`.
    @inline(__always)
    mutating func append(_ sign: UInt8, _ number: Int) {
        reserve(NumberText.longestInteger + 3)
        base.storeBytes(of: sign, toByteOffset: count, as: UInt8.self)
        if number < 10 {
            base.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: number), toByteOffset: count + 1, as: UInt8.self)
            count += 2
        } else {
            count += 1 + NumberText.write(UInt64(number), to: base + count + 1)
        }
        endLine()
    }

    @inline(__always)
    mutating func endLine() {
        reserve(2)
        base.storeBytes(of: 0x0A0D, toByteOffset: count, as: UInt16.self)
        count += 2
    }

    /// Makes room in front of what was written since `start`, and puts bytes there.
    mutating func insert(_ bytes: Bytes, at start: Int) {
        reserve(bytes.count)
        memmove(base + start + bytes.count, base + start, count - start)
        memcpy(base + start, bytes.base, bytes.count)
        count += bytes.count
    }
}

/// The arguments of one effect, written as a RESP array.
public struct EffectArguments {
    var memory: EffectMemory
    private let expected: Int
    private var written = 0

    @inline(__always)
    init(_ memory: EffectMemory, expected: Int) {
        self.memory = memory
        self.expected = expected
        self.memory.append(UInt8(ascii: "*"), expected)
    }

    /// Appends a command of `count` arguments, which `write` appends, to bytes.
    public static func append(_ count: Int, to bytes: inout [UInt8], _ write: (inout EffectArguments) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 8) { room in
            guard let base = room.baseAddress else { return }
            var arguments = EffectArguments(EffectMemory(base: base, capacity: room.count), expected: count)
            write(&arguments)
            let memory = arguments.finish()
            bytes.append(Bytes(base: memory.base, count: memory.count))
            if memory.isReplaced { free(memory.base) }
        }
    }

    /// Appends an argument.
    @inline(__always)
    public mutating func append(_ argument: Bytes) {
        memory.reserve(argument.count + NumberText.longestInteger + 5)
        memory.append(UInt8(ascii: "$"), argument.count)
        memory.append(argument)
        memory.endLine()
        written += 1
    }

    /// Appends a word.
    public mutating func append(_ word: StaticString) { append(Bytes(word)) }

    /// Appends a number's text.
    public mutating func append(_ number: Int64) {
        var room: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &room) { room in
            guard let base = room.baseAddress else { return }
            append(Bytes(base: base, count: NumberText.write(number, to: base)))
        }
    }

    func finish() -> EffectMemory {
        precondition(written == expected, "an effect has as many arguments as it announced")
        return memory
    }
}
