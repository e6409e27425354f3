import Primitives

/// Something that inputs are fed to. A target traps where what comes out cannot be.
protocol FuzzTarget {
    /// How it is called on the command line.
    static var name: String { get }

    init(seed: UInt64)

    /// Makes an input from random numbers and feeds it.
    mutating func run(_ random: inout RandomSource) -> FuzzOutcome
}

/// What became of an input.
enum FuzzOutcome {
    case taken
    case refused(String)
}

/// All of them.
var fuzzTargets: [any FuzzTarget.Type] {
    [
        ValueTarget.self, FileTarget.self, RestoreTarget.self, LogTarget.self, ManifestTarget.self,
        RequestTarget.self, SettingsTarget.self, BusTarget.self, NodesFileTarget.self,
        ClusterTarget.self,
    ]
}
