import Endpoints

/// An endpoint in its place in the server.
struct Route: Sendable {
    /// Whom the answers are for.
    enum Audience: Hashable, Sendable {
        /// Programs: refusals are problem documents.
        case programs
        /// People: refusals are pages, and the unknown are sent to sign in.
        case people
        /// Monitoring on this machine, or whoever holds the token.
        case monitoring
    }

    let endpoint: Endpoint
    let pattern: RoutePattern
    let audience: Audience

    init(_ endpoint: Endpoint, for audience: Audience = .programs) {
        self.endpoint = endpoint
        self.audience = audience
        pattern = RoutePattern(endpoint.path)
    }
}
