import Access
import Primitives
import Settings
import Storage

// What the node takes from its settings.

extension Node {
    /// Reads again what the hot path needs of the settings, after they were changed.
    func adoptSettings() {
        slowTicks = slowThreshold()
    }

    private func slowThreshold() -> UInt64 {
        guard limits.slowMicroseconds >= 0 || latency.threshold > 0 else { return .max }
        var microseconds = limits.slowMicroseconds >= 0 ? limits.slowMicroseconds : Int64.max / 1_000_000
        if latency.threshold > 0 { microseconds = min(microseconds, latency.threshold * 1000) }
        return UInt64(Double(microseconds) * 1000 / tick)
    }

    /// Why a protected command may not run; nil if it may.
    func protectedRefusal(_ session: Session, _ record: UnsafeMutablePointer<CommandRecord>) -> String? {
        nil
    }
}

extension Settings {
    var databaseCount: Int { 16 }
    var renamedCommands: [String: String] { [:] }
}
