import Harness
import Testing

extension ProcessTests {
    /// Every command line, program and file of README.md and docs/*.md is tried as a reader would, page by page, each page on
    /// a machine of its own (`Terminals`); `Page` says how pages mark them. What a page shows beneath a command line is what
    /// has to come.
    @Suite(.serialized) struct ManualTests {
        @Test(arguments: try Page.all()) func whatAPageSaysWorks(_ page: Page) throws {
            let steps = page.steps.filter { Untried.reason(for: $0) == nil }
            guard !steps.isEmpty else { return }
            let world = World.of(page)
            let hasPrograms = steps.contains { $0.kind == .program }
            if hasPrograms { try demandClientLibrary() }
            let terminals = try Terminals()
            for (name, text) in world.files { try terminals.write(text, to: name) }
            for line in world.before { try demand(line, terminals, page) }
            for step in steps { guard try carryOut(step, terminals) else { return } }
            for line in world.after { try demand(line, terminals, page) }
        }

        @Test func commandLinesAreMarkedAsSuch() throws {
            for page in try Page.all() {
                #expect(page.strays.isEmpty, "outside of a block that is tried: \(page.strays)")
            }
        }

        @Test func whatIsNotTriedIsSomewhere() throws {
            let texts = try Page.all().flatMap(\.steps).map(\.text)
            for exception in Untried.allCases {
                #expect(texts.contains(where: exception.isMeant), "no page says \(exception.rawValue)")
            }
            for name in World.all.keys {
                try #expect(Page.all().contains { $0.name == name }, "there is no \(name)")
            }
        }

        /// What the first column of a table says that servers and logs say, they say.
        @Test func quotedTextsAreInTheSources() throws {
            let lines = textOfFile(packageRoot + "/docs/troubleshooting.md").split(separator: "\n")
            let cells = lines.filter { $0.hasPrefix("| ") }.map { $0.dropFirst(2).prefix { $0 != "|" } }
            let texts = cells.flatMap { $0.split(separator: "`", omittingEmptySubsequences: false).everySecond }
            #expect(texts.count > 30)
            for text in texts {
                let words = ["-rqF", "--include=*.swift", "--", text, packageRoot + "/Sources"]
                try #expect(runProgram("grep", words).status == .exited(0), "nothing says \(text)")
            }
        }

        // MARK: Steps

        /// Programs use redis-py, which has to be there before the network is gone.
        private func demandClientLibrary() throws {
            let result = try runProgram(packageRoot + "/Tests/clients/run", ["--install"])
            try #require(result.status == .exited(0), "\(result.output)")
        }

        /// What has to work around a page.
        private func demand(_ line: String, _ terminals: Terminals, _ page: Page) throws {
            let outcome = try terminals.run(line)
            try #require(outcome.status == 0, "around \(page.name): \(line)\n\(outcome.output)")
        }

        /// Does what the page says; whether it came out as it says.
        private func carryOut(_ step: Step, _ terminals: Terminals) throws -> Bool {
            switch step.kind {
            case .file(let name):
                try terminals.write(step.text, to: name)
                return true
            case .program:
                try terminals.write(step.text, to: "program.py")
                return try came(terminals.run("python3 program.py"), nil, step)
            case .command(let shown):
                return try carryOut(step, shown, terminals)
            }
        }

        /// Runs a command line. A look is repeated for a while: things take their time, and readers look again.
        private func carryOut(_ step: Step, _ shown: [String]?, _ terminals: Terminals) throws -> Bool {
            let command = Untried.hastened(step.text)
            var outcome = try terminals.run(command)
            if let shown, Looks.isLook(command) {
                _ = try eventually(withinMilliseconds: 20_000) {
                    if Shown(shown).isMet(by: outcome.output) { return true }
                    outcome = try terminals.run(command)
                    return false
                }
            }
            return came(outcome, shown, step)
        }

        /// Whether it came out as it should.
        private func came(_ outcome: Terminals.Outcome, _ shown: [String]?, _ step: Step) -> Bool {
            let isRefused = outcome.output.split(separator: "\n").contains { $0.hasPrefix("(error)") }
            let isAsShown = shown.map { Shown($0).isMet(by: outcome.output) } ?? !isRefused
            let isRight = outcome.status == 0 && isAsShown
            let wanted = shown.map { "\nand not:\n" + $0.joined(separator: "\n") } ?? ""
            #expect(isRight, "\(step.place): \(step.text)\nended with \(outcome.status):\n\(outcome.output)\(wanted)")
            return isRight
        }
    }
}

/// What a page shows of an output: `…` stands for any text in a line, and alone for any lines.
private struct Shown {
    let lines: [String]

    init(_ lines: [String]) { self.lines = Shown.trimmed(lines) }

    func isMet(by output: String) -> Bool {
        let written = output.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
        return isMet(lines[...], Shown.trimmed(written)[...])
    }

    private func isMet(_ shown: ArraySlice<String>, _ written: ArraySlice<String>) -> Bool {
        guard let first = shown.first else { return written.isEmpty }
        if first == "…" {
            return (written.startIndex...written.endIndex).contains { isMet(shown.dropFirst(), written[$0...]) }
        }
        guard let line = written.first, Shown.fits(Array(first)[...], Array(line)[...]) else { return false }
        return isMet(shown.dropFirst(), written.dropFirst())
    }

    private static func fits(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "…" {
            return (text.startIndex...text.endIndex).contains { fits(pattern.dropFirst(), text[$0...]) }
        }
        return first == text.first && fits(pattern.dropFirst(), text.dropFirst())
    }

    /// Without blanks at the ends of lines, and without empty lines at the end.
    private static func trimmed(_ lines: [String]) -> [String] {
        let stripped = lines.map { line in String(line.reversed().drop { $0.isWhitespace }.reversed()) }
        return stripped.reversed().drop { $0.isEmpty }.reversed()
    }
}

extension [Substring] {
    /// What stands between quotes where a text was split at them.
    fileprivate var everySecond: [String] { enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) } }
}

/// Command lines that change nothing, so that they can be repeated.
private enum Looks {
    private static let words = [
        " get ", " info", " role", " cluster nodes", " cluster info", " client list", " config get", " wait ",
        "apus cluster check", "apus cluster info", "grep ", "ls ",
    ]

    static func isLook(_ command: String) -> Bool { words.contains { (command + " ").lowercased().contains($0) } }
}
