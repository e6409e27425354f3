import Settings

extension Survey {
    /// The connections of replicas.
    var replicaSessions: [Session] { node.sessions.values.filter(\.isReplica) }

    /// Bytes that the connections of replicas take.
    var replicaBytes: Int { replicaSessions.reduce(0) { $0 + $1.memoryBytes } }

    var replicaLines: [(name: String, value: String)] {
        replication.replicas.enumerated().map { index, replica in
            (
                "slave\(index)",
                "ip=\(replica.address),port=\(replica.port),state=\(replica.state),offset=\(replica.offset),"
                    + "lag=\(replica.lag)"
            )
        }
    }
}

extension Settings {
    /// Whether writes need replicas that have acknowledged something lately.
    public var wantsReplicas: Bool { self.minReplicasToWrite > 0 && self.minReplicasMaxLag > 0 }
}
