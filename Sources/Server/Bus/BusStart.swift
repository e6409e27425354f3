import Clustering
import Commands
import Encryption
import Gossip
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// What a node needs to take part in its cluster, from its settings and its file.
enum BusStart {
    /// Opens the sockets and the file of a node, and makes its machine.
    static func prepare(_ settings: Settings, _ thread: BusThread, _ log: Log) throws(StartError) -> BusPlan {
        let configuration = BusConfiguration(settings)
        guard configuration.busPort <= 65_535 else {
            throw StartError(
                reason:
                    "Redis port number too high for cluster mode. The cluster bus port is the port plus 10000 and has to "
                    + "be 65535 at most; use cluster-port to choose another.")
        }
        let place = try NodesPlace(settings.clusterConfigFile)
        let bus = try machine(configuration, place, log)
        if let reason = place.replace(with: bus.file.bytes(usesTLS: settings.tlsCluster)) {
            throw StartError(reason: "Fatal: can't update cluster config file \(place.path): \(reason)")
        }
        let terms = BusTerms(settings, try identities(settings, log))
        let shared = SharedBus(bus, wake: { [weak thread] in thread?.wake() })
        let post = BusPost(shared, port: configuration.busPort, terms)
        let listeners = try Listener.openBus(settings, port: configuration.busPort, log)
        return BusPlan(post: post, listeners: listeners, place: place, usesTLS: settings.tlsCluster, log: log)
    }

    private static func machine(
        _ configuration: BusConfiguration, _ place: NodesPlace, _ log: Log
    ) throws(StartError) -> ClusterBus {
        let bytes = try place.read()
        let seed = SystemRandomNumberGenerator.seed()
        if bytes.isEmpty {
            let bus = ClusterBus(configuration, seed: seed)
            log.write(.notice, "No cluster configuration found, I'm \(bus.name)")
            return bus
        }
        do throws(NodesFileError) {
            let file = try NodesFile(bytes, usesTLS: configuration.usesTLS)
            let bus = ClusterBus(configuration, file: file, seed: seed)
            log.write(.notice, "Node configuration loaded, I'm \(bus.name)")
            return bus
        } catch {
            throw StartError(
                reason: "Unrecoverable error: corrupted cluster config file \"\(place.path)\": \(error.report)")
        }
    }

    private static func identities(_ settings: Settings, _ log: Log) throws(StartError) -> BusIdentities? {
        do throws(SecurityError) {
            return try BusIdentities(settings)
        } catch {
            log.write(.warning, error.reason)
            throw StartError(reason: "Failed to configure TLS. Check logs for more info.")
        }
    }
}

extension BusConfiguration {
    /// What the directives say.
    init(_ settings: Settings) {
        self.init()
        usesTLS = settings.tlsCluster
        (port, tlsPort) = (settings.port, settings.tlsPort)
        let base = settings.tlsCluster ? settings.tlsPort : settings.port
        busPort = settings.clusterPort != 0 ? settings.clusterPort : base + BusConfiguration.busPortDistance
        announcedHost = settings.clusterAnnounceIp
        (announcedPort, announcedTLSPort) = (settings.clusterAnnouncePort, settings.clusterAnnounceTlsPort)
        announcedBusPort = settings.clusterAnnounceBusPort
        (hostname, humanName) = (settings.clusterAnnounceHostname, settings.clusterAnnounceHumanNodename)
        (clientAddress.ipv4, clientAddress.ipv6) = (
            settings.clusterAnnounceClientIpv4, settings.clusterAnnounceClientIpv6
        )
        clientAddress.port = settings.clusterAnnounceClientPort
        clientAddress.tlsPort = settings.clusterAnnounceClientTlsPort
        nodeTimeoutMilliseconds = Int64(settings.clusterNodeTimeout)
        pingIntervalMilliseconds = Int64(settings.clusterPingInterval)
        gossipPercent = settings.clusterMessageGossipPerc
        requiresFullCoverage = settings.clusterRequireFullCoverage
        replicaValidityFactor = Int64(settings.clusterReplicaValidityFactor)
        migrationBarrier = settings.clusterMigrationBarrier
        allowsReplicaMigration = settings.clusterAllowReplicaMigration
        replicaNeverFailsOver = settings.clusterReplicaNoFailover
        blacklistSeconds = Int64(settings.clusterBlacklistTtl)
        replicationPingMilliseconds = Int64(settings.replPingReplicaPeriod) * 1000
        replicationUsesTLS = settings.tlsReplication
        preferredEndpoint =
            switch settings.clusterPreferredEndpointType {
            case .ip: .address
            case .hostname: .hostname
            case .unknownEndpoint: .unknown
            }
        manualFailoverTimeoutMilliseconds = Int64(settings.clusterManualFailoverTimeout)
        // The primary has every write itself.
        let replicas = settings.promisedReplicas
        promise = PromiseRule(copies: settings.promiseCopies, acknowledgements: replicas == 0 ? 0 : replicas + 1)
    }

    /// How far the bus's port is from that for clients, where nobody has chosen another.
    private static let busPortDistance = 10_000
}

extension Listener {
    /// The sockets of the bus: one for each address.
    static func openBus(_ settings: Settings, port: Int, _ log: Log) throws(StartError) -> [Int32] {
        do throws(StartError) {
            return try openTCP(settings, port: port, .tcp, log).map(\.descriptor)
        } catch {
            throw StartError(
                reason: "Failed listening on port \(port) (cluster bus), aborting: \(error.reason)")
        }
    }
}
