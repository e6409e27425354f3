import Glibc
import Primitives

@testable import Server

/// The files of the system, whose fsyncs wait while a gate is shut, and of which a test makes some calls fail.
final class GatedFiles: FileLayer {
    private struct State {
        var isShut = false
        var looksLeft: Int?

        /// Whether an fsync has to wait.
        mutating func looks() -> Bool {
            if let left = looksLeft {
                looksLeft = left - 1
                if left <= 0 { (isShut, looksLeft) = (false, nil) }
            }
            return isShut
        }
        var failures: [String: Int32] = [:]
        /// Microseconds that a call takes longer.
        var delay: UInt32 = 0
        var synchronizations = 0
    }

    private let system = SystemFiles()
    private let state = Locked(State())

    /// Fsyncs wait until the gate is opened.
    func shut() { state.withLock { $0.isShut = true } }
    func open() { state.withLock { $0.isShut = false } }

    /// Opens the gate after whoever stands before it has looked so many times more, about a fifth of a millisecond each.
    func open(afterLooks looks: Int) { state.withLock { $0.looksLeft = looks } }

    /// From here on a call fails with this number; with nil it succeeds again.
    func fail(_ call: String, _ error: Int32?) { state.withLock { $0.failures[call] = error } }

    /// From here on calls take longer, by so many microseconds.
    func slowDown(_ delay: UInt32) { state.withLock { $0.delay = delay } }

    /// Fsyncs of files so far.
    var synchronizations: Int { state.withLock { $0.synchronizations } }

    private func error(_ call: String) -> Int32? {
        let (delay, error) = state.withLock { ($0.delay, $0.failures[call]) }
        if delay > 0 { usleep(delay) }
        return error.map { -$0 }
    }

    func open(_ path: String, _ flags: Int32) -> Int32 { error("open") ?? system.open(path, flags) }
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        error("write").map(Int.init) ?? system.write(descriptor, bytes)
    }
    func synchronize(_ descriptor: Int32) -> Int32 {
        while state.withLock({ $0.looks() }) { usleep(200) }
        state.withLock { $0.synchronizations += 1 }
        return error("synchronize") ?? system.synchronize(descriptor)
    }
    func truncate(_ descriptor: Int32, _ size: Int) -> Int32 { system.truncate(descriptor, size) }
    func close(_ descriptor: Int32) -> Int32 { system.close(descriptor) }
    func rename(_ old: String, _ new: String) -> Int32 { error("rename") ?? system.rename(old, new) }
    func remove(_ path: String) -> Int32 { system.remove(path) }
}
