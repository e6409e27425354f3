import Persistence
import Primitives

/// Manifests of the log: what is read is written and read as the same, and a start knows what to do with it.
struct ManifestTarget: FuzzTarget {
    static let name = "manifest"
    private static let lines = [
        "file appendonly.aof.1.base.rdb seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i",
        "file appendonly.aof.2.incr.aof seq 2 type i", "file \"a b\" seq 3 type h", "# comment", "",
        "file appendonly.aof seq 1 type b", "type i seq 9 file x newer word",
    ]

    init(seed: UInt64) {}

    mutating func run(_ random: inout RandomSource) -> FuzzOutcome {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(5) + 1 { bytes += Array((random.pick(ManifestTarget.lines) + "\n").utf8) }
        let other = Array(random.pick(ManifestTarget.lines).utf8)
        if !random.isOne(of: 4) { for _ in 0..<random.below(4) { bytes.mutate(&random, splicing: other) } }
        do throws(AOFManifestError) {
            let manifest = try AOFManifest(bytes)
            if !manifest.text.isEmpty {
                let again = try AOFManifest(Array(manifest.text.utf8))
                hold(again == manifest, "written and read it is another")
            }
            try plan(bytes, manifest, &random)
            return .taken
        } catch {
            return .refused(String(error.reason.prefix(30)))
        }
    }

    private func plan(
        _ bytes: [UInt8], _ manifest: AOFManifest, _ random: inout RandomSource
    ) throws(AOFManifestError) {
        var findings = AOFFindings()
        findings.manifest = bytes
        for file in manifest.replayed where !random.isOne(of: 8) { findings.sizes[file.name] = random.below(100) }
        findings.hasSingleFile = random.isOne(of: 2)
        _ = try AOFPlan(findings, prefix: "appendonly.aof")
    }
}
