import BlobStore
import ChildProcesses
import Endpoints
import Engine
import Foundation
import Live
import Logging
import Model
import Operations
import ServiceLifecycle
import Storage
import Tenancy
import UnixSignals
import Web

/// Wires the parts together and runs them.
enum Server {
    /// What brings a database up to date.
    static let migrations: [Migration] =
        (Migration.all + TenancyMigrations.all + OperationsMigrations.all + LiveMigrations.all)
        .sorted { $0.number < $1.number }

    /// Brings the database up to date and runs the roles until SIGTERM or SIGINT, then lets them end in order.
    ///
    /// - Parameter onReady: called once connections are accepted; never for a worker alone.
    /// - Throws: what kept a part from starting, in a sentence.
    static func run(
        _ settings: ServerSettings, roles: Set<Role>, onReady: @escaping @Sendable (ServerAddress) -> Void
    ) async throws {
        let logger = Logger(label: "suisha")
        let token = roles.contains(.api) ? try token(settings.http) : nil
        if roles.contains(.api) { OpenFiles.makeRoom(for: settings.http.maximumConnections, logger) }
        try await Databases.with(settings.databaseURL) { database in
            let migrated = try await database.migrate(migrations)
            if !migrated.isEmpty {
                logger.notice("brought the database up to date", metadata: ["migrations": "\(migrated)"])
            }
            let plans = settings.accounts.plans
            let objects = CountedObjectStore(
                try await ObjectStores.open(settings.objectsURL.revealed), database: database,
                ledger: TenantStorageLedger(plans: plans))
            let kinds = Workloads.all(settings, on: database).flatMap(\.kinds)
            let books = TenantJobLedger(
                plans: plans, timeouts: Dictionary(kinds.map { ($0.name, $0.timeout) }) { first, _ in first })
            try await Databases.withJobs(on: database, redis: settings.redisURL, books: books) { jobs in
                try await Databases.withRates(on: database, settings) { rates in
                    let stores = Stores(database: database, jobs: jobs, objects: objects, rates: rates)
                    try await Databases.withAnnouncements(of: database, redis: settings.redisURL) {
                        try await run(settings, roles, stores, token, onReady)
                    }
                }
            }
        }
        logger.notice("stopped")
    }

    /// Brings the database up to date and returns the names of the migrations that ran.
    static func migrate(_ settings: ServerSettings) async throws -> [String] {
        try await Databases.with(settings.databaseURL) { database in
            let ran = try await database.migrate(migrations)
            return migrations.filter { ran.contains($0.number) }.map { "\($0.number) \($0.name)" }
        }
    }

    /// The OpenAPI document of everything that is served; starts nothing and leaves nothing behind.
    static func reference(_ settings: ServerSettings) async throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appending(path: "suisha-reference-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await Databases.with(Secret("sqlite:" + folder.appending(path: "none.db").path)) { database in
            let stores = Stores(
                database: database, jobs: SQLJobStore(database: database),
                objects: CountedObjectStore(
                    try await ObjectStores.open(folder.appending(path: "objects").absoluteString), database: database),
                rates: MemoryRateWindows())
            let (token, key) = (Secret(UUID().uuidString), Secret(UUID().uuidString))
            let tenants = try await Tenants(settings, on: stores, remembering: .none, vault: Vault([key]))
            let sampling = Sampling(settings, roles: [.api], on: stores)
            let workloads = Workloads.all(settings, on: database)
            return try web(settings, stores, workloads, tenants, sampling, token, owner: nil) { _ in }.reference
        }
    }

    /// What `doctor` asks of the parts.
    static func checks(_ settings: ServerSettings) -> [HealthCheck] {
        let stores = [
            HealthCheck("database") {
                if let file = Databases.missingFile(settings.databaseURL) {
                    return "\(file) will be made at the first start."
                }
                return try await Databases.with(settings.databaseURL) { database in
                    let applied = try await database.appliedMigrations().count
                    return applied == migrations.count
                        ? "answers, up to date" : "answers, \(applied) of \(migrations.count) migrations applied"
                }
            },
            HealthCheck("objects") {
                try await ObjectStores.open(settings.objectsURL.revealed).check()
                return "an object was written, read and removed"
            },
        ]
        let isolation = HealthCheck("isolation") {
            await ChildProcess.isolation() == .unavailable
                ? "programs can reach the network: this machine or container allows no network namespaces"
                : "programs that jobs start have no network"
        }
        return stores + [isolation] + Tracing.checks(settings) + Workloads.checks(settings)
    }

    /// The token that callers send.
    ///
    /// - Throws: when the address lets other machines in and nobody has made a token yet: it would be unknown to its owner.
    private static func token(_ http: ServerSettings.HTTP) throws -> Secret {
        let file = TokenFile(url: http.tokenFile)
        let isLoopback = ["localhost", "::1"].contains(http.host) || http.host.hasPrefix("127.")
        if !isLoopback, try file.read() == nil {
            throw SettingError(
                """
                http.host is \(http.host), which lets other machines in, but there is no token at \(http.tokenFile.path). \
                Make one first: suisha token
                """)
        }
        return try file.readOrMake()
    }

    private static func run(
        _ settings: ServerSettings, _ roles: Set<Role>, _ stores: Stores, _ token: Secret?,
        _ onReady: @escaping @Sendable (ServerAddress) -> Void
    ) async throws {
        let workloads = Workloads.all(settings, on: stores.database)
        let kinds = workloads.flatMap(\.kinds)
        let tracing = Tracing(settings)
        // Ended in reverse: first no more requests, then no more jobs, and the spans of both go last.
        var services: [any Service] = tracing.map { [$0.exporter] } ?? []
        if roles.contains(.worker) {
            services.append(
                Worker(
                    store: stores.jobs, objects: stores.objects, kinds: kinds,
                    scratch: ScratchFolders(root: settings.worker.scratch),
                    settings: Worker.Settings(
                        slots: settings.worker.slots, lease: settings.worker.lease, renewal: settings.worker.heartbeat,
                        drainTimeout: settings.worker.drainTime),
                    tracer: tracing?.tracer, logger: Logger(label: "suisha.worker")))
            services.append(
                FinishedJobs(
                    store: stores.jobs, objects: stores.objects, age: settings.retention,
                    removeUnused: { try await stores.objects.removeUnused() },
                    logger: Logger(label: "suisha.retention")))
        }
        guard let token else {
            return try await run([Sampling(settings, roles: roles, on: stores).duty] + services)
        }
        try await SharedMemory.with(on: stores.database, redis: settings.redisURL) { memory in
            let keys = try TokenFile(url: settings.accounts.keyFile, title: "key file").readOrMakeAll()
            let tenants = try await Tenants(settings, on: stores, remembering: memory, vault: try Vault(keys))
            try await tenants.prepare()
            let sampling = Sampling(settings, roles: roles, on: stores, remembering: memory)
            let web = try web(
                settings, stores, workloads, tenants, sampling, token, owner: try await tenants.ownerLink(),
                tracer: tracing?.tracer, onReady)
            try await run([sampling.duty] + services + memory.duties + tenants.duties + [web])
        }
    }

    private static func run(_ services: [any Service]) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "suisha.services")))
        try await group.run()
    }
}
