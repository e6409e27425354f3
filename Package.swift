// swift-tools-version: 6.2
import PackageDescription

// The house as one table: a module and what it may import, from the ground floor up.
// `Tests/HouseTests` holds the imports of every source file against it.
let house: [(module: String, imports: [String])] = [
    ("Primitives", ["CShims"]),
    ("RESP", ["Primitives"]),
    ("Structures", ["Primitives", "CShims"]),
    ("Storage", ["Structures", "Primitives", "CShims"]),
    ("Settings", ["Primitives"]),
    ("Access", ["Primitives", "Crypto"]),
    ("Commands", ["RESP", "Storage", "Settings", "Access", "Structures", "Primitives", "CShims"]),
    ("Persistence", ["Commands", "RESP", "Storage", "Structures", "Settings", "Primitives", "CShims"]),
    ("Replication", ["Persistence", "Commands", "RESP", "Storage", "Settings", "Primitives", "CShims"]),
    ("Scripting", ["Persistence", "Commands", "RESP", "Storage", "Settings", "Primitives", "CLua"]),
    ("Encryption", ["Settings", "NIOCore", "NIOEmbedded", "NIOSSL", "NIOTLS"]),
    (
        "Server",
        [
            "Replication", "Scripting", "Persistence", "Encryption", "Commands", "Storage", "Structures", "Settings",
            "Primitives", "CShims", "Logging",
        ]
    ),
]

/// Libraries of packages, by the name that is imported.
let libraries: [String: Target.Dependency] = [
    "Crypto": .product(name: "Crypto", package: "swift-crypto"),
    "Logging": .product(name: "Logging", package: "swift-log"),
    "NIOCore": .product(name: "NIOCore", package: "swift-nio"),
    "NIOEmbedded": .product(name: "NIOEmbedded", package: "swift-nio"),
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
    ("StorageTests", ["Storage", "Primitives"]),
    ("StructuresTests", ["Structures", "Primitives"]),
    ("SettingsTests", ["Settings", "Primitives"]),
    ("AccessTests", ["Access", "Primitives"]),
    ("EncryptionTests", ["Encryption", "Settings", "Harness"]),
    (
        "PersistenceTests",
        ["Persistence", "Payloads", "Commands", "Storage", "Structures", "Settings", "RESP", "Primitives", "Harness"]
    ),
    (
        "ReplicationTests",
        ["Replication", "Persistence", "Commands", "Storage", "Structures", "Settings", "RESP", "Primitives"]
    ),
    ("ScriptingTests", ["Scripting", "Commands", "Storage", "Settings", "RESP", "Primitives"]),
    (
        "ServerTests",
        [
            "Server", "Persistence", "Harness", "Commands", "Storage", "Structures", "Settings", "RESP", "Primitives",
            "Logging",
        ]
    ),
    ("ProcessTests", ["Harness", "CHiredis"]),
    ("DifferentialTests", ["Harness", "Payloads", "Persistence", "Storage", "Structures", "Primitives"]),
    ("CommandsTests", ["Scripting", "Persistence", "Commands", "Storage", "Settings", "Access", "RESP", "Primitives"]),
]

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .executable(name: "apus-bench", targets: ["Bench"]),
        .executable(name: "apus-fuzz", targets: ["Fuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .target(name: "CShims"),
        .target(name: "CLua", linkerSettings: [.linkedLibrary(":liblua5.1.a"), .linkedLibrary("m")]),
        .systemLibrary(name: "CHiredis", path: "Tests/CHiredis"),
        .target(name: "Harness", path: "Tests/Harness", swiftSettings: strict),
        .executableTarget(name: "apus", dependencies: ["Server"], swiftSettings: strict),
        .executableTarget(
            name: "Bench", dependencies: ["Commands", "Settings", "Primitives", "CShims"], swiftSettings: strict),
        .target(
            name: "Payloads", dependencies: ["Storage", "Structures", "Primitives"], path: "Tests/Payloads",
            swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Payloads", "Persistence", "Commands", "RESP", "Storage", "Structures", "Settings", "Primitives",
                "CShims",
            ],
            swiftSettings: strict),
    ]
        + house.map { room in
            .target(name: room.module, dependencies: room.imports.map(dependency), swiftSettings: strict)
        }
        + tests.map { test in
            .testTarget(name: test.name, dependencies: test.imports.map(dependency), swiftSettings: strict)
        }
)
