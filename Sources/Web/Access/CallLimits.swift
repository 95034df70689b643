import Endpoints
import HTTPTypes
import Model
import NIOCore
import Tenancy

/// Counts a request against the limit of its class, under the name of whoever sends it.
struct CallLimits: Sendable {
    let limiter: RateLimiter
    let addresses: ClientAddress

    /// - Returns: the headers that say where the caller stands.
    /// - Throws: `RateRefusal`, `Problem`.
    func admit(
        _ request: HTTPRequest, from principal: Principal?, to endpoint: Endpoint, peer: SocketAddress?
    ) async throws -> [String: String] {
        guard let caller = caller(request, principal, endpoint, peer) else { return [:] }
        return try await limiter.admit(endpoint.rateClass, from: caller)?.headers ?? [:]
    }

    /// Nil for the server's own token: it is the operator's, who could change the limits as well, and what the operator's own
    /// tools and workers need must not depend on how busy they are.
    private func caller(
        _ request: HTTPRequest, _ principal: Principal?, _ endpoint: Endpoint, _ peer: SocketAddress?
    ) -> String? {
        guard endpoint.rateClass != .signIn, let principal, principal.actor != .anonymous else {
            return "address \(addresses.counted(request, peer: peer))"
        }
        return principal.actor == .serverToken ? nil : "\(principal.workspace.sql) \(principal.actor)"
    }
}
