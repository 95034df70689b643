package import Endpoints
package import Model

/// Finds out who sends a request, from its cookie or its `Authorization` header.
package struct RequestCallers: Sendable {
    private let authenticator: Authenticator
    package let cookie: SessionCookie
    private let address: @Sendable (EndpointRequest) -> String

    /// - Parameter address: where a request comes from, for the list of sessions.
    package init(
        _ authenticator: Authenticator, cookie: SessionCookie,
        address: @escaping @Sendable (EndpointRequest) -> String = { $0.client }
    ) {
        self.authenticator = authenticator
        self.cookie = cookie
        self.address = address
    }

    /// The caller, found again for what the principal does not tell: which session, and since when. From the cache, so it
    /// costs microseconds.
    ///
    /// - Throws: `Problem` 401.
    package func caller(_ request: EndpointRequest) async throws -> Authenticated {
        if let authorization = request.headers["authorization"] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw Self.nobody }
            return try await authenticator.caller(bearer: Secret(String(parts[1])))
        }
        guard let token = cookie.token(in: request) else { throw Self.nobody }
        return try await authenticator.caller(cookie: token)
    }

    /// The holder of what a request's `Authorization` header holds after `Bearer`.
    ///
    /// - Throws: `Problem` 401.
    package func caller(bearer token: Secret) async throws -> Authenticated {
        try await authenticator.caller(bearer: token)
    }

    /// Whose API key it is that was refused; nil for what is none or never was.
    package func refusedKey(_ token: Secret) async throws -> APIKeyService.RefusedKey? {
        try await authenticator.refusedKey(token)
    }

    /// The holder of the session in the content of a `Cookie` header; nil when it has none.
    ///
    /// - Throws: `Problem` 401 for a session that has ended.
    package func caller(cookies: String) async throws -> Authenticated? {
        guard let token = cookie.token(in: cookies) else { return nil }
        return try await authenticator.caller(cookie: token)
    }

    /// The person who calls in a session of its own.
    ///
    /// - Throws: `Problem` 401, and 403 for an API key.
    package func person(_ request: EndpointRequest) async throws -> (
        caller: Authenticated, user: UserID, session: SessionID
    ) {
        let caller = try await caller(request)
        guard let user = caller.user, let session = caller.session else {
            throw Problem(.forbidden, "This is for a person who is signed in; an API key cannot do it.")
        }
        return (caller, user, session)
    }

    package func client(_ request: EndpointRequest) -> ClientDescription {
        ClientDescription(name: request.headers["user-agent"] ?? "", address: address(request))
    }

    private static var nobody: Problem {
        Problem(
            .unauthenticated, "Sign in first, or send the header 'Authorization: Bearer' with a token or an API key.")
    }
}
