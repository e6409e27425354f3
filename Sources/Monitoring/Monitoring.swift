// Monitoring: what is shown of a process over HTTP, as values and texts: metrics, health, the page, and a connection as a
// machine. Opens no socket and reads no clock. May import Clustering, Commands and what lies below, and SwiftNIO's HTTP parser.
import Clustering
import Commands

/// A process at a moment.
public struct Observation: Sendable {
    /// What its threads share.
    public var process = ProcessFigures()
    /// The nodes that have answered.
    public var nodes: [NodeObservation] = []
    /// The ports of those that have not.
    public var silentPorts: [Int] = []
    /// What has happened of late, the newest first.
    public var events: [LoggedEvent] = []

    /// Nothing seen.
    public init() {}
}

/// A node at a moment.
public struct NodeObservation: Sendable {
    /// Its figures.
    public var figures: NodeFigures
    /// What the page shows beside them; nil where nobody has asked.
    public var details: NodeDetails?
    /// Its migrations, the newest first.
    public var migrations: [MigrationFigures] = []
    /// The cluster as it sees it; nil where there is none.
    public var cluster: ClusterPicture?

    /// A node with these figures.
    public init(_ figures: NodeFigures) { self.figures = figures }

    /// What names it among the nodes of its process.
    public var port: Int { figures.health.port }
}

/// What concerns a process as a whole.
public struct ProcessFigures: Sendable {
    /// Its number.
    public var processID = 0
    /// Bytes in physical memory.
    public var residentBytes = 0
    /// CPU time in seconds.
    public var (systemSeconds, userSeconds) = (0.0, 0.0)
    /// CPU time of threads by their names, in seconds; that of the nodes is theirs to tell.
    public var threads: [(name: String, seconds: Double)] = []
    /// Descriptors that are open, and how many may be.
    public var (openDescriptors, mostDescriptors) = (0, 0)

    /// Nothing known.
    public init() {}
}
