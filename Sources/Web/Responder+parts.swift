import Endpoints
import Engine
import Foundation
import Storage

extension Responder {
    /// Puts the server together.
    ///
    /// - Throws: when declarations contradict each other: two endpoints in one place, a schema that nobody declared.
    init(_ parts: ServerParts, live: LiveParts, drain: Drain) throws {
        let settings = parts.settings
        let health = HealthEndpoints(checks: parts.checks, drain: drain, metrics: parts.metrics)
        let jobs = JobEndpoints(parts)
        let workers = WorkerEndpoints(service: parts.workers, drain: drain)
        let queues = QueueEndpoints(queues: parts.queues, service: parts.service)
        let schedules = ScheduleEndpoints(schedules: parts.schedules, service: parts.service)
        let gate = Gate(signIn: parts.signIn, callers: parts.accounts?.callers, settings: settings)
        let renderer = try PageRenderer(version: parts.version, accounts: parts.accounts)
        let declared =
            jobs.all + workers.all + queues.all + schedules.all + live.endpoints + parts.endpoints
            + [health.live, health.ready]
        let schemas = [WorkerSchemas.all, QueueSchemas.all, ScheduleSchemas.all, parts.schemas]
            .reduce(JobSchemas.all) { $0.merging($1) { $1 } }
        let audit = AuditTrail(inbox: parts.accounts?.inbox, callers: parts.accounts?.callers)
        let frame = PageFrame(
            operations: PageOperations(
                declared, schemas: schemas, cursors: Cursors(parts.serverKey), audit: audit),
            renderer: renderer, isSecure: gate.hosts.isSecure)
        let pages = PageRoutes(
            jobs: JobPages(
                reading: parts.reading, submissions: parts.submissions, service: parts.service, objects: parts.objects,
                start: parts.start, uploadLimit: settings.uploadLimit, frame: frame),
            screens: Screens(frame: frame), signIn: parts.signIn, accounts: parts.accounts, frame: frame,
            reference: ReferencePage(endpoints: declared + [health.measurements]))
        let reference = try ReferenceEndpoint(
            describing: declared + [health.measurements], schemas: schemas)
        let routes =
            (declared + reference.endpoints).map { Route($0) } + [Route(health.measurements, for: .monitoring)]
            + pages.all.map { Route($0, for: .people) }
        self.init(
            reference: reference.document, routes: try RouteTable(routes), gate: gate,
            limits: CallLimits(
                limiter: parts.limiter, addresses: ClientAddress(trusted: settings.trustedProxies)),
            cursors: Cursors(parts.serverKey), door: live.door, keptAnswers: parts.keptAnswers,
            bodies: RequestBodies(
                settings: settings, objects: parts.objects, strict: StrictJSON(schemas: schemas)),
            writer: ReplyWriter(drain: drain, stallLimit: settings.idleTimeout, heartbeat: settings.heartbeat),
            frame: frame, audit: audit, onCall: parts.onCall, tracer: parts.tracer,
            logger: parts.logger)
    }
}
