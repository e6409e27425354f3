import Primitives

/// A script that was compiled.
final class Script {
    let name: ScriptName
    let body: [UInt8]
    let bodyHash: UInt64
    /// Where the interpreter keeps it.
    let reference: Int32
    /// What its first line says; nil without one.
    let flags: ScriptFlags?
    /// Whether SCRIPT LOAD has brought it: then it stays until SCRIPT FLUSH.
    var isLoaded: Bool
    /// The 40 digits of the name.
    let digits = UnsafeMutableRawPointer.allocate(byteCount: 40, alignment: 1)
    /// Rises with each use; for those that EVAL has brought.
    var lastUse: UInt64 = 0

    init(
        name: ScriptName, body: [UInt8], bodyHash: UInt64, reference: Int32, flags: ScriptFlags?, isLoaded: Bool
    ) {
        self.name = name
        self.body = body
        self.bodyHash = bodyHash
        self.reference = reference
        self.flags = flags
        self.isLoaded = isLoaded
        name.write(to: digits)
    }

    deinit { digits.deallocate() }
}

/// The SHA-1 of a script, which is its name.
struct ScriptName: Hashable {
    private let words: (UInt64, UInt64, UInt32)

    /// From 40 hexadecimal digits, in any case; nil from anything else.
    init?(_ digits: Bytes) {
        guard digits.count == 40 else { return nil }
        var value = (UInt64(0), UInt64(0), UInt32(0))
        for index in 0..<40 {
            guard let digit = ScriptName.value(of: digits[index]) else { return nil }
            switch index {
            case ..<16: value.0 = value.0 << 4 | UInt64(digit)
            case ..<32: value.1 = value.1 << 4 | UInt64(digit)
            default: value.2 = value.2 << 4 | UInt32(digit)
            }
        }
        words = value
    }

    /// The name of a script.
    init(of body: Bytes) {
        let digest = SHA1.digest(body)
        func word(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
        words = (word(0..<8), word(8..<16), UInt32(word(16..<20)))
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }

    /// The 40 digits, in lower case.
    func write(to target: UnsafeMutableRawPointer) {
        let digits: StaticString = "0123456789abcdef"
        for index in 0..<40 {
            let word = index < 16 ? words.0 : index < 32 ? words.1 : UInt64(words.2) << 32
            let nibble = Int(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 15
            target.storeBytes(of: digits.utf8Start[nibble], toByteOffset: index, as: UInt8.self)
        }
    }

    /// The 40 digits, in lower case.
    var text: String {
        String(unsafeUninitializedCapacity: 40) {
            write(to: UnsafeMutableRawPointer($0.baseAddress!))
            return 40
        }
    }

    static func == (left: ScriptName, right: ScriptName) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Compiled scripts, found by name or by text.
struct ScriptCache {
    private var byName: [ScriptName: Script] = [:]
    private var byBody: [UInt64: Script] = [:]
    private var uses: UInt64 = 0
    /// Scripts that EVAL has brought.
    private var passingCount = 0
    /// Bytes of all scripts.
    private(set) var byteCount = 0
    private(set) var evictedCount = 0

    /// How many scripts of EVAL are kept: who builds texts instead of passing arguments must not fill the memory.
    static let mostPassing = 500

    var count: Int { byName.count }

    /// The script with a name.
    mutating func find(_ name: ScriptName) -> Script? { byName[name].map { use($0) } }

    /// The script with a text, whose hash is given.
    mutating func find(_ body: Bytes, hash: UInt64) -> Script? {
        guard let script = byBody[hash], script.body.withBytes({ $0 == body }) else { return nil }
        return use(script)
    }

    private mutating func use(_ script: Script) -> Script {
        uses &+= 1
        script.lastUse = uses
        return script
    }

    /// Adds a script; returns one that had to go.
    mutating func insert(_ script: Script) -> Script? {
        let evicted = !script.isLoaded && passingCount >= ScriptCache.mostPassing ? oldestPassing : nil
        if let evicted {
            remove(evicted)
            evictedCount += 1
        }
        byName[script.name] = script
        byBody[script.bodyHash] = script
        byteCount += script.body.count
        if !script.isLoaded { passingCount += 1 }
        _ = use(script)
        return evicted
    }

    /// Keeps a script until SCRIPT FLUSH.
    mutating func keep(_ script: Script) {
        if !script.isLoaded { passingCount -= 1 }
        script.isLoaded = true
    }

    private var oldestPassing: Script? {
        byName.values.filter { !$0.isLoaded }.min { $0.lastUse < $1.lastUse }
    }

    private mutating func remove(_ script: Script) {
        byName[script.name] = nil
        if byBody[script.bodyHash] === script { byBody[script.bodyHash] = nil }
        byteCount -= script.body.count
        passingCount -= 1
    }

    /// Forgets all scripts and returns them.
    mutating func removeAll() -> [Script] {
        defer {
            byName = [:]
            byBody = [:]
            (passingCount, byteCount) = (0, 0)
        }
        return Array(byName.values)
    }
}
