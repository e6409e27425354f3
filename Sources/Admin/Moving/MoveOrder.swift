import RESP

/// What a machine that moves slots wants next.
enum MoveOrder: Equatable {
    /// A command for a node; its reply is the next event.
    case ask(node: String, [[UInt8]])
    /// The same after a pause, in milliseconds.
    case askLater(node: String, [[UInt8]], milliseconds: Int)
    case done
    case failed(String)

    static func ask(_ node: String, _ words: String...) -> MoveOrder { .ask(node: node, words.map { Array($0.utf8) }) }
}

/// How keys are moved one by one.
struct KeyMoveOptions: Equatable, Sendable {
    /// Keys that one MIGRATE carries.
    var pipeline = 100
    /// How long MIGRATE may be silent, in milliseconds.
    var timeoutMilliseconds = 60_000
    /// Whether keys that are at the target already are overwritten.
    var replaces = false
    /// What MIGRATE says to authenticate at the target: nothing, AUTH or AUTH2.
    var authentication: [String] = []
}
