import Glibc
import Testing

/// The package manager lets a module import a sibling that it does not depend on; this does not.
@Suite struct ImportTests {
    static let root = String(#filePath.dropLast("/Tests/HouseTests/ImportTests.swift".count))
    /// What every module may import beside its neighbours below.
    static let system: Set = ["Glibc", "Synchronization"]

    @Test func everySourceFileImportsOnlyWhatTheTableOfTheHouseAllows() throws {
        let house = try House(manifest: Self.root + "/Package.swift")
        #expect(house.rooms.count >= 8)
        var files = 0
        for module in try names(in: Self.root + "/Sources") where module != "CShims" && module != "CLua" {
            let allowed = try #require(house.rooms[module], "\(module) is missing in the table of the house")
            for file in try swiftFiles(under: Self.root + "/Sources/\(module)") {
                files += 1
                for imported in try imports(of: file) where !Self.system.contains(imported) {
                    #expect(allowed.contains(imported), "\(file) imports \(imported)")
                }
            }
        }
        #expect(files > 50)
    }

    @Test func theTableOnlyPointsDownwards() throws {
        let house = try House(manifest: Self.root + "/Package.swift")
        var below = house.libraries.union(["CShims", "CLua"])
        for (module, imports) in house.order {
            #expect(below.isSuperset(of: imports), "\(module) imports what stands above it")
            below.insert(module)
        }
    }

    private func imports(of file: String) throws -> [String] {
        try text(of: file).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").filter { !$0.hasPrefix("@") && $0 != "public" && $0 != "package" }
            guard words.first == "import", words.count >= 2 else { return nil }
            return String(words[1].split(separator: ".")[0])
        }
    }
}

/// The table in the manifest: rows of the form `("Module", ["Import", …]),`.
struct House {
    let order: [(module: String, imports: [String])]
    /// The table, and the executables above it.
    let rooms: [String: Set<String>]
    /// What packages bring.
    let libraries: Set<String>

    init(manifest: String) throws {
        let lines = try text(of: manifest).split(separator: "\n")
        order = try House.names(inTable: "let house", rowsEndWith: "]", lines).map { ($0[0], Array($0.dropFirst())) }
        libraries = Set(try House.names(inTable: "let libraries", rowsEndWith: "\n", lines).map { $0[0] })
        var rooms = Dictionary(uniqueKeysWithValues: order.map { ($0.module, Set($0.imports)) })
        rooms["apus"] = ["Server", "Admin"]
        rooms["Bench"] = ["Commands", "Gossip", "Settings", "Primitives", "CShims"]
        rooms["Fuzz"] = [
            "Payloads", "Persistence", "Commands", "Gossip", "RESP", "Storage", "Structures", "Settings", "Primitives",
            "CShims",
        ]
        rooms["Simulate"] = ["Simulation"]
        self.rooms = rooms
    }

    /// What stands in quotes in each row of a table.
    private static func names(
        inTable beginning: String, rowsEndWith last: Character, _ lines: [Substring]
    ) throws -> [[String]] {
        let start = try #require(lines.firstIndex { $0.hasPrefix(beginning) })
        let end = try #require(lines[start...].firstIndex { $0 == "]" })
        let rows = lines[start + 1..<end].joined(separator: "\n").split(separator: last)
        return rows.filter { $0.contains("\"") }.map { row in
            row.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }
}

func text(of path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "cannot open \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[0..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

func names(in folder: String) throws -> [String] {
    let directory = try #require(opendir(folder), "cannot open \(folder)")
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { found.append(name) }
    }
    return found.sorted()
}

func swiftFiles(under folder: String) throws -> [String] {
    try names(in: folder).flatMap { name -> [String] in
        if name.hasSuffix(".swift") { return ["\(folder)/\(name)"] }
        return name.contains(".") ? [] : try swiftFiles(under: "\(folder)/\(name)")
    }
}
