#if canImport(Glibc)
    import Glibc
#endif

/// How threads that serve a node share cores with it.
enum HelperThread {
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
