import Endpoints
import Engine
import Foundation
import Live
import Logging
import Model
import Operations
import Storage
import Tenancy
import Traces
import Web
import WebSocketServer

extension Server {
    /// The HTTP server with everything that it stands on.
    ///
    /// - Parameters:
    ///   - owner: the link for the first account, with the address that letters would have.
    ///   - tracer: nil where nothing is traced.
    static func web(
        _ settings: ServerSettings, _ stores: Stores, _ workloads: [Workload], _ tenants: Tenants, _ sampling: Sampling,
        _ token: Secret, owner: URL?, tracer: SpanTracer? = nil,
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
        let (signIn, serverKey) = (SignIn(token: token), ServerKey(token))
        let page = MetricsPage(
            Logs.metrics, reading: stores.jobs, version: Version.current, logger: Logger(label: "suisha.metrics"))
        let parts = ServerParts(
            settings: WebSettings(
                address: settings.http.host, port: settings.http.port,
                publicOrigin: settings.http.publicOrigin?.absoluteString, allowedHosts: settings.http.allowedHosts,
                trustedProxies: settings.http.trustedProxies, uploadLimit: settings.limits.upload,
                maximumConnections: settings.http.maximumConnections,
                // Open pages must not keep requests from being answered.
                sockets: WebSocketSettings(maximumConnections: max(1, settings.http.maximumConnections * 3 / 4))),
            service: service, submissions: stores.jobs, reading: stores.jobs, queues: stores.jobs,
            schedules: stores.jobs, objects: stores.objects, kinds: kinds, workers: workers,
            endpoints: workloads.flatMap { $0.endpoints(offered) } + tenants.endpoints
                + SampleEndpoints(sampling.service).all,
            schemas: workloads.map(\.schemas).reduce(into: Tenants.schemas.merging(SampleSchemas.all) { $1 }) {
                $0.merge($1) { first, _ in first }
            },
            signIn: signIn, accounts: tenants.parts, serverKey: serverKey,
            limiter: tenants.limiter,
            keptAnswers: KeptAnswers(
                store: AnswerStore(database: stores.database), server: serverKey, logger: Logger(label: "suisha.web")),
            tickets: LiveTickets(database: stores.database, server: serverKey), checks: readiness(stores),
            metrics: { await page.text() }, onCall: { [users = sampling.users] in users.note($0) },
            tracer: tracer, start: Workloads.startForm,
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
            let ownerLink = owner.map { (settings.http.publicOrigin ?? url).with(pathAndQueryOf: $0) }
            FirstStart.tell(of: ownerLink, in: settings.dataFolder)
            onReady(ServerAddress(url: url, signIn: signInLink, owner: ownerLink))
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
