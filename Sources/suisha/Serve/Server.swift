import BlobStore
import Engine
import Foundation
import Logging
import Model
import ServiceLifecycle
import Storage
import Web

/// Wires the parts together and runs them.
enum Server {
    /// A server that accepts connections.
    struct Ready: Sendable {
        let port: Int
        /// Makes a link that signs a browser in, once, within ten minutes.
        let signInLink: @Sendable () -> String
    }

    /// Brings the database up to date and runs the roles until SIGTERM or SIGINT, then lets them end in order.
    ///
    /// - Parameters:
    ///   - metrics: the text of `/metrics`.
    ///   - onReady: called once the server accepts connections, or the worker is about to claim.
    /// - Throws: what kept a part from starting, in a sentence.
    static func run(
        _ settings: ServerSettings, roles: Set<Role>, token: Secret,
        metrics: @escaping @Sendable () async -> String = { "" }, onReady: @escaping @Sendable (Ready?) -> Void = { _ in }
    ) async throws {
        let logger = Logger(label: "suisha")
        try await Databases.with(settings.databaseURL) { database in
            let migrated = try await database.migrate(Migration.all)
            if !migrated.isEmpty {
                logger.notice("brought the database up to date", metadata: ["migrations": "\(migrated)"])
            }
            let objects = try await ObjectStores.open(settings.objectsURL.revealed)
            try await run(
                settings, roles, Stores(database: database, jobs: SQLJobStore(database: database), objects: objects),
                token, metrics, onReady, logger)
        }
    }

    /// Where everything that lasts is kept.
    private struct Stores {
        let database: any SQLDatabase
        let jobs: SQLJobStore
        let objects: any ObjectStore
    }

    private static func run(
        _ settings: ServerSettings, _ roles: Set<Role>, _ stores: Stores, _ token: Secret,
        _ metrics: @escaping @Sendable () async -> String, _ onReady: @escaping @Sendable (Ready?) -> Void,
        _ logger: Logger
    ) async throws {
        let workloads = try Workloads.all(settings)
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
        if roles.contains(.api) {
            services.append(try web(settings, stores, workloads, token, metrics, onReady))
        } else {
            onReady(nil)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "suisha.services")))
        try await group.run()
        logger.notice("stopped")
    }

    private static func web(
        _ settings: ServerSettings, _ stores: Stores, _ workloads: [Workload], _ token: Secret,
        _ metrics: @escaping @Sendable () async -> String, _ onReady: @escaping @Sendable (Ready?) -> Void
    ) throws -> WebServer {
        let kinds = workloads.flatMap(\.kinds)
        let service = JobService(
            submissions: stores.jobs, objects: stores.objects, kinds: kinds, maximumDepth: settings.queueDepth)
        let offered = WorkloadServices(jobs: service, reading: stores.jobs, objects: stores.objects)
        let signIn = SignIn(token: token)
        let parts = ServerParts(
            settings: WebSettings(
                address: settings.http.host, port: settings.http.port,
                publicOrigin: settings.http.publicOrigin?.absoluteString, allowedHosts: settings.http.allowedHosts,
                uploadLimit: settings.limits.upload, maximumConnections: settings.http.maximumConnections),
            service: service, submissions: stores.jobs, reading: stores.jobs, objects: stores.objects, kinds: kinds,
            endpoints: workloads.flatMap { $0.endpoints(offered) },
            schemas: workloads.map(\.schemas).reduce(into: [:]) { $0.merge($1) { first, _ in first } },
            signIn: signIn, checks: readiness(stores), metrics: metrics, start: Workloads.startForm,
            version: Version.current, logger: Logger(label: "suisha.web"))
        return try WebServer(parts) { port in
            let host = settings.http.host.contains(":") ? "[\(settings.http.host)]" : settings.http.host
            let origin = settings.http.publicOrigin?.absoluteString ?? "http://\(host):\(port)"
            onReady(Ready(port: port, signInLink: { "\(origin)/sign-in?code=\(signIn.makeCode())" }))
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
