/// Why the words after a directive are no value for it.
public struct Refusal: Error, Equatable, Sendable {
    /// The reason in the reference's words.
    public let reason: String

    /// From its parts.
    public init(_ reason: String) { self.reason = reason }
}

/// What can be wrong with settings given from outside.
public enum SettingsError: Error, Equatable, Sendable {
    /// A line of a file or of the command line is no good.
    case line(SourceLine, reason: String)
    /// Directives that are each in order do not go together.
    case contradiction(String)
    /// CONFIG SET names no directive.
    case unknown(name: String)
    /// CONFIG SET may not change this directive, or not to this value.
    case refused(name: String, reason: String)
    /// CONFIG SET of a directive that keeps its value while a data set is loaded.
    case loading

    /// The reply to a client, with its error code and without the leading `-`.
    public var reply: String {
        switch self {
        case .line(let line, let reason): "ERR \(line.file):\(line.number): \(reason)"
        case .contradiction(let reason): "ERR \(reason)"
        case .unknown(let name): "ERR Unknown option or number of arguments for CONFIG SET - '\(name)'"
        case .refused(let name, let reason):
            "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(reason)"
        case .loading: "LOADING Redis is loading the dataset in memory"
        }
    }

    /// The report for standard error of a server that does not start. Its first line says everything, behind the marker
    /// that scripts look for; the other lines are the reference's, word for word.
    /// - Parameter version: the version of this server.
    public func fatalReport(version: String) -> String {
        let marker = "*** FATAL CONFIG FILE ERROR (Apus \(version)) ***"
        guard case .line(let line, let reason) = self else { return "\(marker)\n\(reason)\n" }
        return """
            \(marker) \(line.file):\(line.number): \(reason)
            Reading the configuration file, at line \(line.number)
            >>> '\(line.text)'
            \(reason)

            """
    }

    /// The bare reason.
    public var reason: String {
        switch self {
        case .line(_, let reason), .contradiction(let reason), .refused(_, let reason): reason
        case .unknown, .loading: reply
        }
    }
}
