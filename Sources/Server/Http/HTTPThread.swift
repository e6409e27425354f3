import Monitoring
import Primitives
import Settings
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The thread of the HTTP port: one in the process, for all of its nodes. What it does keeps no node from its clients but for
/// the moment in which that one puts its figures together.
final class HTTPThread: Sendable {
    /// Raised when there are answers, or it is to end.
    let arrival = WakeUp(isBlocking: false)
    /// How many nodes the process is to have.
    let nodeCount: Int
    private let bus: BusThread?
    private let log: Log
    private let windows = Locked<[NodeWindow]>([])
    private let ending = Atomic<Bool>(false)
    private let ended = WakeUp(isBlocking: true)

    private init(nodeCount: Int, _ bus: BusThread?, _ log: Log) {
        (self.nodeCount, self.bus, self.log) = (nodeCount, bus, log)
    }

    /// Opens the port that the settings ask for, and serves it; nil where they ask for none.
    static func start(_ settings: Settings, _ log: Log, _ bus: BusThread?) throws(StartError) -> HTTPThread? {
        guard settings.httpPort != 0 else { return nil }
        var own = settings
        own.bind = settings.httpBind
        let listeners = try Listener.openTCP(own, port: settings.httpPort, .tcp, log)
        let thread = HTTPThread(nodeCount: settings.cores, bus, log)
        let descriptors = listeners.map(\.descriptor)
        guard HelperThread.startDetached({ thread.run(descriptors) }) else {
            throw StartError(reason: "no thread for the HTTP port: \(systemError())")
        }
        log.write(.notice, "Metrics, health and a page are served over HTTP on port \(settings.httpPort)")
        return thread
    }

    private func run(_ listeners: [Int32]) {
        HTTPLoop(self, listeners).run()
        ended.raise()
    }

    /// From here on a node can be asked.
    func open(_ window: NodeWindow) { windows.withLock { $0.append(window) } }

    /// The nodes that can be asked.
    var openWindows: [NodeWindow] { windows.withLock { $0 } }

    var isEnding: Bool { ending.load(ordering: .acquiring) }

    /// Closes the port, and waits until it is closed.
    func end() {
        ending.store(true, ordering: .releasing)
        arrival.raise()
        ended.take()
    }

    /// What is known beside the nodes.
    /// - Parameter own: the clock of the thread that asks.
    func surroundings(own: ThreadClock) -> Observation {
        var observation = Observation()
        observation.process = processFigures(own: own)
        observation.events = log.events
        return observation
    }

    private func processFigures(own: ThreadClock) -> ProcessFigures {
        var figures = ProcessFigures()
        figures.processID = Int(getpid())
        let environment = ProcessEnvironment(configurationFile: nil)
        figures.residentBytes = environment.residentBytes
        (figures.systemSeconds, figures.userSeconds) = environment.cpuSeconds
        figures.threads = [("bus", bus?.clock.seconds), ("http", own.seconds)].compactMap { name, seconds in
            seconds.map { (name, $0) }
        }
        figures.openDescriptors = HTTPThread.openDescriptors
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.mostDescriptors = Int(clamping: limit.rlim_cur)
        }
        return figures
    }

    private static var openDescriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // The directory itself, and those of its entries that stand for it and what is above.
        return max(0, count - 3)
    }
}
