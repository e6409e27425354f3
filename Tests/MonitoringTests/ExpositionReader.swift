import Testing

/// The text formats of metrics as a scraper reads them: strict, and written from their specifications alone.
struct ExpositionReader {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var name: String
        var type = ""
        var help = ""
        var unit = ""
        var samples: [Sample] = []
    }

    private(set) var families: [Family] = []
    private(set) var faults: [String] = []
    let isOpenMetrics: Bool

    init(_ text: String, isOpenMetrics: Bool) {
        self.isOpenMetrics = isOpenMetrics
        guard text.hasSuffix("\n") else {
            faults.append("no line break at the end")
            return
        }
        var lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if isOpenMetrics, lines.popLast() != "# EOF" { faults.append("no EOF") }
        for line in lines { read(line) }
        checkFamilies()
    }

    /// The values of a name, by a label.
    func values(_ name: String) -> [Sample] { families.flatMap(\.samples).filter { $0.name == name } }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        values(name).first { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }?.value
    }

    private mutating func fault(_ text: String, _ line: String) { faults.append("\(text): \(line)") }

    private mutating func read(_ line: String) {
        if line.isEmpty { return fault("empty line", line) }
        guard line.hasPrefix("#") else { return readSample(line) }
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, words[0] == "#" else { return fault("not a description", line) }
        if families.last?.name != words[2] || families.last?.samples.isEmpty == false {
            if families.contains(where: { $0.name == words[2] }) { fault("family twice", line) }
            families.append(Family(name: words[2]))
        }
        switch words[1] {
        case "HELP": families[families.count - 1].help = words[3]
        case "TYPE": families[families.count - 1].type = words[3]
        case "UNIT": families[families.count - 1].unit = words[3]
        default: fault("unknown description", line)
        }
    }

    private mutating func readSample(_ line: String) {
        var rest = Substring(line)
        let name = String(rest.prefix { $0 != "{" && $0 != " " })
        rest = rest.dropFirst(name.count)
        guard isName(name) else { return fault("bad name", line) }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            guard let read = readLabels(&rest) else { return fault("bad labels", line) }
            labels = read
        }
        guard rest.first == " ", let value = number(rest.dropFirst()) else { return fault("bad value", line) }
        guard let family = families.last, suffixes(family.type).contains(where: { family.name + $0 == name }) else {
            return fault("not of the family above", line)
        }
        families[families.count - 1].samples.append(Sample(name: name, labels: labels, value: value))
    }

    private func suffixes(_ type: String) -> [String] {
        switch (type, isOpenMetrics) {
        case ("counter", true): ["_total"]
        case ("info", true): ["_info"]
        case ("histogram", _): ["_bucket", "_count", "_sum"]
        case ("counter", false), ("gauge", _): [""]
        default: []
        }
    }

    private func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic || first == "_" else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == ":")
        }
    }

    private func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.contains { $0.isWhitespace || $0.isLetter && $0 != "e" } ? nil : Double(text)
        }
    }

    private func readLabels(_ rest: inout Substring) -> [String: String]? {
        var labels: [String: String] = [:]
        rest = rest.dropFirst()
        while true {
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard isName(name), labels[name] == nil, rest.hasPrefix("=\"") else { return nil }
            rest = rest.dropFirst(2)
            guard let value = readQuoted(&rest) else { return nil }
            labels[name] = value
            guard let next = rest.popFirst() else { return nil }
            if next == "}" { return labels }
            if next != "," { return nil }
        }
    }

    private func readQuoted(_ rest: inout Substring) -> String? {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "n": value += "\n"
                case "\\": value += "\\"
                case "\"": value += "\""
                default: return nil
                }
            default: value.append(character)
            }
        }
        return nil
    }

    private mutating func checkFamilies() {
        for family in families {
            if family.help.isEmpty || family.type.isEmpty { fault("not described", family.name) }
            if family.samples.isEmpty { fault("no samples", family.name) }
            if !family.unit.isEmpty, !family.name.hasSuffix("_\(family.unit)") { fault("unit", family.name) }
            if isOpenMetrics, family.name.hasSuffix("_total") { fault("suffix in family", family.name) }
            let identities = family.samples.map { [$0.name] + $0.labels.sorted { $0.key < $1.key }.map { "\($0)" } }
            if Set(identities).count != identities.count { fault("a sample twice", family.name) }
            if family.type == "counter", family.samples.contains(where: { !($0.value >= 0) }) {
                fault("negative counter", family.name)
            }
            if family.type == "histogram" { check(histogram: family) }
        }
    }

    private mutating func check(histogram family: Family) {
        func series(_ sample: Sample) -> [String] {
            sample.labels.filter { $0.key != "le" }.sorted { $0.key < $1.key }.map { "\($0)" }
        }
        for key in Set(family.samples.map(series)) {
            let own = family.samples.filter { series($0) == key }
            let buckets = own.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.map { number(Substring($0.labels["le"] ?? "")) ?? .nan }
            let counts = buckets.map(\.value)
            if bounds != bounds.sorted() || counts != counts.sorted() { fault("buckets fall", family.name) }
            let count = own.first { $0.name.hasSuffix("_count") }?.value
            if bounds.last != .infinity || counts.last != count { fault("the last bucket", family.name) }
            if own.count(where: { $0.name.hasSuffix("_sum") }) != 1 { fault("sum", family.name) }
        }
    }
}
