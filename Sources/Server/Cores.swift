import Commands
import Primitives
import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// The nodes of a process (`cores`), each on a thread of its own. They begin and end together.
///
///     main thread: core 0 ─ signals ─▶ CoreGroup ─ wake ─▶ cores 1 …
final class CoreGroup: Sendable {
    let count: Int
    private let wakeUps: [WakeUp]
    private let ending = Locked<ShutdownOptions?>(nil)
    private let nextBeginning = Locked<Restart?>(nil)

    init(count: Int) {
        self.count = count
        wakeUps = (0..<count).map { _ in WakeUp(isBlocking: false) }
    }

    /// How the cores are to end; nil as long as they are not.
    var options: ShutdownOptions? { ending.withLock { $0 } }

    /// Has all cores end, as soon as one does.
    func end(_ options: ShutdownOptions) {
        let isNews = ending.withLock { ending in
            defer { ending = ending ?? options }
            return ending == nil
        }
        if isNews { for wakeUp in wakeUps { wakeUp.raise() } }
    }

    /// How the process begins anew after all have ended; nil for not at all.
    var restart: Restart? { nextBeginning.withLock { $0 } }

    /// Has the process begin anew after all have ended.
    func begin(anew restart: Restart) { nextBeginning.withLock { $0 = restart } }

    /// Readable when the cores are to end.
    func ending(of index: Int) -> WakeUp { wakeUps[index] }
}

/// Which of the nodes of a process one is.
struct Core: Sendable {
    let index: Int
    let group: CoreGroup

    /// The only one.
    static var only: Core { Core(index: 0, group: CoreGroup(count: 1)) }

    /// Readable when it is to end with the others.
    var ending: WakeUp { group.ending(of: index) }

    /// Whether it has the process's signals, and counts what belongs to no other core.
    var isFirst: Bool { index == 0 }

    /// What a core's settings are: ports count up from those of the first, and each of the others has files of its own, whose
    /// names end in its number.
    func settings(_ common: Settings) -> Settings {
        guard !isFirst else { return common }
        var own = common
        if own.port != 0 { own.port += index }
        if own.tlsPort != 0 { own.tlsPort += index }
        if own.clusterPort != 0 { own.clusterPort += index }
        if own.clusterAnnouncePort != 0 { own.clusterAnnouncePort += index }
        if own.clusterAnnounceTlsPort != 0 { own.clusterAnnounceTlsPort += index }
        if own.clusterAnnounceBusPort != 0 { own.clusterAnnounceBusPort += index }
        if own.clusterAnnounceClientPort != 0 { own.clusterAnnounceClientPort += index }
        if own.clusterAnnounceClientTlsPort != 0 { own.clusterAnnounceClientTlsPort += index }
        own.clusterConfigFile = numbered(common.clusterConfigFile)
        own.dbfilename = numbered(common.dbfilename)
        own.appenddirname = "\(common.appenddirname)-\(index)"
        if !common.unixsocket.isEmpty { own.unixsocket = numbered(common.unixsocket) }
        return own
    }

    /// A file's name with the core's number before its last dot.
    private func numbered(_ name: String) -> String {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        guard let dot = name[start...].lastIndex(of: "."), dot != start else { return "\(name)-\(index)" }
        return "\(name[..<dot])-\(index)\(name[dot...])"
    }
}

extension Settings {
    /// Throws where several cores cannot be.
    func checkCores() throws(SettingsError) {
        guard self.cores > 1 else { return }
        guard self.clusterEnabled else {
            throw failure(of: "cores", reason: "several cores are nodes of a cluster, which needs cluster-enabled yes")
        }
        let highest = max(self.port, self.tlsPort, self.clusterPort) + self.cores - 1
        guard highest <= 65_535 else {
            throw failure(of: "cores", reason: "\(self.cores) consecutive ports do not fit below 65536")
        }
    }
}

/// A thread that runs a core other than the first.
final class CoreThread {
    private var thread = pthread_t()
    private let outcome = Locked<Int32>(0)

    /// - Parameter body: what it does; returns an exit code.
    init(_ body: @escaping @Sendable () -> Int32) {
        let context = Unmanaged.passRetained(Context(body, outcome)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                let context = Unmanaged<Context>.fromOpaque(context!).takeRetainedValue()
                let code = context.body()
                context.outcome.withLock { $0 = code }
                return nil
            }, context)
    }

    private final class Context: Sendable {
        let body: @Sendable () -> Int32
        let outcome: Locked<Int32>

        init(_ body: @escaping @Sendable () -> Int32, _ outcome: Locked<Int32>) {
            (self.body, self.outcome) = (body, outcome)
        }
    }

    /// Waits for its end; the exit code.
    func join() -> Int32 {
        pthread_join(thread, nil)
        return outcome.withLock { $0 }
    }
}
