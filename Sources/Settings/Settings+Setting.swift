import Primitives

/// Who sets a directive, and when.
public struct SettingContext: Sendable {
    /// Whether the client is connected over loopback or a Unix socket.
    public var isLocal: Bool
    /// Whether a data set is being loaded.
    public var isLoading: Bool

    /// From its parts.
    public init(isLocal: Bool = true, isLoading: Bool = false) {
        self.isLocal = isLocal
        self.isLoading = isLoading
    }
}

extension Settings {
    /// What CONFIG SET does: takes all the values or, at the first error, none.
    ///
    /// What only the outside can refuse (a port that is taken, a directory that is not there) is the caller's to try:
    /// keep a copy, carry out what is returned, and assign the copy back if that fails.
    /// - Returns: the canonical names of the directives whose value is now another.
    @discardableResult
    public mutating func set(
        _ pairs: [(name: [UInt8], value: [UInt8])], in context: SettingContext = SettingContext()
    ) throws(SettingsError) -> [String] {
        var changes: [Change] = []
        for pair in pairs { changes.append(try change(pair.name.text, pair.value, after: changes, context)) }
        var copy = self
        for change in changes { try change.carryOut(in: &copy) }
        let changed = changes.map(\.entry.directive).filter {
            $0.traits.contains(.reapplied) || !$0.hasSameValue(in: self, and: copy)
        }
        self = copy
        return changed.map(\.name)
    }

    /// What CONFIG SET does, with the arguments of a command.
    @discardableResult
    public mutating func set(
        _ pairs: [(name: Bytes, value: Bytes)], in context: SettingContext = SettingContext()
    ) throws(SettingsError) -> [String] {
        try set(pairs.map { (name: Array($0.name), value: Array($0.value)) }, in: context)
    }

    /// What CONFIG SET of one directive does.
    @discardableResult
    public mutating func set(
        _ name: String, _ value: String, in context: SettingContext = SettingContext()
    ) throws(SettingsError) -> [String] {
        try set([(name: Array(name.utf8), value: Array(value.utf8))], in: context)
    }

    /// The change that a name and a value ask for, if they may.
    private func change(
        _ asked: String, _ value: [UInt8], after earlier: [Change], _ context: SettingContext
    ) throws(SettingsError) -> Change {
        guard let entry = DirectiveTable.entries[asked.lowercased()] else { throw .unknown(name: asked) }
        if let reason = refusal(of: entry.directive, context) { throw .refused(name: asked, reason: reason) }
        if earlier.contains(where: { $0.entry.name == entry.name }) {
            throw .refused(name: asked, reason: "duplicate parameter")
        }
        if context.isLoading, entry.directive.traits.contains(.notWhileLoading) { throw .loading }
        return Change(asked: asked, entry: entry, value: value)
    }

    /// Why the directive may not be set at all.
    private func refusal(of directive: any AnyDirective, _ context: SettingContext) -> String? {
        if directive.traits.contains(.fixed) { return "can't set immutable config" }
        if directive.traits.contains(.guarded), !self.enableProtectedConfigs.allows(isLocal: context.isLocal) {
            return "can't set protected config"
        }
        return nil
    }
}

/// A directive and the value that it is to have.
private struct Change {
    let asked: String
    let entry: DirectiveTable.Entry
    let value: [UInt8]

    func carryOut(in settings: inout Settings) throws(SettingsError) {
        do throws(Refusal) {
            try entry.directive.read(words, into: &settings)
        } catch {
            throw .refused(name: asked, reason: error.reason)
        }
    }

    /// A list is parted at every single blank, and of no bytes there are no words.
    private var words: [[UInt8]] {
        guard entry.directive.takesSeveralWords else { return [value] }
        return value.isEmpty ? [] : value.split(separator: 0x20, omittingEmptySubsequences: false).map { Array($0) }
    }
}
