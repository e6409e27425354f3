import Primitives
import Storage
import Structures

/// The RDB file with which a file of the log may begin.
public enum AOFPreamble {
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
        var options = LoadingOptions()
        options.keepsExpired = true
        let receiver = KeyspaceReceiver(keyspace, options, loadLibrary: loadLibrary)
        return try read(bytes, into: receiver, databases: keyspace.databaseCount)
    }

    private static func read(
        _ bytes: Bytes, into receiver: any SnapshotReceiver, databases: Int
    ) throws(RDBError) -> Int {
        var loader = SnapshotLoader(bytes, databases: databases)
        while try !loader.run(into: receiver) {}
        return loader.position
    }
}

/// Throws everything away.
private final class NoReceiver: SnapshotReceiver {
    let limits = CollectionLimits(hash: KeyHash(seed: 0))

    func take(_ key: Bytes, _ value: LooseValue, _ facts: KeyFacts) { value.free() }
    func takeLibrary(_ code: Bytes) {}
    func takeFact(_ name: Bytes, _ value: Bytes) {}
}
