import Primitives
import Testing

@testable import Persistence

@Suite struct AOFManifestTests {
    private func read(_ text: String) throws(AOFManifestError) -> AOFManifest { try AOFManifest(Array(text.utf8)) }

    private func refusal(_ text: String) -> AOFManifestError? {
        do throws(AOFManifestError) {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func namesFilesInOrder() throws {
        let manifest = try read(
            """
            # a remark
            file appendonly.aof.2.base.rdb seq 2 type b
            file appendonly.aof.1.base.rdb seq 1 type h
            file appendonly.aof.3.incr.aof seq 3 type i
            file appendonly.aof.5.incr.aof seq 5 type i startoffset 17

            """)
        #expect(manifest.base == AOFFile(name: "appendonly.aof.2.base.rdb", sequence: 2, kind: .base))
        #expect(manifest.history.map(\.name) == ["appendonly.aof.1.base.rdb"])
        #expect(manifest.increments.map(\.sequence) == [3, 5])
        #expect(
            manifest.replayed.map(\.name) == [
                "appendonly.aof.2.base.rdb", "appendonly.aof.3.incr.aof", "appendonly.aof.5.incr.aof",
            ])
    }

    @Test func readsBackWhatItWrites() throws {
        var manifest = AOFManifest()
        manifest.base = AOFFile(name: "my log\n\"x\".1.base.aof", sequence: 1, kind: .base)
        manifest.history = [AOFFile(name: "plain", sequence: 1, kind: .history)]
        manifest.increments = (1...3).map { AOFFile(name: "größe'\($0)", sequence: $0, kind: .increment) }
        #expect(try read(manifest.text) == manifest)
        #expect(manifest.text.contains(#"file "my log\n\"x\".1.base.aof" seq 1 type b"#))
        #expect(manifest.text.contains("file plain seq 1 type h\n"))
    }

    @Test(arguments: [
        ("file a seq 1 type b\nfile b seq 2 type b\n", 2, "Found duplicate base file information"),
        ("file a seq 2 type i\nfile b seq 2 type i\n", 2, "Found a non-monotonic sequence number"),
        ("file a seq 2 type i\n#\nfile b seq 1 type i\n", 3, "Found a non-monotonic sequence number"),
        ("file a seq 1 type x\n", 1, "Unknown AOF file type"),
        ("file ../a seq 1 type b\n", 1, "File can't be a path, just a filename"),
        ("file a seq 1 type\n", 1, "Invalid AOF manifest file format"),
        ("file a seq 1\n", 1, "Invalid AOF manifest file format"),
        ("file a seq one type b\n", 1, "Invalid AOF manifest file format"),
        ("file a seq 0 type b\n", 1, "Invalid AOF manifest file format"),
        ("file \"a seq 1 type b\n", 1, "Invalid AOF manifest file format"),
        ("\nfile a seq 1 type b\n", 1, "Invalid AOF manifest file format"),
        ("name a seq 1 type b\n", 1, "Invalid AOF manifest file format"),
    ])
    func refusesWithTheLine(_ text: String, _ line: Int, _ reason: String) {
        let error = refusal(text)
        #expect(error?.line == line)
        #expect(error?.reason == reason)
        #expect(error?.report.contains("at line \(line)\n>>> '") == true)
    }

    @Test func refusesAnEmptyOneAndLongLines() {
        #expect(refusal("")?.reason == "Found an empty AOF manifest")
        let long = "file \(String(repeating: "a", count: 2000)) seq 1 type b\n"
        #expect(refusal(long)?.reason == "The AOF manifest file contains too long line")
    }

    @Test func numbersOfFilesRise() throws {
        let manifest = try read("file a seq 4 type b\nfile b seq 9 type i\n")
        #expect(manifest.nextIncrement("log").name == "log.10.incr.aof")
        #expect(manifest.nextIncrement("log", after: 12).sequence == 13)
        #expect(manifest.nextBase("log", isRDB: true).name == "log.5.base.rdb")
        #expect(manifest.nextBase("log", isRDB: false).name == "log.5.base.aof")
        #expect(AOFManifest().nextBase("log", isRDB: true).sequence == 1)
    }

    @Test func aBaseReplacesWhatItHolds() throws {
        let manifest = try read("file a seq 1 type b\nfile b seq 1 type i\nfile c seq 2 type i\n")
        let base = manifest.nextBase("log", isRDB: false)
        let next = manifest.replacing(base: base, keepingFrom: manifest.increments[1])
        #expect(next.base == base)
        #expect(next.increments.map(\.name) == ["c"])
        #expect(next.history.map(\.name) == ["a", "b"])
        #expect(next.history.allSatisfy { $0.kind == .history })
    }
}

@Suite struct AOFPlanTests {
    private func findings(_ manifest: String?, _ sizes: [String: Int] = [:], single: Bool = false) -> AOFFindings {
        var findings = AOFFindings()
        findings.manifest = manifest.map { Array($0.utf8) }
        findings.sizes = sizes
        findings.hasSingleFile = single
        return findings
    }

    @Test func beginsWithNothing() throws {
        #expect(try AOFPlan(findings(nil), prefix: "log") == .none)
        #expect(try AOFPlan(findings("file a seq 1 type h\n"), prefix: "log") == .none)
    }

    @Test func takesTheFileOfAnOldVersionOver() throws {
        var upgraded = AOFManifest()
        upgraded.base = AOFFile(name: "log", sequence: 1, kind: .base)
        #expect(try AOFPlan(findings(nil, single: true), prefix: "log") == .upgrade(upgraded))
        // Interrupted between manifest and move, and after it.
        #expect(try AOFPlan(findings("file log seq 1 type b\n", single: true), prefix: "log") == .upgrade(upgraded))
        #expect(try AOFPlan(findings("file log seq 1 type b\n", ["log": 1]), prefix: "log") == .load(upgraded))
    }

    @Test func refusesWhereAFileIsMissing() throws {
        let text = "file a seq 1 type b\nfile b seq 1 type i\n"
        let manifest = try AOFManifest(Array(text.utf8))
        #expect(try AOFPlan(findings(text, ["a": 5, "b": 0]), prefix: "log") == .load(manifest))
        #expect(throws: AOFManifestError.self) { try AOFPlan(findings(text, ["a": 5]), prefix: "log") }
    }

    @Test func cutsOnlyWhatMayBeCut() {
        let torn = AOFError(kind: .torn, validSize: 90, offset: 95, reason: "gone")
        let damaged = AOFError(kind: .damaged, validSize: 90, offset: 95, reason: "bad")
        func remedy(_ error: AOFError, isLast: Bool = true, cuts: Bool = true, longest: Int = 0) -> AOFRemedy {
            AOFRemedy(error, in: "f", size: 100, isLast: isLast, cutsTornTails: cuts, longestDamage: longest)
        }
        #expect(remedy(torn) == .cut(size: 90))
        #expect(remedy(damaged, longest: 10) == .cut(size: 90))
        for refused in [
            remedy(torn, isLast: false), remedy(torn, cuts: false), remedy(damaged), remedy(damaged, longest: 9),
            remedy(damaged, isLast: false, longest: 10),
        ] {
            guard case .refuse(let reason) = refused else {
                Issue.record("\(refused)")
                continue
            }
            #expect(reason.contains("at offset 95 of f"))
        }
    }
}
