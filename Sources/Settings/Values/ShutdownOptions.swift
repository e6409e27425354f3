import Primitives

/// What a signal to end does beyond the default, which is to save if there are save points.
public struct ShutdownOptions: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Save in any case.
    public static let save = ShutdownOptions(rawValue: 1)
    /// Do not save.
    public static let noSave = ShutdownOptions(rawValue: 2)
    /// Do not wait for replicas that lag.
    public static let now = ShutdownOptions(rawValue: 4)
    /// Ignore errors that would otherwise keep the server running.
    public static let force = ShutdownOptions(rawValue: 8)
    /// Keep running where ending would harm the cluster.
    public static let safe = ShutdownOptions(rawValue: 16)
    /// Hand over to a replica before.
    public static let failover = ShutdownOptions(rawValue: 32)

    static let words: [(word: String, option: ShutdownOptions)] = [
        ("default", []), ("save", .save), ("nosave", .noSave), ("now", .now), ("force", .force),
        ("safe", .safe), ("failover", .failover),
    ]
}

/// Words for options, or `default`.
struct ShutdownKind: ListKind {
    typealias Value = ShutdownOptions

    let typeName = "choices"
    var valueRange: String { ShutdownOptions.words.map(\.word).joined(separator: ", ") }

    func read(_ words: [[UInt8]]) throws(Refusal) -> ShutdownOptions {
        var options: ShutdownOptions = []
        for word in words { options.formUnion(try option(word)) }
        if words.isEmpty { _ = try option([]) }
        if options.isSuperset(of: [.save, .noSave]) {
            throw Refusal("shutdown options SAVE and NOSAVE can't be used simultaneously")
        }
        return options
    }

    private func option(_ word: [UInt8]) throws(Refusal) -> ShutdownOptions {
        guard let found = ShutdownOptions.words.first(where: { $0.word == word.lowercased.text }) else {
            throw Refusal("argument(s) must be one of the following: \(valueRange)")
        }
        return found.option
    }

    func words(_ value: ShutdownOptions) -> [String] {
        if value.isEmpty { return ["default"] }
        return ShutdownOptions.words.filter { !$0.option.isEmpty && value.contains($0.option) }.map(\.word)
    }
}
