// Settings: the table of directives, the values they have, the reader of configuration files, and what CONFIG GET, SET
// and REWRITE mean. Values in, values out: opens no file and no socket. May import Primitives.
//
//   DirectiveTable    one line per directive; the only place that names one
//   Kinds/            how a type of directive is read, shown and written
//   Values/           the types that directives have beside Bool, Int and String
//   Settings          the value of every directive, and what is done with all of them

/// The value of every directive. A copy is cheap and independent, so undoing a change is assigning the old copy.
///
/// Each directive is a property with its own type, named as in `DirectiveTable`: `settings.port`, `settings.save`.
/// A look-up costs a hash of the name; what a hot path needs is copied out whenever the settings change.
@dynamicMemberLookup
public struct Settings: Sendable {
    /// What differs from the default, by canonical name.
    private var values: [String: any Sendable] = [:]
    /// The directives that a line has set so far, since some accumulate over lines but not over their default.
    var namesRead: Set<String> = []
    /// The last line that set each directive, by canonical name, for what turns out only when the directive is carried out.
    var sources: [String: SourceLine] = [:]

    /// `rename-command` lines in the order they were read: the old and the new name, which is empty to remove.
    public internal(set) var renamedCommands: [ConfigurationLine] = []
    /// `user` lines in the order they were read: the name and its rules.
    public internal(set) var users: [ConfigurationLine] = []
    /// `loadmodule` lines in the order they were read: the path and its arguments.
    public internal(set) var modules: [ConfigurationLine] = []
    /// Lines of directives with a dot in their name, which belong to modules: the name and its values.
    public internal(set) var moduleDirectives: [ConfigurationLine] = []

    /// Every directive at its default.
    public init() {}

    /// The value of a directive. Assigning one does not check its range: that is for text from outside, not for code.
    public subscript<Value>(dynamicMember path: KeyPath<DirectiveTable, Directive<Value>>) -> Value {
        get { self[DirectiveTable.shared[keyPath: path]] }
        set { self[DirectiveTable.shared[keyPath: path]] = newValue }
    }

    /// The value of a directive.
    public subscript<Value>(directive: Directive<Value>) -> Value {
        get { values[directive.name].map { $0 as! Value } ?? directive.initial }
        set { values[directive.name] = newValue == directive.initial ? nil : newValue }
    }

    /// The error of a directive that turned out to be impossible when it was carried out, with the line that set it.
    public func failure(of name: String, reason: String) -> SettingsError {
        sources[name].map { .line($0, reason: reason) } ?? .contradiction(reason)
    }

    /// Checks what concerns several directives at once; call it when everything has been read.
    public func checkTogether() throws(SettingsError) {
        if self.clusterEnabled, self.replicaof != nil {
            throw .contradiction("replicaof directive not allowed in cluster mode")
        }
    }
}

extension Settings: Equatable {
    /// Whether every directive has the same value and the collected lines have the same words, wherever they stood.
    public static func == (left: Settings, right: Settings) -> Bool {
        DirectiveTable.all.allSatisfy { $0.hasSameValue(in: left, and: right) }
            && left.renamedCommands == right.renamedCommands && left.users == right.users
            && left.modules == right.modules && left.moduleDirectives == right.moduleDirectives
    }
}

extension Settings {
    /// How many replicas acknowledge a write before it is acknowledged to its client: of so many nodes more than half, the
    /// primary among them, or as many as are asked for, whichever is more.
    public var promisedReplicas: Int { max(self.promiseReplicas, self.promiseMajorityOf / 2) }
}
