import Primitives
import Storage
import Structures

/// The RDB file with which a file of the log may begin.
public enum AOFPreamble {
    /// The file of a data set in which there is nothing.
    public static let empty: [UInt8] = {
        let content = Array("REDIS0010".utf8) + [RDBOpcode.end.rawValue]
        let sum = content.withBytes { CRC64.checksum($0, from: 0) }
        return content + (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
    }()

    /// Where it ends, in bytes; throws where it is no whole RDB file. Nothing of it is kept.
    public static func end(of bytes: Bytes) throws(RDBError) -> Int {
        try read(bytes, into: NoReceiver(), databases: .max)
    }

    /// Puts what it holds into a keyspace, keys whose time has come too, since what follows says when they went.
    /// - Parameter loadLibrary: what becomes of the code of a library.
    /// - Returns: where it ends, in bytes.
    public static func load(
        _ bytes: Bytes, into keyspace: Keyspace, loadLibrary: @escaping (Bytes) throws(RDBReason) -> Void = { _ in }
    ) throws(RDBError) -> Int {
        var loading = AOFPreambleLoading(bytes, into: keyspace, loadLibrary: loadLibrary)
        while try !loading.advance(most: .max) {}
        return loading.position
    }

    private static func read(
        _ bytes: Bytes, into receiver: any SnapshotReceiver, databases: Int
    ) throws(RDBError) -> Int {
        var loader = SnapshotLoader(bytes, databases: databases)
        while try !loader.run(into: receiver) {}
        return loader.position
    }
}

/// The RDB file with which a file of the log begins, on its way into a keyspace, a slice at a time.
public struct AOFPreambleLoading {
    private var loader: SnapshotLoader
    private let receiver: KeyspaceReceiver

    /// As `AOFPreamble.load`.
    public init(_ bytes: Bytes, into keyspace: Keyspace, loadLibrary: @escaping (Bytes) throws(RDBReason) -> Void) {
        var options = LoadingOptions()
        options.keepsExpired = true
        receiver = KeyspaceReceiver(keyspace, options, loadLibrary: loadLibrary)
        loader = SnapshotLoader(bytes, databases: keyspace.databaseCount)
    }

    /// How far it has come, in bytes; at its end, where commands begin.
    public var position: Int { loader.position }
    /// Memory that the data set took where the file was written, in bytes.
    public var usedMemory: Int { receiver.facts["used-mem"].flatMap { Int($0) } ?? 0 }

    /// Loads about `most` more bytes. Returns whether all of it is loaded.
    public mutating func advance(most: Int) throws(RDBError) -> Bool { try loader.run(into: receiver, most: most) }
}

/// Throws everything away.
private final class NoReceiver: SnapshotReceiver {
    let limits = CollectionLimits(hash: KeyHash(seed: 0))

    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) { value.free() }
    func takeLibrary(_ code: Bytes) {}
    func takeFact(_ name: Bytes, _ value: Bytes) {}
}
