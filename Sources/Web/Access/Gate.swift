import Endpoints
import HTTPTypes
import Model

/// Decides who may reach a route.
struct Gate: Sendable {
    let signIn: SignIn
    let hosts: HostPolicy
    /// Whether only this machine can connect at all, and no proxy stands before it.
    let isPrivate: Bool

    init(signIn: SignIn, settings: WebSettings) {
        self.signIn = signIn
        hosts = HostPolicy(settings: settings)
        isPrivate = settings.isLoopback && settings.publicOrigin == nil
    }

    /// The caller, or nil on a route that is open to everybody.
    ///
    /// - Throws: `Problem`.
    func admit(_ request: HTTPRequest, to route: Route) throws -> Principal? {
        if let authorization = request.headerFields[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", signIn.isToken(String(parts[1])) else {
                throw Problem(
                    .unauthenticated, "The token is not this server's. 'suisha config' says which file holds it.")
            }
            return try checked(.local, for: route)
        }
        try hosts.checkHost(request.authority)
        if route.audience == .people { try hosts.checkOrigin(request) }
        switch route.endpoint.access {
        case .open: return nil
        case .needs:
            if route.audience == .monitoring && isPrivate && hosts.isLoopback(request.authority)
                && !isForwarded(request)
            {
                return nil
            }
            guard
                let cookie = Cookies(request.headerFields[values: .cookie].joined(separator: "; "))[SignIn.cookieName],
                signIn.isSession(cookie)
            else {
                throw Problem(
                    .unauthenticated,
                    "Send the header 'Authorization: Bearer' with the server's token, or sign in at /sign-in.")
            }
            try hosts.checkOrigin(request)
            return try checked(.local, for: route)
        }
    }

    private func checked(_ principal: Principal, for route: Route) throws -> Principal {
        if case .needs(let permission) = route.endpoint.access, !principal.permissions.contains(permission) {
            throw Problem(.forbidden, "This needs the permission \(permission.rawValue).")
        }
        return principal
    }

    private func isForwarded(_ request: HTTPRequest) -> Bool {
        ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"].contains { name in
            HTTPField.Name(name).map(request.headerFields.contains) ?? false
        }
    }
}
