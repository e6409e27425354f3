import Harness

/// Sends the same commands to both servers and finds where they part.
struct GeneratedRun {
    let pair: ServerPair
    let protocolVersion: Int

    /// The place of the first reply that differs. The digest of the data set is compared after the last one.
    func firstDifference(in commands: [GeneratedCommand]) throws -> (index: Int, difference: Difference)? {
        let expected = try replies(to: commands, on: pair.oracle)
        let got = try replies(to: commands, on: pair.apus)
        for (index, command) in commands.enumerated() where !command.rule.allows(got[index], expected: expected[index])
        {
            let difference = Difference(
                place: "RESP\(protocolVersion)", command: command.text, expected: .reply(expected[index]),
                got: .reply(got[index]))
            return (index, difference)
        }
        return try digestDifference(after: commands)
    }

    private func replies(to commands: [GeneratedCommand], on side: Side) throws -> [Reply] {
        try side.reset(protocolVersion: protocolVersion)
        return try side.connection(1).pipeline(commands.map(\.arguments))
    }

    private func digestDifference(after commands: [GeneratedCommand]) throws -> (index: Int, difference: Difference)? {
        let expected = try pair.oracle.administer("DEBUG", "DIGEST")
        let got = try pair.apus.administer("DEBUG", "DIGEST")
        guard expected != got else { return nil }
        let difference = Difference(
            place: "RESP\(protocolVersion)", command: "DEBUG DIGEST", expected: .reply(expected), got: .reply(got))
        return (commands.count, difference)
    }

    /// Leaves out whatever the difference does not need, in ever smaller pieces. A smaller script in which another
    /// command differs does not count: it would show something else.
    func shrunk(
        _ commands: [GeneratedCommand], showing difference: Difference, attempts: Int = 400
    ) throws -> [GeneratedCommand] {
        var best = commands
        var size = max(1, best.count / 2)
        var left = attempts
        while left > 0 {
            var start = 0
            while start < best.count && left > 0 {
                left -= 1
                var candidate = best
                candidate.removeSubrange(start..<min(start + size, best.count))
                if let found = try firstDifference(in: candidate), found.difference.command == difference.command {
                    best = Array(candidate.prefix(found.index + 1))
                } else {
                    start += size
                }
            }
            if size == 1 { break }
            size /= 2
        }
        return best
    }
}
