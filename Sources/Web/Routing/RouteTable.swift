import Endpoints
import HTTPTypes

/// Finds the endpoint of a request.
struct RouteTable: Sendable {
    /// What a path and method lead to.
    enum Match: Sendable {
        case found(Route, path: [String: String])
        /// The path is known, but not with this method.
        case otherMethod(allowed: [String])
        case unknown
    }

    /// By how many parts the path has; those with more literal ones first.
    private let routes: [Int: [Route]]
    private let byOperation: [String: Route]

    /// - Throws: ``RouteConflict`` when two endpoints share a method and path, or an id; `Endpoint.UndeclaredAudit`.
    init(_ routes: [Route]) throws {
        try Endpoint.checkAudit(of: routes.map(\.endpoint))
        var seen: Set<String> = []
        for route in routes {
            let endpoint = route.endpoint
            let shape = route.pattern.parts.map { if case .literal(let text) = $0 { text } else { "{}" } }
            let place = "\(endpoint.method.rawValue) /\(shape.joined(separator: "/"))"
            guard seen.insert(place).inserted else { throw RouteConflict(what: place) }
            guard seen.insert(endpoint.id).inserted else { throw RouteConflict(what: endpoint.id) }
        }
        let sorted = routes.sorted { $0.pattern.precision > $1.pattern.precision }
        byOperation = Dictionary(uniqueKeysWithValues: routes.map { ($0.endpoint.id, $0) })
        self.routes = Dictionary(grouping: sorted) { $0.pattern.parts.count }
    }

    /// The route of an operation.
    func route(of operation: String) -> Route? { byOperation[operation] }

    func match(_ method: HTTPRequest.Method, _ target: RequestTarget) -> Match {
        let wanted = method == .head ? "GET" : method.rawValue
        var allowed: Set<String> = []
        var precision = 0
        for route in routes[target.segments.count] ?? [] {
            // A path that is literally there is not looked for among those with parameters.
            guard allowed.isEmpty || route.pattern.precision == precision else { break }
            guard let parameters = route.pattern.match(target.segments) else { continue }
            if route.endpoint.method.rawValue == wanted { return .found(route, path: parameters) }
            allowed.insert(route.endpoint.method.rawValue)
            precision = route.pattern.precision
        }
        guard !allowed.isEmpty else { return .unknown }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        return .otherMethod(allowed: allowed.sorted())
    }
}

/// Two endpoints want the same place: a mistake in a declaration.
struct RouteConflict: Error, CustomStringConvertible {
    let what: String
    var description: String { "Two endpoints are declared as '\(what)'." }
}
