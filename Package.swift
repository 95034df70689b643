// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A library of Suisha; `uses` names targets of lower layers, `outside` products of packages.
func layer(
    _ name: String, uses: [String] = [], outside: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: uses.map { .init(stringLiteral: $0) } + outside, resources: resources,
        swiftSettings: settings)
}

func program(_ name: String, uses: [String], outside: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name, dependencies: uses.map { .init(stringLiteral: $0) } + outside, swiftSettings: settings)
}

/// The tests in `Tests/<name>Tests`.
func tests(
    _ name: String, uses: [String], outside: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: uses.map { .init(stringLiteral: $0) } + outside, resources: resources,
        swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "suisha",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "suisha", targets: ["suisha"]),
        .executable(name: "suisha-transcribe", targets: ["Transcriber"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // 0: words and rules, no I/O.
        layer("Model"),

        // 1: seams.
        layer("Storage", uses: ["Model"], outside: [nio]),
        layer("Endpoints", uses: ["Model"], outside: [crypto, nio]),
        layer("ChildProcesses", uses: ["Model"], outside: [subprocess]),
        layer("Traces", outside: [logging, metrics, serviceLifecycle, tracing]),
        layer(
            "WebSocketServer",
            outside: [
                crypto, httpTypes, hummingbirdCore, logging, metrics, nio, nioHTTP, nioHTTPTypes, nioHTTPTypesHTTP1,
            ]),

        // 2: the engine, providers, and the drivers that only the program and the tests see.
        layer(
            "Engine", uses: ["Model", "Storage", "Endpoints", "ChildProcesses", "Traces"],
            outside: [crypto, logging, metrics, nio, serviceLifecycle, tracing]),
        layer(
            "Outbound", uses: ["Model", "Storage", "Traces"],
            outside: [asyncHTTPClient, nio, nioHTTP, nioPosix, tracing]),
        layer("SQLiteStore", uses: ["Model", "Storage"], outside: [grdb, grdbSQLite, logging, metrics]),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        layer(
            "RedisStore", uses: ["Model", "Storage"], outside: [crypto, logging, metrics, nio, nioPosix, nioSSL]),
        layer("PostgresStore", uses: ["Model", "Storage", "CLibpq"], outside: [logging, metrics]),

        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        layer(
            "Tenancy", uses: ["Model", "Storage", "Endpoints", "CSodium"],
            outside: [crypto, cryptoExtras, logging, metrics, nio, nioPosix, nioSSL]),

        layer("Live", uses: ["Model", "Storage", "Endpoints"], outside: [crypto, logging, metrics, nio]),

        // 3: files.
        layer(
            "BlobStore", uses: ["Model", "Storage", "Outbound"], outside: [asyncHTTPClient, crypto, nio, nioHTTP]),

        // 4: workloads, one target each, and what watches them.
        layer(
            "SpeechVideo", uses: ["Model", "Storage", "Endpoints", "Engine", "Outbound", "ChildProcesses"],
            outside: [crypto, nio]),
        layer("CommandJobs", uses: ["Model", "Storage", "Endpoints", "Engine", "ChildProcesses"]),
        layer("Operations", uses: ["Model", "Storage", "Endpoints"], outside: [coreMetrics, logging]),

        // 5: the server.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        layer(
            "Web",
            uses: ["Model", "Storage", "Endpoints", "WebSocketServer", "Traces", "Live", "Engine", "Tenancy", "CZlib"],
            outside: [
                asyncAlgorithms, crypto, httpTypes, hummingbirdCore, logging, metrics, mustache, nio, nioHTTP, nioPosix,
                serviceLifecycle, tracing,
            ],
            resources: [.embedInCode("Pages/Files")]),

        // 6: the programs.
        program(
            "suisha",
            uses: [
                "Model", "Storage", "Endpoints", "Engine", "Outbound", "ChildProcesses", "SQLiteStore", "PostgresStore",
                "RedisStore", "BlobStore", "Live", "Tenancy", "SpeechVideo", "CommandJobs", "Operations", "Web",
                "WebSocketServer", "Traces",
            ],
            outside: [
                argumentParser, asyncHTTPClient, configuration, crypto, logging, metrics, nio, nioFoundation, nioHTTP,
                nioPosix, serviceLifecycle, unixSignals, yams,
            ]),
        // Speech recognition in a process of its own: a crash costs one attempt, and its memory comes back.
        .systemLibrary(name: "CWhisper", pkgConfig: "whisper"),
        program("Transcriber", uses: ["CWhisper"], outside: [argumentParser]),

        // Suites that every driver passes, and what tests share.
        layer(
            "Conformance", uses: ["Model", "Storage", "SQLiteStore", "PostgresStore", "RedisStore"],
            outside: [crypto, nio]),

        tests("Model", uses: ["Model"], resources: [.copy("Schedules/Fixtures")]),
        tests("Database", uses: ["Model", "Storage", "SQLiteStore", "PostgresStore", "Conformance"]),
        tests("Endpoints", uses: ["Model", "Endpoints"]),
        tests("JobStore", uses: ["Model", "Storage", "Conformance"]),
        tests(
            "BlobStore", uses: ["Model", "Storage", "BlobStore", "Conformance"],
            outside: [asyncHTTPClient, nio, nioHTTP]),
        tests(
            "WebSocketServer", uses: ["WebSocketServer"],
            outside: [httpTypes, hummingbirdCore, logging, nio, nioHTTP, nioPosix, serviceLifecycle]),
        tests("Traces", uses: ["Conformance", "Traces"], outside: [logging, serviceLifecycle, tracing]),
        tests("ChildProcesses", uses: ["Model", "ChildProcesses", "Conformance"]),
        tests("Analysis", uses: ["Model", "Outbound", "SpeechVideo"], resources: [.copy("Fixtures")]),
        tests(
            "Speech", uses: ["Model", "Conformance", "ChildProcesses", "Outbound", "SpeechVideo", "Transcriber"],
            outside: [crypto]),
        tests(
            "Engine", uses: ["Model", "Storage", "Endpoints", "Traces", "Engine", "BlobStore", "Conformance"],
            outside: [logging, serviceLifecycle, tracing]),

        tests(
            "CommandJobs", uses: ["Model", "Storage", "Engine", "BlobStore", "Conformance", "CommandJobs"],
            outside: [logging, serviceLifecycle]),
        tests(
            "Outbound", uses: ["Model", "Traces", "Outbound"],
            outside: [asyncHTTPClient, nio, nioHTTP, nioPosix, tracing]),
        tests("Redis", uses: ["Model", "Storage", "RedisStore", "Conformance"], outside: [nio]),
        tests(
            "Tenancy", uses: ["Model", "Storage", "Endpoints", "Tenancy", "RedisStore", "Conformance"],
            outside: [crypto, cryptoExtras, logging, nio]),
        tests(
            "Live", uses: ["Model", "Storage", "Endpoints", "Live", "Conformance"], outside: [logging, nio]),
        tests("Media", uses: ["Model", "ChildProcesses", "SpeechVideo", "Conformance"]),
        tests(
            "Operations", uses: ["Model", "Storage", "Endpoints", "Conformance", "Operations"],
            outside: [coreMetrics, logging]),
        tests(
            "Web",
            uses: [
                "Model", "Storage", "Endpoints", "WebSocketServer", "Traces", "Engine", "SQLiteStore", "BlobStore",
                "Live", "Tenancy", "Web", "Conformance",
            ],
            outside: [crypto, httpTypes, logging, nio, nioHTTP, nioPosix, serviceLifecycle, tracing]),
        tests(
            "Command", uses: ["Model", "Storage", "Endpoints", "Engine", "Tenancy", "suisha"],
            outside: [argumentParser, crypto, nio, nioHTTP, nioPosix]),
        tests(
            "System", uses: ["Storage", "BlobStore", "Conformance", "suisha", "Transcriber"],
            outside: [asyncHTTPClient, nio, nioFoundation, nioHTTP]),
    ]
)
