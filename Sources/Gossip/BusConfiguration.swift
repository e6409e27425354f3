/// What the configuration says of the cluster.
public struct BusConfiguration: Equatable, Sendable {
    /// The ports that this node listens on.
    public var (port, tlsPort, busPort): (Int, Int, Int) = (6379, 0, 16379)
    /// Whether links of the cluster use TLS, so that the ports for TLS are the first.
    public var usesTLS = false
    /// `cluster-announce-ip`; empty for what is found out.
    public var announcedHost = ""
    /// `cluster-announce-port` and its kin; 0 for those that the node listens on.
    public var (announcedPort, announcedTLSPort, announcedBusPort) = (0, 0, 0)
    /// `cluster-announce-hostname` and `cluster-announce-human-nodename`; empty for none.
    public var (hostname, humanName) = ("", "")
    /// `cluster-announce-client-ipv4` and its kin.
    public var clientAddress = ClientAddress()
    /// `cluster-node-timeout`.
    public var nodeTimeoutMilliseconds: Int64 = 15_000
    /// `cluster-ping-interval`; 0 for the usual second.
    public var pingIntervalMilliseconds: Int64 = 0
    /// `cluster-message-gossip-perc`: how many of all nodes a ping tells of, in per cent.
    public var gossipPercent = 10
    /// `cluster-require-full-coverage`.
    public var requiresFullCoverage = true
    /// `cluster-replica-validity-factor`; 0 for data of any age.
    public var replicaValidityFactor: Int64 = 10
    /// `cluster-migration-barrier`: how many replicas a primary keeps that gives one away.
    public var migrationBarrier = 1
    /// `cluster-allow-replica-migration`.
    public var allowsReplicaMigration = true
    /// `cluster-replica-no-failover`.
    public var replicaNeverFailsOver = false
    /// How often a primary pings its replicas, as `repl-ping-replica-period` has it: a replica's data may be older by it.
    public var replicationPingMilliseconds: Int64 = 10_000
    /// Whether replicas follow their primaries through TLS.
    public var replicationUsesTLS = false
    /// What clients are told to reach nodes by.
    public var preferredEndpoint = PreferredEndpoint.address
    /// What is promised beyond elections; nothing by default.
    public var promise = PromiseRule()
    /// `cluster-blacklist-ttl`: for how long a node that was forgotten stays away.
    public var blacklistSeconds: Int64 = 60
    /// `cluster-manual-failover-timeout`.
    public var manualFailoverTimeoutMilliseconds: Int64 = 5000

    /// The defaults.
    public init() {}
}

/// What clients are told to reach nodes by: `cluster-preferred-endpoint-type`.
public enum PreferredEndpoint: Equatable, Sendable {
    /// The IP address.
    case address
    /// The hostname; `?` for a node that has none.
    case hostname
    /// Nothing: clients keep the host that they have.
    case unknown
}
