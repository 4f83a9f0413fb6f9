// swift-tools-version: 6.2
// One list of targets, one set of flags. Who may import whom is the table in Tests/TidyTests/LayeringTests.swift.

import PackageDescription

/// Every target: Swift 6, no implicit re-exports, existentials spelled out, no warning tolerated.
let checks: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // Own types with spans inside need it; the standard library ships with it.
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

/// Targets that wrap no C are held to strict memory safety as well: not one `unsafe` in them but in Link's ring.
let pure = checks + [.strictMemorySafety()]

func control(
  _ name: String, _ dependencies: [Target.Dependency] = [], wrapsC: Bool = false, exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", exclude: exclude,
    swiftSettings: wrapsC ? checks : pure)
}

func media(
  _ name: String, _ dependencies: [Target.Dependency] = [], wrapsC: Bool = false
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Media/\(name)", swiftSettings: wrapsC ? checks : pure)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: checks)
}

func library(_ name: String, in folder: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(name: name, path: "\(folder)/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
  name: "tandem",
  products: [.executable(name: "tandem", targets: ["tandem"])],
  targets: [
    // C libraries, one module each.
    library("CWebsockets", in: "Sources", pkgConfig: "libwebsockets", apt: "libwebsockets-dev"),
    library("CEvent", in: "Sources", apt: "libev-dev"),
    library("CSQLite", in: "Sources", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("CYAML", in: "Sources", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    library("CZlib", in: "Sources", pkgConfig: "zlib", apt: "zlib1g-dev"),
    library("COpenSSL", in: "Media", pkgConfig: "openssl", apt: "libssl-dev"),
    library("CSRTP", in: "Media", pkgConfig: "libsrtp2", apt: "libsrtp2-dev"),
    library("COgg", in: "Media", pkgConfig: "ogg", apt: "libogg-dev"),
    library("COpus", in: "Media", pkgConfig: "opus", apt: "libopus-dev"),
    .target(name: "CCurl", path: "Sources/C/CCurl"),
    .target(name: "CPage", path: "Sources/C/CPage"),
    .target(name: "CVectors", path: "Sources/C/CVectors"),
    .target(name: "CSystem", path: "Media/C/CSystem"),
    .target(name: "CMultiBuffer", path: "Media/C/CMultiBuffer"),

    // Floor 0: what every floor speaks.
    control("Values"),
    control("Control", ["CEvent", "CSystem", "Values"], wrapsC: true),
    control("Configuration", ["CYAML", "Values"], wrapsC: true),
    control("Observe", ["CSystem", "Values"], wrapsC: true),
    control("Matching", ["Values"]),
    control("Vectors", ["CVectors", "Matching"], wrapsC: true),
    media("Crypto", ["CMultiBuffer", "COpenSSL", "CSRTP"], wrapsC: true),
    media("Wire"),
    media("Structures", wrapsC: true),
    media("Talk"),
    media("Bandwidth", ["Structures"]),
    media("Link", ["Wire"]),
    media("Tape", ["Link", "Wire", "Talk", "COgg", "COpus"], wrapsC: true),
    media("Transport", ["Crypto", "Link", "Wire", "Structures"]),
    media("Forwarding", ["Bandwidth", "Link", "Wire", "Talk", "Structures"]),
    media("Caller", ["Crypto", "Link", "Wire", "Structures"]),
    media(
      "Engine", ["Forwarding", "Transport", "Tape", "Crypto", "Link", "Wire", "Structures", "CSystem"],
      wrapsC: true),

    media(
      "Generator", ["Engine", "Caller", "Crypto", "Link", "Wire", "Structures", "CSystem"], wrapsC: true),

    // Floor 1: the outside world.
    control("Store", ["CSQLite", "Control", "Observe", "Values"], wrapsC: true),
    control(
      "Web",
      ["CWebsockets", "CZlib", "CCurl", "CSystem", "CEvent", "Crypto", "Control", "Observe", "Values"],
      wrapsC: true),
    control("Page", ["CPage", "Values"], wrapsC: true, exclude: ["assets"]),

    // Floor 2 and up: meaning.
    control("Access", ["Store", "Crypto", "Control", "Configuration", "Observe", "Values"]),
    control(
      "Sessions",
      ["Access", "Store", "Crypto", "Link", "Wire", "Control", "Configuration", "Observe", "Values"]),
    control(
      "Webhooks", ["Store", "Web", "Crypto", "Control", "Configuration", "Observe", "Values"]),
    control(
      "Library",
      [
        "Sessions", "Access", "Store", "Engine", "Tape", "Talk", "Crypto", "Link", "Control", "Observe",
        "Values",
      ], wrapsC: true),
    control(
      "Matchmaker",
      ["Sessions", "Access", "Store", "Matching", "Control", "Observe", "Values"]),
    control("Agenda", ["Sessions", "Access", "Store", "Control", "Observe", "Values"]),
    control(
      "API",
      [
        "Agenda", "Library", "Matchmaker", "Matching", "Sessions", "Access", "Store", "Crypto", "Web", "Page",
        "Control", "Configuration",
        "Observe",
        "Values",
      ]),
    control(
      "Server",
      [
        "API", "Agenda", "Library", "Matchmaker", "Matching", "Sessions", "Webhooks", "Access", "Store",
        "Web", "Page",
        "Engine", "Crypto",
        "Link", "Wire",
        "Control", "Configuration", "Observe", "Values", "CSystem",
      ], wrapsC: true),
    control(
      "LoadTest",
      [
        "Web", "Access", "Generator", "Engine", "Caller", "Crypto", "Link", "Structures", "Wire", "Control",
        "Values",
      ],
      wrapsC: true),
    control(
      "Commands",
      [
        "Server", "LoadTest", "Generator", "Library", "Matching", "Web", "Access", "Store", "Crypto",
        "Control",
        "Configuration",
        "Observe", "Values",
        "CSystem",
      ],
      wrapsC: true),
    .executableTarget(
      name: "tandem", dependencies: ["Commands", "Control"],
      path: "Sources/tandem", swiftSettings: checks),

    // What the best assignment is, found in another way; and what plainer ways find.
    .target(name: "MatchingReferee", path: "Tests/Support/MatchingReferee"),
    // Counts allocations in tests that allow none.
    .target(name: "AllocationCount", path: "Tests/Support/AllocationCount"),
    // The time of day of calls that are simulated.
    .target(name: "VirtualClock", path: "Tests/Support/VirtualClock"),
    // Killed by StoreTests, to see what survives.
    .executableTarget(
      name: "store-writer", dependencies: ["Store", "Control", "Values"], path: "Tests/Support/StoreWriter",
      swiftSettings: checks),
    // Measured and fuzzed by hand and by CI, not shipped.
    .executableTarget(
      name: "tandem-bench", dependencies: ["Control", "Values", "Access"], path: "Tests/Bench",
      exclude: ["tls_memory.py"],
      swiftSettings: checks),
    .executableTarget(
      name: "media-bench",
      dependencies: ["LoadTest", "Generator", "Caller", "Wire", "Structures", "Web", "Control", "Values"],
      path: "Tests/MediaBench",
      exclude: ["floor.c", "bench.py", "growth.py", "plot.py", "scenarios.py", "servers.py"],
      swiftSettings: checks),
    .executableTarget(
      name: "tape-bench", dependencies: ["Tape", "Link"], path: "Tests/TapeBench", swiftSettings: checks),
    .executableTarget(
      name: "matching-bench", dependencies: ["Matching", "MatchingReferee", "Values", "Vectors"],
      path: "Tests/MatchingBench", swiftSettings: checks),
    .executableTarget(
      name: "udp-bench", dependencies: ["Engine", "CSystem"], path: "Tests/EngineBench",
      swiftSettings: checks),
    .executableTarget(
      name: "fuzz-cases",
      dependencies: ["API", "Access", "Configuration", "Crypto", "Values", "Web", "Wire"],
      path: "Tests/FuzzCases",
      swiftSettings: checks),

    tests("ValuesTests", ["Values"]),
    tests("ControlTests", ["Control"]),
    tests("ConfigurationTests", ["Configuration", "Values"]),
    tests("ObserveTests", ["Observe", "Values"]),
    tests("CryptoTests", ["Crypto", "Values", "AllocationCount"]),
    tests("MatchingTests", ["Matching", "MatchingReferee", "Values", "Vectors"]),
    tests("LinkTests", ["Link"]),
    tests("TalkTests", ["Talk"]),
    tests("BandwidthTests", ["Bandwidth", "Structures", "AllocationCount"]),
    tests("TapeTests", ["Tape", "Link"]),
    tests("StructuresTests", ["Structures", "AllocationCount"]),
    tests("ForwardingTests", ["Forwarding", "Link", "Wire", "Structures", "AllocationCount"]),
    tests(
      "CallerTests", ["Caller", "Transport", "Crypto", "Link", "Wire", "Structures"]),
    tests(
      "Simulation",
      [
        "Engine", "Caller", "Forwarding", "Transport", "Crypto", "Link", "Wire", "Structures",
        "AllocationCount",
        "VirtualClock",
      ]),
    tests("GeneratorTests", ["Generator", "Engine"]),
    tests("LoadTestTests", ["LoadTest", "Generator", "Caller"]),
    tests("EngineTests", ["Engine", "Tape", "Crypto", "Link", "CSystem", "AllocationCount"]),
    tests(
      "TransportTests", ["Transport", "Crypto", "Link", "Wire", "Structures", "AllocationCount"]),
    tests("WireTests", ["Wire", "Crypto"], exclude: ["Captures"]),
    tests("StoreTests", ["Store", "Control", "Values", "store-writer"]),
    tests("WebTests", ["Web", "CZlib", "CSystem", "Control", "Observe", "Values"]),
    tests("AccessTests", ["Access", "Store", "Crypto", "Control", "Values"]),
    tests(
      "SessionsTests", ["Sessions", "Access", "Store", "Link", "Wire", "Control", "Observe", "Values"]),
    tests(
      "LibraryTests",
      ["Library", "Sessions", "Access", "Store", "Engine", "Tape", "Crypto", "Link", "Control", "Values"]),
    tests("AgendaTests", ["Agenda", "Sessions", "Access", "Store", "Control", "Values"]),
    tests("WebhooksTests", ["Webhooks", "Store", "Web", "Crypto", "Control", "Values"]),
    tests("APITests", ["API", "Sessions", "Access", "Store", "Web", "Control", "Values"]),
    tests("CommandTests", ["Commands", "Access", "Store", "Web", "Control", "Values"]),
    tests("TidyTests", []),
  ]
)

// libFuzzer's driver exists only where its sanitizer is on: `make fuzz`.
if Context.environment["TANDEM_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["Access", "Configuration", "Crypto", "Values", "Web", "Wire"],
      path: "Tests/Fuzz",
      swiftSettings: checks))
}
