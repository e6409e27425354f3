import Primitives

/// How much memory all clients may take together.
public enum ClientMemoryLimit: Equatable, Sendable {
    /// So many bytes; 0 for no limit.
    case bytes(Int)
    /// So many hundredths of `maxmemory`, from 1 to 100.
    case percent(Int)
}

/// A number of bytes with a unit if wanted, or a percentage.
struct ClientMemoryKind: OneWordKind {
    let typeName = "memory or percentage"
    let valueRange = "memory, or 0% to 100% of maxmemory"

    func read(_ word: [UInt8]) throws(Refusal) -> ClientMemoryLimit {
        if word.count > 1, word.last == UInt8(ascii: "%"), let percent = Array(word.dropLast()).withBytes(\.integer),
            percent >= 0
        {
            if percent > 100 { throw Refusal("percentage argument must be less or equal to 100") }
            return percent == 0 ? .bytes(0) : .percent(Int(percent))
        }
        guard let bytes = Memory.bytes(word) else { throw Refusal("argument must be a memory or percent value") }
        return .bytes(bytes)
    }

    func text(_ value: ClientMemoryLimit) -> [UInt8] {
        switch value {
        case .bytes(let bytes): Array(String(bytes).utf8)
        case .percent(let percent): Array("\(percent)%".utf8)
        }
    }

    func lines(_ value: ClientMemoryLimit) -> [[UInt8]] {
        guard case .bytes(let bytes) = value else { return [text(value)] }
        return [Array(Memory.text(bytes).utf8)]
    }
}
