import Settings

/// How a log is kept: what the directives say.
public struct AOFOptions: Equatable, Sendable {
    /// The directory of the log's files.
    public var directory: String
    /// What the names of its files begin with.
    public var prefix: String
    /// When what was written is forced to the disk.
    public var synchronization: FileSynchronization = .everySecond
    /// Whether times are noted.
    public var hasTimestamps = false
    /// Whether a base is an RDB file; otherwise commands.
    public var hasRDBBase = true
    /// Whether nothing is forced to the disk once a second while a base is written.
    public var restsWhileRewriting = false

    /// With everything else as it is by default.
    public init(directory: String, prefix: String) {
        self.directory = directory
        self.prefix = prefix
    }

    /// The path of one of its files.
    public func path(_ name: String) -> String { "\(directory)/\(name)" }
    /// The path of the file that holds the manifest.
    public var manifestPath: String { path("\(prefix).manifest") }
    var temporaryManifestPath: String { path("temp-\(prefix).manifest") }
    /// Where a base stands until it is whole.
    var temporaryBasePath: String { path("temp-\(prefix).base") }
}
