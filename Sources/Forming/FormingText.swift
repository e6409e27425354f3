import Gossip
import Primitives

// Statements and records as text: a line for each thing that there is to say, a word and what it says of it. Lines that begin
// with an unknown word are skipped, since newer nodes may have more to say.

/// What is read of a text, line by line.
private struct Lines {
    private(set) var fields: [(word: Substring, rest: Substring)] = []

    /// Nil where the text is too long, or does not begin as it should.
    init?(_ bytes: [UInt8], beginning: String) {
        guard bytes.count <= Lines.mostBytes, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.first == Substring(beginning), lines.count <= Lines.most else { return nil }
        for line in lines.dropFirst() {
            let space = line.firstIndex(of: " ") ?? line.endIndex
            fields.append((line[..<space], line[space...].dropFirst()))
        }
    }

    private static let mostBytes = 4 << 20
    private static let most = 20_000

    subscript(word: String) -> Substring? { fields.first { $0.word == word }?.rest }
    func all(_ word: String) -> [Substring] { fields.filter { $0.word == word }.map(\.rest) }

    func flag(_ word: String) -> Bool { self[word] == "yes" }
}

extension Attempt {
    fileprivate init?(_ text: Substring) {
        let words = text.split(separator: " ")
        guard words.count == 2, let leader = NodeName(words[0]), let number = UInt64(words[1]) else { return nil }
        self.init(leader: leader, number: number)
    }

    fileprivate var text: String { "\(leader) \(number)" }
}

extension FormingNode {
    fileprivate init?(_ text: Substring) {
        let words = text.split(separator: " ")
        guard words.count == 4, let name = NodeName(words[0]), let address = FormingAddress(words[1]),
            let busPort = Int(words[2]), (1...65_535).contains(busPort), let process = UInt64(words[3], radix: 16)
        else { return nil }
        self.init(name: name, address: address, busPort: busPort, process: process)
    }

    fileprivate var text: String { "\(name) \(address) \(busPort) \(String(process, radix: 16))" }
}

/// Parses all of some texts; nil where one of them makes no sense.
private func all<Value>(_ texts: [Substring], _ parse: (Substring) -> Value?) -> [Value]? {
    let values = texts.compactMap(parse)
    return values.count == texts.count ? values : nil
}

extension FormingStatement {
    private static let beginning = "apus-forming 1"

    /// What a node answers.
    public var bytes: [UInt8] {
        var lines = [
            FormingStatement.beginning, "name \(name)", "process \(String(process, radix: 16))", "bus-port \(busPort)",
            "plan \(plan.shards) \(plan.replicas)", "empty \(isEmpty ? "yes" : "no")",
            "member \(isMember ? "yes" : "no")", "stage \(stage.rawValue)", "number \(number)",
        ]
        lines += owners.map { "owner \($0)" }
        if knowsAsker { lines.append("knows-you yes") }
        if let attempt { lines.append("attempt \(attempt.text)") }
        lines += electorate.map { "elector \($0.text)" }
        lines += renounced.map { "renounced \($0.text)" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// What is added to a statement for one who asks and is known.
    public static let acquaintance = Array("knows-you yes\n".utf8)

    /// What a node has answered; nil where that makes no sense.
    public init?(_ bytes: [UInt8]) {
        guard let lines = Lines(bytes, beginning: FormingStatement.beginning),
            let name = lines["name"].flatMap({ NodeName($0) }),
            let process = lines["process"].flatMap({ UInt64($0, radix: 16) }),
            let busPort = lines["bus-port"].flatMap({ Int($0) }), (1...65_535).contains(busPort),
            let plan = lines["plan"].flatMap({ FormingPlan($0) }),
            let stage = lines["stage"].flatMap({ FormingStage(rawValue: String($0)) }),
            let number = lines["number"].flatMap({ UInt64($0) }),
            let owners = all(lines.all("owner"), { NodeName($0) }),
            let electorate = all(lines.all("elector"), { FormingNode($0) }),
            let attempts = all(lines.all("attempt"), { Attempt($0) }), attempts.count <= 1,
            let renounced = all(lines.all("renounced"), { Attempt($0) })
        else { return nil }
        self.init(name: name, process: process, busPort: busPort, plan: plan)
        (isEmpty, isMember) = (lines.flag("empty"), lines.flag("member"))
        knowsAsker = lines.flag("knows-you")
        (self.owners, self.stage, self.number) = (owners, stage, number)
        (attempt, self.electorate, self.renounced) = (attempts.first, electorate, renounced)
    }
}

extension FormingPlan {
    fileprivate init?(_ text: Substring) {
        let words = text.split(separator: " ")
        guard words.count == 2, let shards = Int(words[0]), let replicas = Int(words[1]), shards > 0, replicas >= 0
        else { return nil }
        self.init(shards: shards, replicas: replicas)
    }
}

extension FormingRecord {
    private static let beginning = "apus-forming-record 1"

    /// The file of a node with a name.
    public func bytes(of name: NodeName) -> [UInt8] {
        var lines = [FormingRecord.beginning, "name \(name)", "stage \(stage.rawValue)", "number \(number)"]
        if let attempt { lines.append("attempt \(attempt.text)") }
        lines += electorate.map { "elector \($0.text)" }
        lines += renounced.map { "renounced \($0.text)" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// What a node's file says; nil where it makes no sense. The file of a node with another name, which has been in this place
    /// before, says nothing of this one.
    public init?(_ bytes: [UInt8], of name: NodeName) {
        self.init()
        guard let lines = Lines(bytes, beginning: FormingRecord.beginning),
            let owner = lines["name"].flatMap({ NodeName($0) }),
            let stage = lines["stage"].flatMap({ FormingStage(rawValue: String($0)) }),
            let number = lines["number"].flatMap({ UInt64($0) }),
            let electorate = all(lines.all("elector"), { FormingNode($0) }),
            let attempts = all(lines.all("attempt"), { Attempt($0) }), attempts.count <= 1,
            let renounced = all(lines.all("renounced"), { Attempt($0) })
        else { return nil }
        guard owner == name else { return }
        (self.stage, self.number, self.electorate) = (stage, number, electorate)
        (attempt, self.renounced) = (attempts.first, renounced)
    }
}
