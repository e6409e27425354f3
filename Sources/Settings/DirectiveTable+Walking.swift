extension DirectiveTable {
    /// Every directive in the order of the table.
    public static let all: [any AnyDirective] =
        // The properties are the list, so that a line of the table is all that a directive needs.
        Mirror(reflecting: shared).children.compactMap { $0.value as? any AnyDirective }

    /// The directive of that name or alias, in whatever case.
    public static func named(_ name: String) -> (any AnyDirective)? { entries[name.lowercased()]?.directive }

    /// A name under which a directive is known.
    struct Entry {
        let name: String
        let directive: any AnyDirective
    }

    /// Every name and alias in the order of the table.
    static let names: [Entry] = all.flatMap { directive in
        ([directive.name] + (directive.alias.map { [$0] } ?? [])).map { Entry(name: $0, directive: directive) }
    }

    static let entries: [String: Entry] = Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0) })
}
