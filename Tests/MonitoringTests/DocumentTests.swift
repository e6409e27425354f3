import Foundation
import Testing

@testable import Monitoring

/// What the documents say of metrics.
struct MetricDocumentTests {
    private func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return try String(contentsOf: folder.appending(path: "../../docs/\(name)"), encoding: .utf8)
    }

    @Test func everyMetricIsDescribed() throws {
        let rows = try text("metrics.md").split(separator: "\n").filter { $0.hasPrefix("| `apus_") }
        let described = rows.map { row in row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(Set(described.map { $0[0] }) == Set(Metrics.families.map { "`\($0.name)`" }))
        for family in Metrics.families {
            let row = try #require(described.first { $0[0] == "`\(family.name)`" })
            #expect(row[1] == (family.kind == "information" ? "info" : family.kind), "\(family.name)")
            #expect(row.contains(family.help), "\(family.name)")
        }
    }

    @Test func theDashboardKnowsOnlyMetricsThatAreThere() throws {
        let text = try text("grafana-dashboard.json")
        let dashboard = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        var expressions: [String] = []
        for panel in panels {
            for target in panel["targets"] as? [[String: Any]] ?? [] {
                expressions.append(try #require(target["expr"] as? String))
            }
        }
        #expect(expressions.count >= 40)
        let names = expressions.flatMap { expression in
            expression.split { !($0.isLetter || $0.isNumber || $0 == "_") }.filter { $0.hasPrefix("apus_") }
        }
        for name in Set(names.map(String.init)) { #expect(Metrics.names.contains(name), "\(name)") }
        let places = panels.compactMap { $0["gridPos"] as? [String: Int] }
        #expect(places.count == panels.count && places.allSatisfy { $0["x"]! + $0["w"]! <= 24 })
    }
}
