import Endpoints
import Engine
import Foundation
import Storage

extension Responder {
    /// Puts the server together.
    ///
    /// - Throws: when declarations contradict each other: two endpoints in one place, a schema that nobody declared.
    init(_ parts: ServerParts, drain: Drain) throws {
        let settings = parts.settings
        let health = HealthEndpoints(checks: parts.checks, drain: drain, metrics: parts.metrics)
        let jobs = JobEndpoints(
            reading: parts.reading, submissions: parts.submissions, service: parts.service, kinds: parts.kinds,
            objects: parts.objects)
        let gate = Gate(signIn: parts.signIn, settings: settings)
        let renderer = try PageRenderer(version: parts.version)
        let pages = PageRoutes(
            reading: parts.reading, submissions: parts.submissions, service: parts.service, objects: parts.objects,
            kinds: Dictionary(parts.kinds.map { ($0.name, $0) }) { first, _ in first }, signIn: parts.signIn,
            start: parts.start, renderer: renderer, uploadLimit: settings.uploadLimit, isSecure: gate.hosts.isSecure)
        let declared = jobs.all + parts.endpoints + [health.live, health.ready]
        let reference = try ReferenceEndpoint(
            describing: declared + [health.measurements], schemas: JobSchemas.all.merging(parts.schemas) { $1 },
            version: parts.version)
        let routes =
            (declared + [reference.endpoint]).map { Route($0) } + [Route(health.measurements, for: .monitoring)]
            + pages.all.map { Route($0, for: .people) }
        self.init(
            routes: try RouteTable(routes), gate: gate,
            bodies: RequestBodies(settings: settings, objects: parts.objects),
            writer: ReplyWriter(drain: drain, stallLimit: settings.idleTimeout, heartbeat: settings.heartbeat),
            pages: renderer, logger: parts.logger)
    }
}
