package import Endpoints
package import Engine
package import Live
package import Logging
package import Model
package import Storage
package import Tenancy
package import Traces

/// Everything that the HTTP server stands on; the executable fills it in.
package struct ServerParts: Sendable {
    package var settings: WebSettings
    /// Takes jobs in.
    package var service: JobService
    /// Ends jobs and runs them again.
    package var submissions: any JobSubmissions
    package var reading: any JobReading
    package var queues: any QueueControl
    package var schedules: any ScheduleStore
    package var objects: any ObjectStore
    package var kinds: [JobKind]
    /// What outside workers call.
    package var workers: OutsideWorkService
    /// The operations of the workloads, beside those for jobs.
    package var endpoints: [Endpoint]
    /// The schemas that these refer to by name.
    package var schemas: [String: Schema]
    package var signIn: SignIn
    /// People and their keys; nil for a server that knows only its token.
    package var accounts: AccountParts?
    /// What all nodes of this server share; signs and encrypts what callers and the database only carry.
    package var serverKey: ServerKey
    /// Counts calls.
    package var limiter: RateLimiter
    /// Remembers what requests with an `Idempotency-Key` were answered.
    package var keptAnswers: KeptAnswers
    /// Lets live connections in that cannot send headers.
    package var tickets: LiveTickets
    /// What must work for `/readyz` to say yes; each is given five seconds.
    package var checks: [HealthCheck]
    /// The text of `/metrics`.
    package var metrics: @Sendable () async -> String
    /// Told of everybody who calls and is known.
    package var onCall: @Sendable (Principal.Actor) -> Void
    /// Begins a span for each request; nil where nothing is traced.
    package var tracer: SpanTracer?
    /// What the first page offers; nil shows only the jobs.
    package var start: StartForm?
    /// The version of the program.
    package var version: String
    package var logger: Logger

    package init(
        settings: WebSettings, service: JobService, submissions: any JobSubmissions, reading: any JobReading,
        queues: any QueueControl, schedules: any ScheduleStore, objects: any ObjectStore, kinds: [JobKind],
        workers: OutsideWorkService, endpoints: [Endpoint], schemas: [String: Schema] = [:],
        signIn: SignIn, accounts: AccountParts? = nil, serverKey: ServerKey, limiter: RateLimiter,
        keptAnswers: KeptAnswers, tickets: LiveTickets, checks: [HealthCheck],
        metrics: @escaping @Sendable () async -> String,
        onCall: @escaping @Sendable (Principal.Actor) -> Void = { _ in }, tracer: SpanTracer? = nil,
        start: StartForm? = nil,
        version: String, logger: Logger
    ) {
        self.settings = settings
        self.service = service
        self.submissions = submissions
        self.reading = reading
        self.queues = queues
        self.schedules = schedules
        self.objects = objects
        self.kinds = kinds
        self.workers = workers
        self.endpoints = endpoints
        self.schemas = schemas
        self.signIn = signIn
        self.accounts = accounts
        self.serverKey = serverKey
        self.limiter = limiter
        self.keptAnswers = keptAnswers
        self.tickets = tickets
        self.checks = checks
        self.metrics = metrics
        self.onCall = onCall
        self.tracer = tracer
        self.start = start
        self.version = version
        self.logger = logger
    }
}
