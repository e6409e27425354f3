import Primitives

extension User {
    /// The flags, as rules.
    public var flags: [String] {
        [isOn ? "on" : "off"] + (acceptsAnyPassword ? ["nopass"] : [])
            + [skipsPayloadCheck ? "skip-sanitize-payload" : "sanitize-payload"]
    }

    /// The rules that make this user again, passwords as hashes.
    public var rules: [UInt8] {
        let root = selectors[0].description
        let others = selectors.dropFirst().map { [UInt8(ascii: "(")] + $0.description + [UInt8(ascii: ")")] }
        let hashes = passwords.map { [UInt8(ascii: "#")] + $0.hexadecimal }
        return (flags.map { Array($0.utf8) } + hashes + [root] + others).joinedByBlanks
    }

    /// The line of a file of users: `user name rules`.
    public var line: [UInt8] { Array("user ".utf8) + name + [0x20] + rules }
}
