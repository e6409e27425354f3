import Glibc
import Synchronization

/// Ctrl-C: the first ends the work at the next place where nothing is left half done, the second at once.
enum Interruption {
    private static let hasCome = Atomic<Bool>(false)

    static func listen() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if Interruption.hasCome.exchange(true, ordering: .relaxed) { _exit(Outcome.interrupted.rawValue) }
            }
        }
    }

    static var isWanted: Bool { hasCome.load(ordering: .relaxed) }

    /// - Throws: if the work shall end here.
    static func check() throws(AdminFailure) {
        if isWanted { throw AdminFailure("Interrupted. Nothing is left half done.", .interrupted) }
    }
}
