import Primitives

/// The server that this one is a replica of.
public struct PrimaryAddress: Equatable, Sendable {
    /// A name or an address.
    public var host: String
    /// The port for clients.
    public var port: Int

    /// From its parts.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A host and a port, or `no one`.
struct PrimaryKind: DirectiveKind {
    let typeName = "address"
    let valueRange = "host and port, or no one"
    let takesSeveralWords = true

    func read(_ words: [[UInt8]], over old: PrimaryAddress?, isRepeated: Bool) throws(Refusal) -> PrimaryAddress? {
        guard words.count == 2 else { throw Refusal("wrong number of arguments") }
        if words.map(\.lowercased.text) == ["no", "one"] { return nil }
        guard let port = words[1].withBytes(\.unsignedInteger), port <= 65535 else {
            throw Refusal("Invalid master port")
        }
        return PrimaryAddress(host: words[0].text, port: Int(port))
    }

    func text(_ value: PrimaryAddress?) -> [UInt8] { value.map { Array("\($0.host) \($0.port)".utf8) } ?? [] }
    func lines(_ value: PrimaryAddress?) -> [[UInt8]] { value.map { [text($0)] } ?? [] }
}
