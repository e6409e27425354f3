import Primitives
import RESP
import Settings
import Storage

let informationCommands: [Command] = [
    Command(
        "info", .server, since: "1.0.0", arity: -1, [.loading, .stale], [.dangerous],
        syntax: "[section [section ...]]", complexity: "O(1)", summary: "Tells how the server is and what it has done.",
        tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], run: info)
]

private func info(_ call: inout Call) throws(CommandError) {
    let selection = InformationSelection((1..<call.arguments.count).map { String(call.arguments[$0]).lowercased() })
    call.reply.verbatim(call.node.information(selection))
}

/// The sections that INFO is asked for: those of the names, in the table's order.
struct InformationSelection {
    private let names: Set<String>

    init(_ names: [String]) { self.names = names.isEmpty ? ["default"] : Set(names) }

    func contains(_ section: InformationSection) -> Bool {
        if names.contains("all") || names.contains("everything"), section.standing != .onRequest { return true }
        if names.contains("default"), section.standing == .usual { return true }
        return names.contains(section.title.lowercased()) || section.alias.map(names.contains) ?? false
    }
}

extension Node {
    /// The text of INFO.
    func information(_ selection: InformationSelection) -> String {
        let survey = Survey(self)
        return InformationSection.all.filter(selection.contains).map { $0.text(survey) }.joined(separator: "\r\n")
    }
}

/// A part of INFO under one title.
struct InformationSection: Sendable {
    /// When a section is shown that is not asked for by name.
    enum Standing {
        case usual
        /// With `all` and `everything` only.
        case extra
        /// Never.
        case onRequest
    }

    let title: String
    var alias: String?
    var standing = Standing.usual
    let fields: [InformationField]

    fileprivate func text(_ survey: Survey) -> String {
        var text = "# \(title)\r\n"
        for field in fields {
            for (name, value) in field.lines(survey) { text += "\(name):\(value)\r\n" }
        }
        return text
    }
}

/// A field of INFO: a line, or as many as there are things of a kind.
struct InformationField: Sendable {
    /// The name, in which `<…>` stands for what differs between lines of a kind.
    let name: String
    let lines: @Sendable (Survey) -> [(name: String, value: String)]

    static func text(_ name: String, _ value: @escaping @Sendable (Survey) -> String) -> InformationField {
        InformationField(name: name) { [(name, value($0))] }
    }

    static func number(_ name: String, _ value: @escaping @Sendable (Survey) -> Int) -> InformationField {
        InformationField(name: name) { [(name, String(value($0)))] }
    }

    /// A number of bytes and, in a second line, the same for people.
    static func memory(_ name: String, _ value: @escaping @Sendable (Survey) -> Int) -> InformationField {
        InformationField(name: name) { survey in
            let bytes = value(survey)
            return [(name, String(bytes)), ("\(name)_human", Survey.human(bytes))]
        }
    }

    /// A number that has yet to begin to rise, as what it counts is not there.
    static func zero(_ name: String) -> InformationField { InformationField(name: name) { _ in [(name, "0")] } }

    /// A line that never changes.
    static func fixed(_ name: String, _ value: String) -> InformationField {
        InformationField(name: name) { _ in [(name, value)] }
    }

    /// A line that is not always there.
    static func optional(_ name: String, _ value: @escaping @Sendable (Survey) -> String?) -> InformationField {
        InformationField(name: name) { survey in value(survey).map { [(name, $0)] } ?? [] }
    }

    /// A number that is shown where the append-only file is on.
    static func ofLog(_ name: String, _ value: @escaping @Sendable (AppendOnlyFigures) -> Int) -> InformationField {
        InformationField(name: name) { $0.log.isOn ? [(name, String(value($0.log)))] : [] }
    }

    /// Lines of a kind.
    static func several(
        _ name: String, _ lines: @escaping @Sendable (Survey) -> [(name: String, value: String)]
    ) -> InformationField {
        InformationField(name: name, lines: lines)
    }
}
