// The choices of directives: the raw value of a case is the word that stands for it.

/// How much is logged.
public enum LogLevel: String, CaseIterable, Sendable { case debug, verbose, notice, warning, nothing }

/// What is removed when memory is short.
public enum EvictionPolicy: String, CaseIterable, Sendable {
    case volatileLRU = "volatile-lru"
    case volatileLFU = "volatile-lfu"
    case volatileRandom = "volatile-random"
    case volatileTTL = "volatile-ttl"
    case allKeysLRU = "allkeys-lru"
    case allKeysLFU = "allkeys-lfu"
    case allKeysRandom = "allkeys-random"
    case noEviction = "noeviction"
    /// Not in the reference: a small queue, a main queue and a ghost.
    case allKeysS3FIFO = "allkeys-s3fifo"
}

/// Who may use a command or change a directive that can harm the server.
public enum Permission: String, CaseIterable, Sendable {
    case no, yes, local

    /// Whether a client may, which is `isLocal` if it is connected over loopback or a Unix socket.
    public func allows(isLocal: Bool) -> Bool { self == .yes || self == .local && isLocal }
}

/// When the append-only file is forced to disk.
public enum FileSynchronization: String, CaseIterable, Sendable { case everySecond = "everysec", always, no }

/// How the server tells its supervisor that it runs.
public enum Supervision: String, CaseIterable, Sendable { case upstart, systemd, auto, no }

/// The part of the system log that is written to.
public enum SyslogFacility: String, CaseIterable, Sendable {
    case user, local0, local1, local2, local3, local4, local5, local6, local7
}

/// Where a replica puts a snapshot that it receives.
public enum DisklessLoad: String, CaseIterable, Sendable {
    case disabled
    case onEmptyDatabase = "on-empty-db"
    case swapDatabases = "swapdb"
}

/// How the kernel's choice of a victim is influenced.
public enum OOMScoreAdjustment: String, CaseIterable, Sendable { case no, yes, relative, absolute }

/// The channels of a user for whom no rule names any.
public enum ChannelDefault: String, CaseIterable, Sendable {
    case allChannels = "allchannels"
    case resetChannels = "resetchannels"
}

/// Whose dumps are checked in full before they are restored.
public enum PayloadCheck: String, CaseIterable, Sendable { case no, yes, clients }

/// How a cluster names its nodes to clients.
public enum EndpointType: String, CaseIterable, Sendable {
    case ip, hostname
    case unknownEndpoint = "unknown-endpoint"
}

/// What follows when a replicated command fails.
public enum PropagationErrorBehavior: String, CaseIterable, Sendable {
    case ignore, panic
    case panicOnReplicas = "panic-on-replicas"
}

/// Whether clients show a certificate.
public enum ClientCertificates: String, CaseIterable, Sendable { case no, yes, optional }

/// The field of a client's certificate that names its user.
public enum CertificateUser: String, CaseIterable, Sendable {
    case off
    case commonName = "cn"
}

/// The form of a log line.
public enum LogFormat: String, CaseIterable, Sendable { case legacy, logfmt, json }

/// The form of the time in a log line.
public enum LogTimestampFormat: String, CaseIterable, Sendable { case legacy, iso8601, milliseconds }

/// Whether a snapshot of a future version is refused.
public enum VersionCheck: String, CaseIterable, Sendable { case strict, relaxed }

/// What follows when the cluster's state cannot be saved.
public enum ConfigurationSaveBehavior: String, CaseIterable, Sendable {
    case sync
    case bestEffort = "best-effort"
}
