import Gossip
import Primitives

/// The cluster as commands need it; it stands on a floor above.
public protocol Clustered: AnyObject {
    /// What INFO shows of it.
    var figures: ClusterFigures { get }
    /// A client has published a message: other nodes hear of it.
    func didPublish(_ message: Bytes, to channel: Bytes, isSharded: Bool)
    /// Closes connections of the bus with a node: those that this node has opened, and those that the other has.
    func dropLinks(of name: Bytes, outbound: Bool, inbound: Bool) throws(CommandError)
    /// Loses messages of a kind from now on, by its number on the wire; -1 for none, -2 for all.
    func loseMessages(ofKind kind: Int)
    /// Says whether a connection is closed by which a message comes that is lost.
    func closeLinksWhenLosing(_ closes: Bool)
    /// Says whether nodes are pinged only where they have to be.
    func stopRandomPings(_ isStopped: Bool)
}

/// What INFO shows of the cluster's bus.
public struct ClusterFigures: Sendable {
    /// Connections of the bus.
    public var connections = 0
    /// Bytes of memory that they take.
    public var linkBytes = 0

    /// None.
    public init() {}
}

extension Node {
    /// Whether the node is one of a cluster.
    public var isClustered: Bool { settings.clusterEnabled }

    /// As INFO and HELLO name it.
    var mode: String { isClustered ? "cluster" : "standalone" }

    /// Hands a message of another node to those who listen here.
    public func deliver(_ message: [UInt8], to channel: [UInt8], isSharded: Bool) {
        message.withBytes { message in
            channel.withBytes { channel in
                _ = isSharded ? publishToShard(message, to: channel) : publish(message, to: channel)
            }
        }
    }
}
