import Harness

// What two servers have to agree on where a reply also holds times, addresses and numbers of their own.

extension Reply {
    /// Of a line of MONITOR: the database and the arguments.
    var monitored: [Substring]? {
        guard case .simple(let line) = self else { return nil }
        let words = line.split(separator: " ", maxSplits: 3)
        return words.count == 4 && words[1].hasPrefix("[") ? [words[1], words[3]] : nil
    }

    /// Of records of the slow log: the arguments, and the name of the client.
    var slowCommands: [[Reply]]? {
        elements?.map { record in
            guard let parts = record.elements, parts.count == 6 else { return [] }
            return [parts[3], parts[5]]
        }
    }

    /// Of lines of CLIENT LIST: the fields that tell what a client is doing.
    var clientStates: [[Substring]]? {
        let told = ["name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "redir", "resp"]
        return text?.split(separator: "\n").map { line in
            line.split(separator: " ").filter { field in told.contains { field.hasPrefix("\($0)=") } }
        }
    }

    /// Of a text of INFO: the value of a field.
    func information(_ field: String) -> Substring? {
        text?.split { $0.isNewline }.first { $0.hasPrefix("\(field):") }
    }
}
