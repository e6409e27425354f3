import Commands
import Primitives

/// The first line of a script, which says what it is: `#!lua name=library flags=no-writes,allow-oom`.
struct Shebang {
    /// The line, without its end.
    let line: Substring
    /// The engine.
    let engine: Substring
    /// What follows it: `name=value`.
    let options: [Substring]
    /// How many bytes come before the end of the line, which stays a part of the code so that its lines keep their numbers.
    let length: Int

    /// The shebang of some code; nil if it has none, an error if it never ends.
    init?(_ code: Bytes, unended error: CommandError) throws(CommandError) {
        guard code.count >= 2, code[0] == UInt8(ascii: "#"), code[1] == UInt8(ascii: "!") else { return nil }
        guard let end = code.buffer.firstIndex(of: 0x0A) else { throw error }
        let text = String(code[0..<end])
        line = text[...]
        length = end
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        engine = words[0].dropFirst(2)
        options = Array(words.dropFirst())
    }

    /// The flags of a script.
    func scriptFlags() throws(CommandError) -> ScriptFlags {
        guard engine == "lua" else {
            throw .text("ERR Unexpected engine in script shebang: \(line.prefix { $0 != " " })")
        }
        var flags: ScriptFlags = []
        for option in options {
            guard option.hasPrefix("flags=") else { throw .text("ERR Unknown lua shebang option: \(option)") }
            for name in option.dropFirst(6).split(separator: ",") {
                guard let flag = ScriptFlags(named: name) else {
                    throw .text("ERR Unexpected flag in script shebang: \(name)")
                }
                flags.insert(flag)
            }
        }
        return flags
    }

    /// The name of a library.
    func libraryName() throws(CommandError) -> String {
        var name: Substring?
        for option in options {
            guard option.lowercased().hasPrefix("name=") else {
                throw .text("ERR Invalid metadata value given: \(option)")
            }
            if name != nil {
                throw .message("ERR Invalid metadata value, name argument was given multiple times")
            }
            name = option.dropFirst(5)
        }
        guard engine.lowercased() == "lua" else { throw .text("ERR Engine '\(engine)' not found") }
        guard let name else { throw .message("ERR Library name was not given") }
        guard !name.isEmpty, name.utf8.allSatisfy(Shebang.isPartOfName) else {
            throw .message(
                "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
            )
        }
        return String(name)
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        Bytes.lowercased(byte) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_")
    }
}
