/// A directive: its names, its default, the kind of its value, and how far this server heeds it.
public struct Directive<Value: Equatable & Sendable>: Sendable {
    /// The name that CONFIG REWRITE writes.
    public let name: String
    /// A second name, old or another server's, that is understood wherever the first one is.
    public let alias: String?
    /// The default.
    public let initial: Value
    /// Whether it has an effect.
    public let standing: Standing
    /// What is special about it.
    public let traits: DirectiveTraits

    let kind: any DirectiveKind<Value>
    /// Why a value of the right kind is refused all the same, or nil.
    let refusal: @Sendable (Value) -> String?
}

/// How far this server heeds a directive.
public enum Standing: Equatable, Sendable {
    /// It does what the reference's documentation says.
    case works
    /// It is read, kept, shown and written, and has no effect, for the reason given.
    case accepted(String)
}

/// What is special about a directive.
public struct DirectiveTraits: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Set at the start only: CONFIG SET refuses it.
    public static let fixed = DirectiveTraits(rawValue: 1)
    /// The value is a secret: logs do not show it.
    public static let sensitive = DirectiveTraits(rawValue: 2)
    /// CONFIG GET shows it only to who asks for its full name.
    public static let hidden = DirectiveTraits(rawValue: 4)
    /// CONFIG SET needs `enable-protected-configs`.
    public static let guarded = DirectiveTraits(rawValue: 8)
    /// CONFIG SET waits until the data set is loaded.
    public static let notWhileLoading = DirectiveTraits(rawValue: 16)
    /// CONFIG SET to the same value counts as a change (a file of that name may have changed).
    public static let reapplied = DirectiveTraits(rawValue: 32)
    /// Marked by the reference as one that tests turn.
    public static let debug = DirectiveTraits(rawValue: 64)
}

/// A directive of whatever type, for walking the table.
public protocol AnyDirective: Sendable {
    /// The name that CONFIG REWRITE writes.
    var name: String { get }
    /// A second name.
    var alias: String? { get }
    /// Whether it has an effect.
    var standing: Standing { get }
    /// What is special about it.
    var traits: DirectiveTraits { get }
    /// The type of its value in words, for documentation.
    var typeName: String { get }
    /// The values it takes, in words; empty where any value of the type will do.
    var valueRange: String { get }
    /// Whether its value is a list of words.
    var takesSeveralWords: Bool { get }

    /// The value as CONFIG GET shows it.
    func text(in settings: Settings) -> [UInt8]
    /// Whether the value is the default.
    func isInitial(in settings: Settings) -> Bool
    /// Whether two settings agree on the value.
    func hasSameValue(in left: Settings, and right: Settings) -> Bool
    /// Takes the value that `words` say.
    func read(_ words: [[UInt8]], into settings: inout Settings) throws(Refusal)
    /// Takes the value that the words of one line of a file say; some kinds add it to what earlier lines said.
    func readLine(_ words: [[UInt8]], into settings: inout Settings) throws(Refusal)
    /// What a file says after the directive for this value, one element a line; none where no line stands for it.
    func lines(in settings: Settings) -> [[UInt8]]
}

extension Directive: AnyDirective {
    /// What the documentation calls the type.
    public var typeName: String { kind.typeName }
    /// What the documentation says of the values.
    public var valueRange: String { kind.valueRange }
    /// Whether the value is more than one word.
    public var takesSeveralWords: Bool { kind.takesSeveralWords }

    /// The value as CONFIG GET shows it.
    public func text(in settings: Settings) -> [UInt8] { kind.text(settings[self]) }

    /// Whether the value is the default.
    public func isInitial(in settings: Settings) -> Bool { settings[self] == initial }

    /// Whether two settings agree in this directive.
    public func hasSameValue(in left: Settings, and right: Settings) -> Bool { left[self] == right[self] }

    /// Sets the value to what words say; throws where they make no sense.
    public func read(_ words: [[UInt8]], into settings: inout Settings) throws(Refusal) {
        try read(words, into: &settings, isRepeated: false)
    }

    /// Takes a line of a file, which may add to what earlier lines said.
    public func readLine(_ words: [[UInt8]], into settings: inout Settings) throws(Refusal) {
        try read(words, into: &settings, isRepeated: settings.namesRead.contains(name))
        settings.namesRead.insert(name)
    }

    /// The lines of a file that say the value.
    public func lines(in settings: Settings) -> [[UInt8]] { kind.lines(settings[self]) }

    private func read(_ words: [[UInt8]], into settings: inout Settings, isRepeated: Bool) throws(Refusal) {
        if !takesSeveralWords, words.count != 1 { throw Refusal("wrong number of arguments") }
        let value = try kind.read(words, over: settings[self], isRepeated: isRepeated)
        if let reason = refusal(value) { throw Refusal(reason) }
        settings[self] = value
    }
}
