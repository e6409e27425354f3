extension Settings {
    /// Reads the arguments of the command line after the configuration file: `--port 7000 --save 60 1 --save ''`.
    /// They make a text, one line for each argument with `--` that follows a whole directive, and read like one.
    /// - Parameters:
    ///   - arguments: without the name of the program and of the file.
    ///   - include: finds what `--include` names.
    public mutating func read(
        arguments: [String], include: @escaping Include = Settings.includeNothing
    ) throws(SettingsError) {
        try read(text: Settings.lines(arguments: arguments), named: "command line", include: include)
    }

    /// The text that the arguments of a command line stand for.
    static func lines(arguments: [String]) -> [UInt8] {
        var text: [UInt8] = []
        var nameWaits = false
        for (index, argument) in arguments.enumerated() {
            // After a bare name, `--` begins its value.
            guard argument.hasPrefix("--"), !nameWaits else {
                text += Words.quoted(Array(argument.utf8)) + [0x20]
                nameWaits = false
                continue
            }
            if !text.isEmpty { text.append(0x0A) }
            text += argument.utf8.dropFirst(2) + [0x20]
            nameWaits = Words.split(Array(argument.utf8))?.count == 1
            if nameWaits, isEmptySave(arguments, at: index) {
                text += "\"\"".utf8
                nameWaits = false
            }
        }
        return text
    }

    /// Whether the argument is `--save` with nothing after it, as scripts make it from an empty list: no save points.
    private static func isEmptySave(_ arguments: [String], at index: Int) -> Bool {
        guard arguments[index].lowercased() == "--save" else { return false }
        return index + 1 == arguments.count || arguments[index + 1].hasPrefix("--")
    }
}
