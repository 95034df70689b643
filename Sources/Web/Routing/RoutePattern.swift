/// The path of an endpoint with its parameters: `/api/v1/jobs/{id}`.
struct RoutePattern: Hashable, Sendable {
    /// One part between slashes.
    enum Part: Hashable, Sendable {
        case literal(String)
        case parameter(String)
    }

    let parts: [Part]

    init(_ path: String) {
        parts = path.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// The parameters in `segments`, or nil when the path is another one. A parameter is never empty.
    func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == parts.count else { return nil }
        var found: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let text):
                guard text == segment else { return nil }
            case .parameter(let name):
                guard !segment.isEmpty else { return nil }
                found[name] = segment
            }
        }
        return found
    }

    /// How many parts are literal: the more, the sooner the pattern is tried.
    var precision: Int {
        parts.count { if case .literal = $0 { true } else { false } }
    }
}
