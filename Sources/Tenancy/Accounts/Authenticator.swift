import Endpoints
package import Model

/// Finds out who is calling, from a cookie or from the `Authorization` header.
package struct Authenticator: Sendable {
    private let sessions: SessionService
    private let tokens: TokenService
    private let keys: APIKeyService

    package init(sessions: SessionService, tokens: TokenService, keys: APIKeyService) {
        self.sessions = sessions
        self.tokens = tokens
        self.keys = keys
    }

    /// The holder of a session's cookie.
    ///
    /// - Throws: ``Problem`` 401.
    package func caller(cookie: Secret) async throws -> Authenticated {
        try await sessions.authenticate(cookie)
    }

    /// The holder of an access token or an API key. A session's token and a refresh token are no such thing.
    ///
    /// - Throws: ``Problem`` 401.
    package func caller(bearer token: Secret) async throws -> Authenticated {
        if APIKeySecret.isKey(token) { return try await keys.authenticate(token) }
        return try await tokens.authenticate(token)
    }

    /// Whose API key it is that was refused; nil for what is none.
    package func refusedKey(_ token: Secret) async throws -> APIKeyService.RefusedKey? {
        guard APIKeySecret.isKey(token) else { return nil }
        return try await keys.refused(token)
    }
}
