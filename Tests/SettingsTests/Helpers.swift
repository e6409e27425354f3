import Settings

/// Settings that a text makes.
func settings(_ text: String) throws -> Settings {
    var settings = Settings()
    try settings.read(text: text, named: "test.conf")
    return settings
}

/// Settings that a command line makes.
func settings(arguments: String...) throws -> Settings {
    var settings = Settings()
    try settings.read(arguments: arguments)
    return settings
}

/// The reason for which a text is refused, or nil.
func refusal(_ text: String) -> String? {
    do {
        _ = try settings(text)
        return nil
    } catch {
        return (error as? SettingsError)?.reason
    }
}

/// The reply to CONFIG SET of default settings: `OK` or the error.
func reply(_ name: String, _ value: String) -> String {
    var settings = Settings()
    do {
        try settings.set(name, value)
        return "OK"
    } catch {
        return error.reply
    }
}

extension Settings {
    /// CONFIG GET of one name.
    func value(_ name: String) -> String? { get(name).first?.value }

    /// CONFIG SET of several directives.
    @discardableResult
    mutating func set(all pairs: KeyValuePairs<String, String>) throws -> [String] {
        try set(pairs.map { (name: Array($0.key.utf8), value: Array($0.value.utf8)) })
    }
}
