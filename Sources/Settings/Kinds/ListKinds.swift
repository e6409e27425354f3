import Primitives

/// Addresses to listen on. One with `-` before it may be missing; none at all means not to listen.
struct AddressKind: ListKind {
    typealias Value = [String]

    let typeName = "addresses"
    let valueRange = "up to 16 addresses"

    func read(_ words: [[UInt8]]) throws(Refusal) -> [String] {
        if words.count > 16 { throw Refusal("Too many bind addresses specified.") }
        return words == [[]] ? [] : words.filter { !$0.isEmpty }.map(\.text)
    }

    func words(_ value: [String]) -> [String] { value }
}

/// Percentiles of latencies.
struct PercentileKind: ListKind {
    typealias Value = [Double]

    let typeName = "percentiles"
    let valueRange = "numbers from 0 to 100"

    func read(_ words: [[UInt8]]) throws(Refusal) -> [Double] {
        var percentiles: [Double] = []
        for word in words == [[]] ? [] : words { percentiles.append(try percentile(word)) }
        return percentiles
    }

    private func percentile(_ word: [UInt8]) throws(Refusal) -> Double {
        guard let value = word.withBytes(\.double) else {
            throw Refusal("Invalid latency-tracking-info-percentiles parameters")
        }
        guard (0...100).contains(value) else {
            throw Refusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
        }
        // Six decimals are shown, so no more are kept: what CONFIG GET shows is what CONFIG SET takes.
        return (value * 1_000_000).rounded() / 1_000_000
    }

    func words(_ value: [Double]) -> [String] { value.map(NumberText.text) }
}

/// Three scores for the kernel's choice of a victim: of a primary, of a replica, of a child.
struct ScoreKind: ListKind {
    typealias Value = [Int]

    let typeName = "scores"
    let valueRange = "three numbers from -2000 to 2000"

    func read(_ words: [[UInt8]]) throws(Refusal) -> [Int] {
        guard words.count == 3 else { throw Refusal("wrong number of arguments") }
        let scores = words.compactMap { $0.withBytes(\.integer) }.filter { (-2000...2000).contains($0) }
        guard scores.count == 3 else {
            throw Refusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
        }
        return scores.map { Int($0) }
    }

    func words(_ value: [Int]) -> [String] { value.map { String($0) } }
}
