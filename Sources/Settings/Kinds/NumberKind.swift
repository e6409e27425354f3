import Primitives

/// A whole number in a range.
struct NumberKind: OneWordKind {
    let range: ClosedRange<Int>
    /// What the value is brought into after it has been found in range.
    let bounds: ClosedRange<Int>

    let typeName = "number"
    var valueRange: String { "\(range.lowerBound) to \(range.upperBound)" }

    func read(_ word: [UInt8]) throws(Refusal) -> Int {
        guard let number = word.withBytes(\.integer) else {
            throw Refusal("argument couldn't be parsed into an integer")
        }
        let value = Int(number)
        try check(value, in: range)
        return value.held(within: bounds)
    }

    func text(_ value: Int) -> [UInt8] { Array(String(value).utf8) }
}

/// A number in base 8, as file permissions are written.
struct OctalKind: OneWordKind {
    let range: ClosedRange<Int>

    let typeName = "octal number"
    var valueRange: String { "\(String(range.lowerBound, radix: 8)) to \(String(range.upperBound, radix: 8))" }

    func read(_ word: [UInt8]) throws(Refusal) -> Int {
        guard let value = Int(word.text, radix: 8) else {
            throw Refusal("argument couldn't be parsed as an octal number")
        }
        try check(value, in: range, radix: 8)
        return value
    }

    func text(_ value: Int) -> [UInt8] { Array(String(value, radix: 8).utf8) }
}

/// A number of bytes, with a unit if wanted.
struct MemoryKind: OneWordKind {
    let range: ClosedRange<Int>
    /// What the value is brought into after it has been found in range.
    let bounds: ClosedRange<Int>

    let typeName = "memory"
    var valueRange: String { "\(range.lowerBound) to \(range.upperBound), with k, kb, m, mb, g or gb" }

    func read(_ word: [UInt8]) throws(Refusal) -> Int {
        guard let bytes = Memory.bytes(word) else { throw Refusal("argument must be a memory value") }
        try check(bytes, in: range)
        return bytes.held(within: bounds)
    }

    func text(_ value: Int) -> [UInt8] { Array(String(value).utf8) }
    func lines(_ value: Int) -> [[UInt8]] { [Array(Memory.text(value).utf8)] }
}

private func check(_ value: Int, in range: ClosedRange<Int>, radix: Int = 10) throws(Refusal) {
    guard !range.contains(value) else { return }
    let least = String(range.lowerBound, radix: radix)
    let most = String(range.upperBound, radix: radix)
    throw Refusal("argument must be between \(least) and \(most) inclusive")
}

extension Int {
    /// The nearest number in `bounds`.
    fileprivate func held(within bounds: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, bounds.lowerBound), bounds.upperBound)
    }
}
