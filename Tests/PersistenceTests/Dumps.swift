import Commands
import Primitives
import RESP
import Storage

@testable import Persistence

extension TestNode {
    /// A node that dumps and restores.
    static func withDumps() -> TestNode { TestNode(families: allFamilies + persistenceFamilies) }

    /// Runs a command whose arguments may be any bytes.
    @discardableResult
    func run(bytes arguments: [[UInt8]]) -> Reply {
        var request = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments { request += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10] }
        client.send(request)
        return client.replies().last ?? .null
    }

    /// What DUMP says of a key; empty where there is none.
    func dump(_ key: String) -> [UInt8] {
        guard case .bulk(let payload) = run("DUMP", key) else { return [] }
        return payload
    }

    /// Runs RESTORE, with options as words.
    @discardableResult
    func restore(_ key: String, _ ttl: Int64, _ payload: [UInt8], _ options: String = "") -> Reply {
        run(
            bytes: [Array("RESTORE".utf8), Array(key.utf8), Array(String(ttl).utf8), payload]
                + options.split(separator: " ").map { Array($0.utf8) })
    }

    /// The entry of a key.
    func entry(_ key: String) -> Entry? {
        let keyspace = node.keyspace
        return Array(key.utf8).withBytes { keyspace.live(keyspace.key($0), 0) }
    }

    /// The digest of a key's value.
    func digest(_ key: String) -> [UInt8]? { entry(key).map { DataDigest.digest(of: $0) } }
}

/// A payload with these contents and a footer.
func payload(_ contents: [UInt8], version: Int = 10) -> [UInt8] {
    var writer = RDBWriter()
    contents.withBytes { writer.raw($0) }
    Footer.write(version: version, to: &writer)
    return Array(writer.bytes)
}

/// The contents of a payload, without its footer.
func contents(_ payload: [UInt8]) -> [UInt8] { Array(payload.dropLast(Footer.size)) }

extension [UInt8] {
    /// The bytes of a text, each of whose characters is one.
    init(latin text: String) { self = text.unicodeScalars.map { UInt8($0.value) } }
}
