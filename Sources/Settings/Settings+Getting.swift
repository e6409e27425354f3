import Primitives

extension Settings {
    /// What CONFIG GET answers: each directive that a pattern names, once, under the name that matched.
    ///
    /// A plain name is answered as it was spelled, and finds hidden directives too; a pattern with `*`, `?` or `[`
    /// matches names and aliases in any case.
    public func get(patterns: [[UInt8]]) -> [(name: String, value: [UInt8])] {
        var found: [(name: String, value: [UInt8])] = []
        var seen: Set<String> = []
        for pattern in patterns {
            for (name, directive) in Settings.matches(pattern) where seen.insert(name.lowercased()).inserted {
                found.append((name, directive.text(in: self)))
            }
        }
        return found
    }

    /// What CONFIG GET answers to the arguments of a command.
    public func get(patterns: [Bytes]) -> [(name: String, value: [UInt8])] { get(patterns: patterns.map { Array($0) }) }

    /// What CONFIG GET answers, as text.
    public func get(_ patterns: String...) -> [(name: String, value: String)] {
        get(patterns: patterns.map { Array($0.utf8) }).map { ($0.name, $0.value.text) }
    }

    private static func matches(_ pattern: [UInt8]) -> [(String, any AnyDirective)] {
        guard pattern.contains(where: { "*?[".utf8.contains($0) }) else {
            return DirectiveTable.named(pattern.text).map { [(pattern.text, $0)] } ?? []
        }
        return DirectiveTable.names.filter { entry in
            !entry.directive.traits.contains(.hidden) && matches(pattern, entry.name)
        }.map { ($0.name, $0.directive) }
    }

    private static func matches(_ pattern: [UInt8], _ name: String) -> Bool {
        pattern.withBytes { pattern in Bytes.with(name) { Glob.matches(pattern, $0, ignoringCase: true) } }
    }
}
