// Scripting: EVAL, SCRIPT, FUNCTION and FCALL on the interpreter of CLua. Imports Commands and what lies below, and CLua,
// which nobody else sees.
import Commands

/// The commands of this module, to be joined with those of Commands.
public let scriptingFamilies: [[Command]] = [evalCommands, scriptCommands, functionCommands]

/// What a script or a function has declared of itself.
struct ScriptFlags: OptionSet {
    let rawValue: UInt32

    /// Never writes.
    static let noWrites = ScriptFlags(rawValue: 1 << 0)
    /// May run where no memory is left.
    static let allowsOutOfMemory = ScriptFlags(rawValue: 1 << 1)
    /// May run on a replica with stale data.
    static let allowsStaleData = ScriptFlags(rawValue: 1 << 2)
    /// Does not run in a cluster.
    static let noCluster = ScriptFlags(rawValue: 1 << 3)
    /// May touch keys of several slots.
    static let allowsCrossSlotKeys = ScriptFlags(rawValue: 1 << 4)

    /// The names, in the order of the bits.
    static let names = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"]

    /// The flag with a name; nil for none.
    init?(named name: Substring) {
        guard let index = ScriptFlags.names.firstIndex(where: { $0 == name }) else { return nil }
        self.init(rawValue: 1 << UInt32(index))
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The names of those that are set.
    var names: [String] { ScriptFlags.names.enumerated().filter { rawValue >> $0.offset & 1 == 1 }.map(\.element) }
}

/// What a script may do while it runs.
struct ScriptRights {
    let mayWrite: Bool
    /// Whether its commands may take memory where there is none.
    let mayExceedMemory: Bool
    /// Whether its commands may use keys of several slots.
    let mayCrossSlots: Bool

    /// By what it has declared, if anything, and by the command that runs it.
    init(_ declared: ScriptFlags?, isReadOnly: Bool) {
        let flags = declared ?? []
        mayWrite = !isReadOnly && !flags.contains(.noWrites)
        mayExceedMemory = flags.contains(.allowsOutOfMemory)
        mayCrossSlots = declared?.contains(.allowsCrossSlotKeys) ?? true
    }
}
