import BlobStore
import ChildProcesses
import Engine
import Foundation
import Logging
import Model
import Operations
import ServiceLifecycle
import Storage
import UnixSignals
import Web

/// Wires the parts together and runs them.
enum Server {
    /// Brings the database up to date and runs the roles until SIGTERM or SIGINT, then lets them end in order.
    ///
    /// - Parameter onReady: called once connections are accepted; never for a worker alone.
    /// - Throws: what kept a part from starting, in a sentence.
    static func run(
        _ settings: ServerSettings, roles: Set<Role>, onReady: @escaping @Sendable (ServerAddress) -> Void
    ) async throws {
        let logger = Logger(label: "suisha")
        let token = roles.contains(.api) ? try token(settings.http) : nil
        try await Databases.with(settings.databaseURL) { database in
            let migrated = try await database.migrate(Migration.all)
            if !migrated.isEmpty {
                logger.notice("brought the database up to date", metadata: ["migrations": "\(migrated)"])
            }
            let objects = try await ObjectStores.open(settings.objectsURL.revealed)
            try await Databases.withJobs(on: database, redis: settings.redisURL) { jobs in
                try await run(settings, roles, Stores(database: database, jobs: jobs, objects: objects), token, onReady)
            }
        }
        logger.notice("stopped")
    }

    /// Brings the database up to date and returns the names of the migrations that ran.
    static func migrate(_ settings: ServerSettings) async throws -> [String] {
        try await Databases.with(settings.databaseURL) { database in
            let ran = try await database.migrate(Migration.all)
            return Migration.all.filter { ran.contains($0.number) }.map { "\($0.number) \($0.name)" }
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
                    return applied == Migration.all.count
                        ? "answers, up to date" : "answers, \(applied) of \(Migration.all.count) migrations applied"
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
        return stores + [isolation] + Workloads.checks(settings)
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

    /// Where everything that lasts is kept.
    private struct Stores {
        let database: any SQLDatabase
        let jobs: SQLJobStore
        let objects: any ObjectStore
    }

    private static func run(
        _ settings: ServerSettings, _ roles: Set<Role>, _ stores: Stores, _ token: Secret?,
        _ onReady: @escaping @Sendable (ServerAddress) -> Void
    ) async throws {
        let workloads = Workloads.all(settings)
        let kinds = workloads.flatMap(\.kinds)
        // Ended in reverse: first no more requests, then no more jobs.
        var services: [any Service] = []
        if roles.contains(.worker) {
            services.append(
                Worker(
                    store: stores.jobs, objects: stores.objects, kinds: kinds,
                    scratch: ScratchFolders(root: settings.worker.scratch),
                    settings: Worker.Settings(
                        slots: settings.worker.slots, lease: settings.worker.lease, renewal: settings.worker.heartbeat,
                        drainTimeout: settings.worker.drainTime),
                    logger: Logger(label: "suisha.worker")))
        }
        if let token { services.append(try web(settings, stores, workloads, token, onReady)) }
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

    private static func web(
        _ settings: ServerSettings, _ stores: Stores, _ workloads: [Workload], _ token: Secret,
        _ onReady: @escaping @Sendable (ServerAddress) -> Void
    ) throws -> WebServer {
        let kinds = workloads.flatMap(\.kinds)
        let outsideKinds = OutsideKinds(store: stores.jobs)
        let service = JobService(
            submissions: stores.jobs, objects: stores.objects, kinds: kinds, outsideKinds: outsideKinds,
            bounds: settings.queueBounds)
        let workers = OutsideWorkService(
            store: stores.jobs, reading: stores.jobs, objects: stores.objects, ownKinds: kinds, kinds: outsideKinds)
        let offered = WorkloadServices(jobs: service, reading: stores.jobs, objects: stores.objects)
        let signIn = SignIn(token: token)
        let page = MetricsPage(
            Logs.metrics, reading: stores.jobs, version: Version.current, logger: Logger(label: "suisha.metrics"))
        let parts = ServerParts(
            settings: WebSettings(
                address: settings.http.host, port: settings.http.port,
                publicOrigin: settings.http.publicOrigin?.absoluteString, allowedHosts: settings.http.allowedHosts,
                uploadLimit: settings.limits.upload, maximumConnections: settings.http.maximumConnections),
            service: service, submissions: stores.jobs, reading: stores.jobs, queues: stores.jobs,
            schedules: stores.jobs, objects: stores.objects, kinds: kinds, workers: workers,
            endpoints: workloads.flatMap { $0.endpoints(offered) },
            schemas: workloads.map(\.schemas).reduce(into: [:]) { $0.merge($1) { first, _ in first } },
            signIn: signIn, checks: readiness(stores), metrics: { await page.text() }, start: Workloads.startForm,
            version: Version.current, logger: Logger(label: "suisha.web"))
        return try WebServer(parts) { port in
            let host = ["0.0.0.0", "::", ""].contains(settings.http.host) ? "127.0.0.1" : settings.http.host
            var address = URLComponents()
            address.scheme = "http"
            address.host = host.contains(":") ? "[\(host)]" : host
            address.port = port
            guard let url = address.url else { return }
            let signInLink = (settings.http.publicOrigin ?? url).appending(path: "sign-in")
                .appending(queryItems: [URLQueryItem(name: "code", value: signIn.makeCode())])
            onReady(ServerAddress(url: url, signIn: signInLink))
        }
    }

    /// What must work for requests to be sent here.
    private static func readiness(_ stores: Stores) -> [HealthCheck] {
        [
            HealthCheck("database") {
                _ = try await stores.database.appliedMigrations()
                return "answers"
            },
            HealthCheck("objects") {
                try await stores.objects.check()
                return "answers"
            },
        ]
    }
}
