import Primitives

#if canImport(Glibc)
    import Glibc
#endif

/// Threads that serve a node, and how they share cores with it.
enum HelperThread {
    /// Starts a thread that ends with `body`. Returns nil if the system gives none.
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        final class Context {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let context = Unmanaged.passRetained(Context(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Context>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context.toOpaque())
        if code == 0 { return thread }
        context.release()
        return nil
    }

    /// Starts a thread that nobody waits for. Returns whether the system gives one.
    @discardableResult
    static func startDetached(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let thread = start(body) else { return false }
        pthread_detach(thread)
        return true
    }

    /// The thread that calls this does not take a core from its node in the middle of a command, and shares it in a small part.
    static func yieldToNode(nice: Int32) {
        // SCHED_BATCH, which the C library shows to sources with GNU extensions only.
        let batch: Int32 = 3
        var parameters = sched_param()
        sched_setscheduler(0, batch, &parameters)
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, nice)
    }

    /// For what nobody waits for.
    static let niceOfDisposal: Int32 = 10
    /// For what becomes a third of a node that has all to do it can: with less, what it changes would gather.
    static let niceOfSaving: Int32 = 5
}

/// What a helper does with its requests.
protocol HelperWork: SendableMetatype {
    associatedtype Request: Sendable
    associatedtype Answer: Sendable

    mutating func carryOut(_ request: Request) -> Answer
    /// Whether the answer to a request is waited for when another one follows.
    func isAwaited(before next: Request) -> Bool
}

extension HelperWork {
    func isAwaited(before next: Request) -> Bool { true }
}

/// A helper thread that carries requests out in order. Answers wake the node's loop by `descriptor`.
///
///     submit ─▶ inbox ─▶ thread: work ─▶ outbox ─▶ takeAnswers
final class Helper<Work: HelperWork>: Sendable {
    private let inbox = Locked<[Work.Request]>([])
    private let outbox = Locked<[Work.Answer]>([])
    /// Requests that were handed in and are not carried out yet.
    private let unfinished = Locked(0)
    /// That there is work, and that there are answers.
    private let work = WakeUp(isBlocking: true)
    private let done: WakeUp
    /// What the loop watches: readable when there are answers.
    var descriptor: Int32 { done.descriptor }

    /// - Parameters:
    ///   - done: what is raised when there are answers; several helpers may share it.
    ///   - account: where the thread counts its memory.
    ///   - nice: how much it yields to the node; nil for not at all.
    ///   - begin: gives what does the work, on the thread.
    init(waking done: WakeUp, account: MemoryAccount?, nice: Int32?, _ begin: @escaping @Sendable () -> Work) {
        self.done = done
        HelperThread.startDetached { [self] in
            account?.join()
            if let nice { HelperThread.yieldToNode(nice: nice) }
            run(begin())
        }
    }

    /// Hands requests in.
    func submit(_ requests: [Work.Request]) {
        unfinished.withLock { $0 += requests.count }
        inbox.withLock { $0 += requests }
        work.raise()
    }

    /// Waits until everything is carried out, so many milliseconds at most; for the end of the process.
    func drain(milliseconds: Int) {
        for _ in 0..<milliseconds where unfinished.withLock({ $0 > 0 }) { usleep(1000) }
    }

    /// The answers since it was last asked.
    func takeAnswers() -> [Work.Answer] {
        done.take()
        return collect()
    }

    /// As `takeAnswers`, where somebody else has looked at `descriptor`.
    func collect() -> [Work.Answer] { Helper.takeAll(from: outbox) }

    /// Waits until there are answers, so many milliseconds at most; with nil as long as it takes.
    func waitForAnswers(milliseconds: Int?) -> [Work.Answer] { done.wait(milliseconds: milliseconds, for: takeAnswers) }

    private func run(_ work: consuming Work) {
        var worker = work
        while true {
            self.work.take()
            var requests = Array(Helper.takeAll(from: inbox).reversed())
            // What is done is let go of at once: it can be as much as a snapshot may have under way.
            while let request = requests.popLast() {
                let answer = worker.carryOut(request)
                outbox.withLock { $0.append(answer) }
                unfinished.withLock { $0 -= 1 }
                if let next = requests.last, !worker.isAwaited(before: next) { continue }
                done.raise()
            }
        }
    }

    private static func takeAll<Element>(from box: Locked<[Element]>) -> [Element] {
        box.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
}
