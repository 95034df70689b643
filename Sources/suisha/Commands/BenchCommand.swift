import ArgumentParser
import BlobStore
import Foundation
import Model
import Storage

/// `suisha bench`: measures this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "bench", abstract: "Measures the queue and access on this machine.",
        subcommands: [QueueBenchCommand.self, AccessBenchCommand.self])
}

/// `suisha bench queue`: jobs a second in and out, and how soon an idle worker has a new one.
struct QueueBenchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "queue", abstract: "Jobs a second in and out, and how soon an idle worker has a new one.",
        discussion: """
            The handler does nothing, so this is what the queue itself costs. Without --database-url it uses a
            SQLite file of its own, which it removes. A database that is named must have no jobs; those of the
            benchmark stay there.

            EXAMPLES
              suisha bench queue
              suisha bench queue --jobs 20000 --json
              suisha bench queue --database-url postgres://app@localhost/empty
              suisha bench queue --jobs 1000000 --steps enqueue,claim
              suisha bench queue --steps newcomer,shares,caps
            """)

    @Option(help: "The database; a new SQLite file when there is none.")
    var databaseURL: String?

    @Option(help: "A Redis for the index of ready jobs; none unless it is named.")
    var queueURL: String?

    @Option(help: "How many jobs.")
    var jobs: Int = 100_000

    @Option(help: "How many run at the same time.")
    var slots: Int = 256

    @Option(
        help: """
            Which steps, separated by commas: enqueue, claim, drain, pickup, and for fairness newcomer, shares, caps, \
            each of which uses as many jobs of its own.
            """)
    var steps: String = QueueBench.Step.speed.map(\.rawValue).joined(separator: ",")

    @Flag(help: "Print JSON.")
    var json: Bool = false

    private var chosenSteps: [QueueBench.Step?] {
        steps.split(separator: ",").map { QueueBench.Step(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
    }

    func validate() throws {
        guard (1...10_000_000).contains(jobs) else { throw ValidationError("--jobs must be 1 to 10000000.") }
        guard !chosenSteps.isEmpty, !chosenSteps.contains(nil) else {
            throw ValidationError(
                "--steps are some of \(QueueBench.Step.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard (1...10_000).contains(slots) else { throw ValidationError("--slots must be 1 to 10000.") }
    }

    func run() async throws {
        try await reporting {
            let folder = FileManager.default.temporaryDirectory.appending(path: "suisha-bench-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let url = databaseURL ?? "sqlite:" + folder.appending(path: "bench.db").path
            let figures = try await Databases.with(Secret(url)) { database in
                _ = try await database.migrate(Server.migrations)
                let known = try await database.read { connection throws(StorageError) in
                    try connection.query("SELECT id FROM job LIMIT 1").count
                }
                guard known == 0 || !chosenSteps.contains(.enqueue) else {
                    throw StorageError(.conflict, "The database has jobs; name an empty one for a benchmark.")
                }
                return try await Databases.withJobs(on: database, redis: queueURL.map { Secret($0) }) { store in
                    try await QueueBench(
                        store: store,
                        objects: try await FolderObjectStore.open(folder.appending(path: "objects")),
                        folder: folder.appending(path: "scratch"), jobs: jobs, slots: slots,
                        steps: Set(chosenSteps.compactMap(\.self)),
                        progress: { step in if !json { Output.progress(step) } }
                    ).run()
                }
            }
            if json { try Output.json(figures) } else { print(Self.text(figures)) }
        }
    }

    static func text(_ figures: QueueBench.Figures) -> String {
        func number(_ value: Double, _ digits: Int = 0) -> String {
            value.formatted(.number.precision(.fractionLength(digits)).locale(Locale(identifier: "en_US")))
        }
        func latency(_ figures: QueueBench.Latency) -> String {
            "p50 \(number(figures.p50, 2)) ms, p95 \(number(figures.p95, 2)) ms, p99 \(number(figures.p99, 2)) ms"
        }
        var lines: [String] = []
        if let enqueue = figures.enqueuePerSecond { lines.append("enqueue   \(number(enqueue)) jobs/s") }
        if let drain = figures.drainPerSecond { lines.append("drain     \(number(drain)) jobs/s") }
        if let pickup = figures.pickup { lines.append("pickup    \(latency(pickup))") }
        if let claim = figures.claim {
            lines.append("claim     \(latency(claim.few)) of a short queue")
            lines.append("          \(latency(claim.many)) of \(number(Double(figures.jobs))) jobs")
        }
        if let newcomer = figures.newcomer {
            lines.append("newcomer  \(latency(newcomer.start)), slowest \(number(newcomer.slowest, 2)) ms")
            lines.append(
                "          behind \(number(Double(newcomer.behind))) jobs of \(number(newcomer.slotMilliseconds)) ms in 4 slots"
            )
        }
        if let shares = figures.shares {
            lines.append(
                "shares    \(shares.least) to \(shares.most) jobs of each of \(number(Double(shares.workspaces))) workspaces, "
                    + "Jain index \(number(shares.jain, 4))")
        }
        if let caps = figures.caps {
            lines.append(
                "caps      \(number(Double(caps.admissions))) admissions, \(caps.beyond) beyond a cap, "
                    + "\(number(caps.perSecond)) jobs/s")
        }
        return lines.joined(separator: "\n")
    }
}

/// `suisha bench access`: what it costs to find out who calls and what they may do.
struct AccessBenchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "access", abstract: "What it costs to find out who calls and what they may do.",
        discussion: """
            One session is checked again and again, with the cache and without, on a SQLite file of its own.

            EXAMPLES
              suisha bench access
              suisha bench access --checks 100000 --json
            """)

    @Option(help: "How many checks a batch has; there are nine, and the median counts.")
    var checks: Int = 10_000

    @Flag(help: "Print JSON.")
    var json: Bool = false

    func validate() throws {
        guard (1...10_000_000).contains(checks) else { throw ValidationError("--checks must be 1 to 10000000.") }
    }

    func run() async throws {
        try await reporting {
            let folder = FileManager.default.temporaryDirectory.appending(path: "suisha-bench-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let settings = try ServerSettings(
                EffectiveSettings(flags: [Settings.dataFolder.declaration.key: folder.path]))
            let figures = try await Databases.with(settings.databaseURL) { database in
                _ = try await database.migrate(Server.migrations)
                return try await AccessBench(
                    settings: settings, database: database,
                    objects: try await FolderObjectStore.open(folder.appending(path: "objects")), checks: checks
                ).run()
            }
            if json { return try Output.json(figures) }
            print(Self.text(figures))
        }
    }

    static func text(_ figures: AccessBench.Figures) -> String {
        func number(_ value: Double) -> String { String(format: "%.2f", value) }
        return """
            permission   \(number(figures.permissionNanoseconds)) ns
            session      \(number(figures.sessionMicroseconds)) µs, and \(figures.databaseReads) questions to the database
            uncached     \(number(figures.uncachedSessionMicroseconds)) µs, and \(figures.uncachedDatabaseReads) questions
            """
    }
}
