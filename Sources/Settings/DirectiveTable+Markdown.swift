extension DirectiveTable {
    /// The part of `docs/configuration.md` that lists all directives.
    public static func markdown() -> String {
        let sorted = all.sorted { $0.name < $1.name }
        let working = sorted.filter { $0.standing == .works }
        let others = sorted.filter { $0.standing != .works }
        return """
            ## Directives that work

            \(working.count) directives. The last column says whether CONFIG SET changes one: *no* where it is set at the start only,
            *guarded* where that takes `enable-protected-configs`. CONFIG GET shows those that are *hidden* only under their full
            name. Numbers have the unit that they have in Redis's `redis.conf`; memory is in bytes, or with k, kb, m, mb, g or gb.

            | directive | default | takes | CONFIG SET |
            |---|---|---|---|
            \(working.map(row).joined(separator: "\n"))

            ## Directives without effect

            \(others.count) more are known, so that files and tools that have them go on working: they are checked, kept, shown and
            written, and do nothing. Where one is set to something else than its default, the log says so at the start.

            | directive | default | takes | why it does nothing |
            |---|---|---|---|
            \(others.map(rowWithReason).joined(separator: "\n"))

            ## Lines of files

            What a file may have beside them, and CONFIG does not know:

            | line | followed by | |
            |---|---|---|
            \(FileDirective.all.map(row).joined(separator: "\n"))

            """
    }

    private static func row(_ directive: any AnyDirective) -> String {
        row([names(directive), initial(directive), values(directive), changes(directive)])
    }

    private static func rowWithReason(_ directive: any AnyDirective) -> String {
        row([names(directive), initial(directive), values(directive), reason(directive.standing)])
    }

    private static func row(_ directive: FileDirective) -> String {
        row(["`\(directive.name)`", cell(directive.usage), reason(directive.standing)])
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func names(_ directive: any AnyDirective) -> String {
        "`\(directive.name)`" + (directive.alias.map { ", `\($0)`" } ?? "")
    }

    private static func initial(_ directive: any AnyDirective) -> String {
        let text = directive.text(in: Settings()).text
        return text.isEmpty ? "" : "`\(cell(text))`"
    }

    /// The values it takes, and of what type they are where they do not say so themselves.
    private static func values(_ directive: any AnyDirective) -> String {
        let range = directive.valueRange
        if range.isEmpty { return directive.typeName }
        if ["number", "octal number", "memory"].contains(directive.typeName) {
            return "\(directive.typeName), \(withoutGreatest(range))"
        }
        return directive.typeName == "choices" ? "\(cell(range)); several" : cell(range)
    }

    /// A range in words; one that ends where numbers do has no end.
    private static func withoutGreatest(_ range: String) -> String {
        let words = range.split(separator: " ")
        let upper = words[2].split(separator: ",")[0]
        return upper == "\(Int.max)" ? "\(words[0]) or more" : "\(words[0]) to \(upper)"
    }

    private static func changes(_ directive: any AnyDirective) -> String {
        let change = directive.traits.contains(.fixed) ? "no" : directive.traits.contains(.guarded) ? "guarded" : "yes"
        return change + (directive.traits.contains(.hidden) ? ", hidden" : "")
    }

    private static func reason(_ standing: Standing) -> String {
        switch standing {
        case .works: "works"
        case .accepted(let reason): reason
        }
    }

    private static func cell(_ text: String) -> String {
        String(text.flatMap { $0 == "|" ? Array("\\|") : [$0] })
    }
}
