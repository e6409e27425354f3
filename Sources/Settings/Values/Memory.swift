import Primitives

/// Numbers of bytes as text: `k`, `m`, `g` count in thousands, `kb`, `mb`, `gb` in 1024, in either case.
public enum Memory {
    private static let units: [String: Int] = [
        "": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20, "g": 1_000_000_000, "gb": 1 << 30,
    ]

    /// The number of bytes that `text` says; nil if it says none, or more than an `Int` holds. No digits count as 0.
    public static func bytes(_ text: [UInt8]) -> Int? {
        let digits = Array(text.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        guard let unit = units[Array(text.dropFirst(digits.count)).lowercased.text] else { return nil }
        guard let count = digits.isEmpty ? 0 : Int(digits.text) else { return nil }
        let (bytes, overflowed) = count.multipliedReportingOverflow(by: unit)
        return overflowed ? nil : bytes
    }

    /// The shortest text that says `bytes` exactly.
    public static func text(_ bytes: Int) -> String {
        for (unit, size) in [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)] where bytes != 0 && bytes % size == 0 {
            return "\(bytes / size)\(unit)"
        }
        return String(bytes)
    }
}
