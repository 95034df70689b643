import Endpoints
import Storage

extension Responder {
    /// Puts the server together.
    init(_ parts: ServerParts, drain: Drain) throws {
        let settings = parts.settings
        let health = HealthEndpoints(checks: parts.checks, drain: drain, metrics: parts.metrics)
        let jobs = JobEndpoints(
            reading: parts.reading, submissions: parts.submissions, service: parts.service, kinds: parts.kinds,
            objects: parts.objects)
        var routes = (jobs.all + parts.endpoints + [health.live, health.ready]).map { Route($0) }
        routes.append(Route(health.measurements, for: .monitoring))
        self.init(
            routes: try RouteTable(routes), gate: Gate(signIn: parts.signIn, settings: settings),
            bodies: RequestBodies(settings: settings, objects: parts.objects),
            writer: ReplyWriter(drain: drain, stallLimit: settings.idleTimeout, heartbeat: settings.heartbeat),
            pages: PlainRefusals(), logger: parts.logger)
    }
}
import HTTPTypes
struct PlainRefusals: RefusalPages {
    func refusal(_ problem: Problem, path: String, headers: HTTPFields, requestID: String) -> Reply {
        Reply(problem, requestID: requestID)
    }
}
