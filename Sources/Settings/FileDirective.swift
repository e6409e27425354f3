/// A directive that a file may have and that is not a value: CONFIG GET and SET do not know it.
public struct FileDirective: Sendable {
    /// What a line of it does.
    enum Effect: Sendable { case include, rename, user, module, nothing }

    /// The name.
    public let name: String
    /// What follows the name, in words.
    public let usage: String
    /// Whether it has an effect.
    public let standing: Standing

    let wordCount: ClosedRange<Int>
    let effect: Effect

    init(_ name: String, _ usage: String, _ count: ClosedRange<Int>, _ effect: Effect, _ standing: Standing) {
        self.name = name
        self.usage = usage
        self.standing = standing
        wordCount = count
        self.effect = effect
    }

    /// Every such directive.
    public static let all = [
        FileDirective("include", "file or pattern", 1...1, .include, .works),
        FileDirective("rename-command", "old and new name; \"\" removes", 2...2, .rename, .works),
        FileDirective("user", "name and rules", 1...Int.max, .user, .works),
        FileDirective("loadmodule", "path and arguments", 1...Int.max, .module, .accepted("there are no modules")),
        FileDirective("list-max-ziplist-entries", "anything", 1...1, .nothing, .retired),
        FileDirective("list-max-ziplist-value", "anything", 1...1, .nothing, .retired),
        FileDirective("lua-replicate-commands", "anything", 1...1, .nothing, .retired),
    ]

    /// The directive of that lower-case name that takes so many words.
    static func named(_ name: String, wordCount: Int) -> FileDirective? {
        all.first { $0.name == name && $0.wordCount.contains(wordCount) }
    }
}

extension Standing {
    static let retired = Standing.accepted("ignored, as in Redis 7")
}
