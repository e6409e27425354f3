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
    /// Whether nothing is forced to the disk while a base is written, so that `always` promises nothing meanwhile.
    public var restsWhileRewriting = false
    /// Whether the disk is given a base as it grows, so that its end is not held up by all of it.
    public var writesBaseOut = true

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
    /// Where a base stands until it is whole. An action that is left over from a base that was given up does not touch the
    /// next one.
    func temporaryPath(_ base: AOFFile) -> String { path("temp-\(base.name)") }
}
