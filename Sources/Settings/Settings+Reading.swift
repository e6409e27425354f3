/// Finds the texts that an `include` names: the files that match a pattern in alphabetical order (none is fine), or the
/// one file of a plain path (which has to be there: otherwise it throws why not).
public typealias Include = (_ path: String) throws(Refusal) -> [ConfigurationText]

extension Settings {
    /// Reads the directives of a configuration file. Later lines win; `save`, `client-output-buffer-limit`, `user`,
    /// `rename-command` and `loadmodule` add to earlier ones. At an error nothing has changed.
    /// - Parameters:
    ///   - text: what the file says.
    ///   - file: its name, for errors.
    ///   - include: finds what `include` lines name; they nest 16 deep and name 1000 files at most.
    public mutating func read(
        text: [UInt8], named file: String, include: @escaping Include = Settings.includeNothing
    ) throws(SettingsError) {
        var reader = ConfigurationReader(settings: self, include: include)
        try reader.read(ConfigurationText(name: file, bytes: text), depth: 0)
        self = reader.settings
    }

    /// Reads the directives of a configuration file.
    public mutating func read(
        text: String, named file: String, include: @escaping Include = Settings.includeNothing
    ) throws(SettingsError) {
        try read(text: Array(text.utf8), named: file, include: include)
    }

    /// Refuses every `include`.
    public static func includeNothing(_ path: String) throws(Refusal) -> [ConfigurationText] {
        throw Refusal("can't open config file '\(path)'")
    }
}

/// Reads a text and what it includes into settings.
struct ConfigurationReader {
    private static let deepest = 16
    private static let mostFiles = 1000

    private(set) var settings: Settings
    private let include: Include
    private var filesRead = 0

    init(settings: Settings, include: @escaping Include) {
        self.settings = settings
        self.include = include
    }

    mutating func read(_ text: ConfigurationText, depth: Int) throws(SettingsError) {
        for (index, line) in text.bytes.trimmedLines.enumerated() {
            if line.isEmpty || line[0] == UInt8(ascii: "#") { continue }
            let source = SourceLine(file: text.name, number: index + 1, text: line.text)
            try take(line, source, depth)
        }
    }

    private mutating func take(_ line: [UInt8], _ source: SourceLine, _ depth: Int) throws(SettingsError) {
        guard let words = Words.split(line) else {
            throw .line(source, reason: "Unbalanced quotes in configuration line")
        }
        // Blanks of other kinds than those that lines are trimmed of.
        if words.isEmpty { return }
        if let directive = DirectiveTable.entries[words[0].lowercased.text]?.directive {
            try set(directive, Array(words.dropFirst()), source)
        } else {
            try carryOut(words, source, depth)
        }
    }

    private mutating func set(
        _ directive: any AnyDirective, _ words: [[UInt8]], _ source: SourceLine
    ) throws(SettingsError) {
        var words = words
        // A list may stand in quotes as one word, as a command line gives it.
        if directive.takesSeveralWords, words.count == 1, !words[0].isEmpty, let split = Words.split(words[0]) {
            words = split
        }
        do throws(Refusal) {
            try directive.readLine(words, into: &settings)
        } catch {
            throw .line(source, reason: error.reason)
        }
        settings.sources[directive.name] = source
    }

    private mutating func carryOut(_ words: [[UInt8]], _ source: SourceLine, _ depth: Int) throws(SettingsError) {
        let name = words[0].lowercased.text
        let line = ConfigurationLine(words: Array(words.dropFirst()), source: source)
        switch FileDirective.named(name, wordCount: line.words.count)?.effect {
        case .include: try readIncluded(line, depth)
        case .rename: settings.renamedCommands.append(line)
        case .user: settings.users.append(line)
        case .module: settings.modules.append(line)
        case .nothing: break
        case nil: try takeUnknown(name, words, source)
        }
    }

    private mutating func takeUnknown(
        _ name: String, _ words: [[UInt8]], _ source: SourceLine
    ) throws(SettingsError) {
        if name.contains("."), words.count > 1 {
            settings.moduleDirectives.append(ConfigurationLine(words: words, source: source))
        } else if name == "sentinel" {
            throw .line(source, reason: "sentinel directive while not in sentinel mode")
        } else {
            throw .line(source, reason: "Bad directive or wrong number of arguments")
        }
    }

    private mutating func readIncluded(_ line: ConfigurationLine, _ depth: Int) throws(SettingsError) {
        guard depth < Self.deepest else {
            throw .line(line.source, reason: "include nests deeper than \(Self.deepest) files")
        }
        for text in try included(line) {
            filesRead += 1
            if filesRead > Self.mostFiles {
                throw .line(line.source, reason: "more than \(Self.mostFiles) files are included")
            }
            try read(text, depth: depth + 1)
        }
    }

    private func included(_ line: ConfigurationLine) throws(SettingsError) -> [ConfigurationText] {
        do throws(Refusal) {
            return try include(line.words[0].text)
        } catch {
            throw .line(line.source, reason: error.reason)
        }
    }
}
