/// How the tool ends; scripts rely on these numbers.
enum Outcome: Int32, Sendable {
    /// Done, and all is well.
    case done = 0
    /// Asked for and found: the cluster is not as it should be, or a part could not be done.
    case findings = 1
    /// A node was out of reach or refused.
    case failed = 2
    /// Nobody agreed to the plan, so nothing was changed.
    case refused = 3
    /// The command line makes no sense (EX_USAGE).
    case usage = 64
    /// Ctrl-C.
    case interrupted = 130
}

/// Why a command ended early.
struct AdminFailure: Error, Equatable {
    /// For people.
    var text: String
    var outcome: Outcome

    init(_ text: String, _ outcome: Outcome = .failed) {
        self.text = text
        self.outcome = outcome
    }
}
