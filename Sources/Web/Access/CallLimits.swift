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

    /// Counts a request from somebody who is not who it says, so that guessing costs. Apart from other calls of the same
    /// address: a browser whose session has ended can still sign in.
    ///
    /// - Throws: `RateRefusal`, `Problem`.
    func countStranger(_ request: HTTPRequest, peer: SocketAddress?) async throws {
        _ = try await limiter.admit(.standard, from: "stranger at \(addresses.counted(request, peer: peer))")
    }

    /// Nil for the server's own token: it is the operator's, who could change the limits as well, and what the operator's own
    /// tools and workers need must not depend on how busy they are.
    private func caller(
        _ request: HTTPRequest, _ principal: Principal?, _ endpoint: Endpoint, _ peer: SocketAddress?
    ) -> String? {
        guard endpoint.rateClass != .signIn, let principal, principal.actor != .anonymous else {
            return "address \(addresses.counted(request, peer: peer))"
        }
        guard principal.actor != .serverToken else { return nil }
        // What is a person's own or the server's is so in every workspace: another one is no way to more calls.
        let isOfWorkspace = ![.needs(.account), .needs(.operate)].contains(endpoint.access)
        return isOfWorkspace ? "\(principal.workspace.sql) \(principal.actor)" : principal.actor.description
    }
}
