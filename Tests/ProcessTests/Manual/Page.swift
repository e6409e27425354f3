import Harness
import Testing

/// Something that a reader of a page does.
struct Step {
    /// What it is.
    enum Kind: Equatable {
        /// A command line, and what the page says that it writes; nil where it says nothing.
        case command(shows: [String]?)
        /// A program in Python.
        case program
        /// A file of this name.
        case file(String)
    }

    let kind: Kind
    /// Where it stands: `docs/quick-start.md:17`.
    let place: String
    /// The command line, or the text of the program or file.
    let text: String
}

/// A page of the documentation, as far as somebody can do what it says.
///
///     ```sh            command lines; a backslash at the end of one has it go on in the next
///     ```console       lines that begin with `$ ` are command lines, those beneath what they write; `…` stands for anything
///     ```python        a program
///     ```conf NAME     a file, written to NAME
///
/// A command line anywhere else would be one that nobody tries: those are strays.
struct Page: CustomTestStringConvertible {
    /// Its path in the repository.
    let name: String
    /// What is to be done, in order.
    private(set) var steps: [Step] = []
    /// Lines that look like command lines outside of these blocks.
    private(set) var strays: [String] = []

    var testDescription: String { name }

    /// What a line begins with that is a command line.
    private static let programs = [
        "$ ", "./", ".build/", "apus ", "cd ", "curl ", "docker ", "export ", "git ", "kubectl ", "make ", "openssl ",
        "pip ", "python3 ", "redis-", "sudo ", "systemctl ", "valkey-",
    ]

    /// All pages that are held to be true.
    static func all() throws -> [Page] {
        let names = try runProgram("find", [packageRoot + "/docs", "-maxdepth", "1", "-name", "*.md"]).lines.sorted()
        return ([packageRoot + "/README.md"] + names).map { Page(path: $0) }
    }

    init(path: String) {
        name = String(path.dropFirst(packageRoot.count + 1))
        var block: Block?
        for (index, line) in textOfFile(path).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                steps += block?.steps ?? []
                let words = line.dropFirst(3).split(separator: " ").map(String.init)
                block = block == nil ? Block(words: words, page: name, start: index + 2) : nil
            } else {
                block?.lines.append(String(line))
                if block?.isPlain ?? line.hasPrefix("    ") { noteStray(line, index + 1) }
            }
        }
    }

    private mutating func noteStray(_ line: Substring, _ number: Int) {
        let text = line.drop { $0 == " " }
        if Page.programs.contains(where: text.hasPrefix) { strays.append("\(name):\(number): \(text)") }
    }
}

/// A fenced block of a page.
private struct Block {
    /// What stands behind the fence.
    let words: [String]
    let page: String
    /// The number of its first line.
    let start: Int
    var lines: [String] = []

    /// Whether nothing of it is done.
    var isPlain: Bool {
        switch words.first {
        case "sh", "console", "python": false
        case "conf": words.count == 1
        default: true
        }
    }

    var steps: [Step] {
        switch words.first {
        case "sh": commands(prompt: "", showing: false)
        case "console": commands(prompt: "$ ", showing: true)
        case "python": [whole(.program)]
        case "conf" where words.count > 1: [whole(.file(words[1]))]
        default: []
        }
    }

    private func whole(_ kind: Step.Kind) -> Step {
        Step(kind: kind, place: "\(page):\(start)", text: lines.joined(separator: "\n") + "\n")
    }

    /// Each line that begins with the prompt is a command line, and what follows is what it shows.
    private func commands(prompt: String, showing: Bool) -> [Step] {
        var commands: [(text: String, place: String, shown: [String])] = []
        var goesOn = false
        for (index, line) in lines.enumerated() {
            if goesOn {
                commands[commands.count - 1].text += "\n" + line
            } else if line.hasPrefix(prompt), !line.isEmpty, !line.hasPrefix("#") {
                commands.append((String(line.dropFirst(prompt.count)), "\(page):\(start + index)", []))
            } else if !commands.isEmpty {
                commands[commands.count - 1].shown.append(line)
            }
            goesOn = commands.last?.shown.isEmpty == true && line.hasSuffix("\\")
        }
        return commands.map { Step(kind: .command(shows: showing ? $0.shown : nil), place: $0.place, text: $0.text) }
    }
}
