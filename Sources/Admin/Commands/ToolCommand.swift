import ArgumentParser
import Primitives

/// What a command leaves behind: how it ended, and what `--json` tells.
struct Report {
    var outcome = Outcome.done
    var members: [JSON.Member] = []
}

/// A subcommand of `apus cluster`.
protocol ToolCommand: ParsableCommand {
    var common: CommonOptions { get }
    func perform(_ tool: Tool) throws(AdminFailure) -> Report
}

extension ToolCommand {
    func run() throws { throw ExitCode(carriedOut().rawValue) }

    private func carriedOut() -> Outcome {
        let console = Console(isJSON: common.json)
        var report = Report()
        do throws(AdminFailure) {
            report = try perform(Tool(console, try common.settings()))
        } catch {
            report = Report(outcome: error.outcome, members: [.init("error", .text(error.text))])
            if !common.json { console.warn("[ERR] " + error.text) }
        }
        if common.json {
            let head: [JSON.Member] = [
                .init("command", .text(Self._commandName)), .init("ok", .boolean(report.outcome == .done)),
                .init("exit_code", .integer(Int(report.outcome.rawValue))),
            ]
            console.write(.object(head + report.members))
        }
        return report.outcome
    }
}

/// What a command is going to do and why, shown before it is done.
struct Plan {
    /// For people, a line for each step with its reason.
    var lines: [String]
    var json: JSON
    /// Whether there is nothing to do.
    var isEmpty = false
    /// What to say then.
    var emptyText = "There is nothing to do."
}
