extension DirectiveTable {
    /// The section of `docs/compatibility.md` about directives.
    public static func markdown() -> String {
        let sorted = all.sorted { $0.name < $1.name }
        let working = sorted.filter { $0.standing == .works }
        let others = sorted.filter { $0.standing != .works }
        return """
            ## Directives

            Every directive of Redis 7.2 and Valkey 8 is understood in files, on the command line and by CONFIG, and so
            are newer ones. \(working.count) work; \(others.count) are accepted without effect so far: they are
            checked, kept, shown and rewritten. *Fixed* ones are set at the start only; *guarded* ones need
            `enable-protected-configs`; *hidden* ones are shown by CONFIG GET only under their full name. Generated
            from the table in `Sources/Settings/DirectiveTable.swift`.

            ### Directives that work

            | directive | type | default | values | |
            |---|---|---|---|---|
            \(working.map(row).joined(separator: "\n"))

            ### Directives without effect so far

            | directive | type | default | why |
            |---|---|---|---|
            \(others.map(rowWithReason).joined(separator: "\n"))

            ### Lines of files

            | directive | followed by | |
            |---|---|---|
            \(FileDirective.all.map(row).joined(separator: "\n"))

            """
    }

    private static func row(_ directive: any AnyDirective) -> String {
        row([names(directive), directive.typeName, initial(directive), cell(directive.valueRange), traits(directive)])
    }

    private static func rowWithReason(_ directive: any AnyDirective) -> String {
        row([names(directive), directive.typeName, initial(directive), reason(directive.standing)])
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

    private static func traits(_ directive: any AnyDirective) -> String {
        let words: [(DirectiveTraits, String)] = [(.fixed, "fixed"), (.guarded, "guarded"), (.hidden, "hidden")]
        return words.filter { directive.traits.contains($0.0) }.map(\.1).joined(separator: ", ")
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
