// swift-tools-version: 6.2
import PackageDescription

// The house as one table: a module and what it may import, from the ground floor up.
// `Tests/HouseTests` holds the imports of every source file against it.
let house: [(module: String, imports: [String])] = [
    ("Primitives", ["CShims"]),
    ("RESP", ["Primitives"]),
    ("Gossip", ["Primitives"]),
    ("Forming", ["Gossip", "Primitives", "NIOCore", "NIOEmbedded", "NIOHTTP1"]),
    ("Structures", ["Primitives", "CShims"]),
    ("Storage", ["Structures", "Primitives", "CShims"]),
    ("Settings", ["Primitives"]),
    ("Access", ["Primitives", "Crypto"]),
    ("Commands", ["RESP", "Gossip", "Storage", "Settings", "Access", "Structures", "Primitives", "CShims"]),
    ("Persistence", ["Commands", "RESP", "Storage", "Structures", "Settings", "Primitives", "CShims"]),
    ("Replication", ["Persistence", "Commands", "Gossip", "RESP", "Storage", "Settings", "Primitives", "CShims"]),
    ("Scripting", ["Persistence", "Commands", "RESP", "Storage", "Settings", "Primitives", "CLua"]),
    (
        "Clustering",
        ["Replication", "Persistence", "Commands", "Gossip", "RESP", "Storage", "Settings", "Primitives", "CShims"]
    ),
    (
        "Monitoring",
        ["Clustering", "Commands", "Gossip", "Settings", "Storage", "Primitives", "NIOCore", "NIOEmbedded", "NIOHTTP1"]
    ),
    ("Encryption", ["Settings", "NIOCore", "NIOEmbedded", "NIOSSL", "NIOTLS"]),
    ("Admin", ["Encryption", "RESP", "Primitives", "CShims", "ArgumentParser"]),
    (
        "Simulation",
        [
            "Clustering", "Forming", "Gossip", "Replication", "Persistence", "Commands", "RESP", "Storage", "Settings",
            "Primitives",
        ]
    ),
    (
        "Server",
        [
            "Clustering", "Forming", "Gossip", "Replication", "Scripting", "Persistence", "Encryption", "Monitoring",
            "Commands", "Storage", "Structures", "Settings",
            "Primitives", "CShims", "Logging",
        ]
    ),
]

/// Libraries of packages, by the name that is imported.
let libraries: [String: Target.Dependency] = [
    "ArgumentParser": .product(name: "ArgumentParser", package: "swift-argument-parser"),
    "Crypto": .product(name: "Crypto", package: "swift-crypto"),
    "Logging": .product(name: "Logging", package: "swift-log"),
    "NIOCore": .product(name: "NIOCore", package: "swift-nio"),
    "NIOEmbedded": .product(name: "NIOEmbedded", package: "swift-nio"),
    "NIOHTTP1": .product(name: "NIOHTTP1", package: "swift-nio"),
    "NIOSSL": .product(name: "NIOSSL", package: "swift-nio-ssl"),
    "NIOTLS": .product(name: "NIOTLS", package: "swift-nio"),
]

func dependency(_ name: String) -> Target.Dependency { libraries[name] ?? .byName(name: name) }

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    // A node is one thread that shares nothing, so dynamic exclusivity checks can only cost: the debug build, and with
    // it every test, keeps them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Test targets: a name, and what it imports beside Testing.
let tests: [(name: String, imports: [String])] = [
    ("HouseTests", []),
    ("PrimitivesTests", ["Primitives"]),
    ("RESPTests", ["RESP", "Primitives"]),
    ("GossipTests", ["Gossip", "Primitives"]),
    ("FormingTests", ["Forming", "Gossip", "Primitives"]),
    (
        "ClusteringTests",
        [
            "Clustering", "Gossip", "Replication", "Persistence", "Commands", "Storage", "Settings", "RESP",
            "Primitives",
        ]
    ),
    ("StorageTests", ["Storage", "Primitives"]),
    ("StructuresTests", ["Structures", "Primitives"]),
    ("SettingsTests", ["Settings", "Primitives"]),
    ("AccessTests", ["Access", "Primitives"]),
    (
        "MonitoringTests",
        ["Monitoring", "Clustering", "Replication", "Commands", "Gossip", "Settings", "RESP", "Primitives", "Harness"]
    ),
    ("EncryptionTests", ["Encryption", "Settings", "Harness"]),
    ("AdminTests", ["Admin", "RESP", "Primitives"]),
    (
        "PersistenceTests",
        [
            "Persistence", "Simulation", "Payloads", "Commands", "Storage", "Structures", "Settings", "RESP",
            "Primitives", "Harness",
        ]
    ),
    (
        "ReplicationTests",
        ["Replication", "Persistence", "Commands", "Storage", "Structures", "Settings", "RESP", "Primitives"]
    ),
    ("ScriptingTests", ["Scripting", "Commands", "Storage", "Settings", "RESP", "Primitives"]),
    (
        "ServerTests",
        [
            "Server", "Clustering", "Gossip", "Persistence", "Harness", "Commands", "Storage", "Structures", "Settings",
            "RESP", "Primitives", "Logging",
        ]
    ),
    ("SimulationTests", ["Simulation", "Forming", "Gossip", "Primitives"]),
    ("ProcessTests", ["Harness", "CHiredis"]),
    ("DifferentialTests", ["Harness", "Payloads", "Persistence", "Storage", "Structures", "Primitives"]),
    (
        "CommandsTests",
        ["Scripting", "Persistence", "Commands", "Gossip", "Storage", "Settings", "Access", "RESP", "Primitives"]
    ),
]

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .executable(name: "apus-bench", targets: ["Bench"]),
        .executable(name: "apus-fuzz", targets: ["Fuzz"]),
        .executable(name: "apus-simulate", targets: ["Simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .target(name: "CShims"),
        .target(name: "CLua", linkerSettings: [.linkedLibrary(":liblua5.1.a"), .linkedLibrary("m")]),
        .systemLibrary(name: "CHiredis", path: "Tests/CHiredis"),
        .systemLibrary(name: "CNamespaces", path: "Tests/CNamespaces"),
        .target(name: "Harness", dependencies: ["CNamespaces"], path: "Tests/Harness", swiftSettings: strict),
        .executableTarget(name: "apus", dependencies: ["Server", "Admin"], swiftSettings: strict),
        .executableTarget(
            name: "Bench", dependencies: ["Commands", "Gossip", "Settings", "Primitives", "CShims"],
            swiftSettings: strict),
        .target(
            name: "Payloads", dependencies: ["Storage", "Structures", "Primitives"], path: "Tests/Payloads",
            swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Payloads", "Persistence", "Commands", "Gossip", "RESP", "Storage", "Structures", "Settings",
                "Primitives", "CShims",
            ],
            swiftSettings: strict),
        .executableTarget(name: "Simulate", dependencies: ["Simulation"], swiftSettings: strict),
    ]
        + house.map { room in
            .target(name: room.module, dependencies: room.imports.map(dependency), swiftSettings: strict)
        }
        + tests.map { test in
            .testTarget(name: test.name, dependencies: test.imports.map(dependency), swiftSettings: strict)
        }
)
