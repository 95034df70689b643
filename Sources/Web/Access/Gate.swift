import Endpoints
import HTTPTypes
import Model
import Tenancy

/// Finds out who sends a request and in which workspace, and decides who may reach a route.
///
/// Who: the holder of the server's token, a browser that was signed in with it, a person in a session, or whoever has an
/// access token or an API key. Where: in the workspace of the header `X-Workspace`, else of a browser's cookie, else in the
/// first of the caller's own.
struct Gate: Sendable {
    let signIn: SignIn
    /// nil for a server that knows only its token.
    let callers: RequestCallers?
    let hosts: HostPolicy
    /// Whether only this machine can connect at all, and no proxy stands before it.
    let isPrivate: Bool

    /// The cookie with the workspace that a browser's pages are about. It only chooses among the person's own.
    static let workspaceCookie = "suisha_workspace"

    init(signIn: SignIn, callers: RequestCallers? = nil, settings: WebSettings) {
        self.signIn = signIn
        self.callers = callers
        hosts = HostPolicy(settings: settings)
        isPrivate = settings.isLoopback && settings.publicOrigin == nil
    }

    /// The caller, or nil on a route that is open to everybody.
    ///
    /// - Throws: `Problem`: 401 for somebody who is not known, 404 for a workspace that is not the caller's.
    func identify(_ request: HTTPRequest, for route: Route) async throws -> Principal? {
        let isOpen = if case .open = route.endpoint.access { true } else { false }
        if let authorization = request.headerFields[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            let token = parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : ""
            if signIn.isToken(token) { return try serverHolder(request) }
            // What is open takes an old token too: whoever brings it may be about to get a new one.
            if !isOpen { return try await holder(of: token, request) }
        }
        try hosts.checkHost(request.authority)
        if route.audience == .people { try hosts.checkOrigin(request) }
        if isOpen { return nil }
        if route.audience == .monitoring && isPrivate && hosts.isLoopback(request.authority) && !isForwarded(request) {
            return nil
        }
        let principal = try await browser(request)
        try hosts.checkOrigin(request)
        return principal
    }

    /// Refuses who has not the permission that the route needs.
    ///
    /// - Throws: `Problem` 403.
    func check(_ principal: Principal?, for route: Route) throws {
        guard case .needs(let permission) = route.endpoint.access, let principal else { return }
        guard principal.permissions.contains(permission) else {
            throw Problem(.forbidden, "This needs the permission \(permission.rawValue).")
        }
    }

    /// Whether somebody who was let in before is still let in: sessions end, and members are removed.
    func stillAdmits(_ request: HTTPRequest, as principal: Principal, to route: Route) async -> Bool {
        do {
            let now = try await identify(request, for: route)
            try check(now, for: route)
            return now?.workspace == principal.workspace
        } catch {
            // A database that is away takes nobody's rights.
            guard let problem = error as? Problem else { return true }
            return ![.unauthenticated, .forbidden, .notFound].contains(problem.kind)
        }
    }

    /// Whoever runs the server, in the workspace of its own.
    private func serverHolder(_ request: HTTPRequest) throws -> Principal {
        guard let requested = try requested(request), requested != .local else { return .local }
        throw Self.noWorkspace
    }

    private func holder(of token: String, _ request: HTTPRequest) async throws -> Principal {
        guard let callers, !token.isEmpty else {
            throw Problem(
                .unauthenticated, "The token is not this server's. 'suisha config' says which file holds it.")
        }
        return try await callers.caller(bearer: Secret(token)).principal(in: try requested(request))
    }

    private func browser(_ request: HTTPRequest) async throws -> Principal {
        let header = request.headerFields[values: .cookie].joined(separator: "; ")
        let cookies = Cookies(header)
        // A session of an account that has ended is no way to be somebody else.
        if let caller = try await callers?.caller(cookies: header) {
            return try caller.principal(in: try requested(request) ?? chosen(by: cookies, of: caller))
        }
        guard let session = cookies[SignIn.cookieName(secure: hosts.isSecure)], signIn.isSession(session) else {
            throw Problem(
                .unauthenticated,
                """
                Sign in at /sign-in, or send the header 'Authorization: Bearer' with an access token, an API key or the \
                server's token.
                """)
        }
        return try serverHolder(request)
    }

    private func requested(_ request: HTTPRequest) throws -> WorkspaceID? {
        guard let text = request.headerFields[.workspace] else { return nil }
        guard let id = WorkspaceID(text) else { throw Self.noWorkspace }
        return id
    }

    private func chosen(by cookies: Cookies, of caller: Authenticated) -> WorkspaceID? {
        cookies[Self.workspaceCookie].flatMap { WorkspaceID($0) }.flatMap { caller.belongs(to: $0) ? $0 : nil }
    }

    private func isForwarded(_ request: HTTPRequest) -> Bool {
        ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"].contains { name in
            HTTPField.Name(name).map(request.headerFields.contains) ?? false
        }
    }

    /// The same for a workspace that is not there and for somebody else's.
    private static var noWorkspace: Problem {
        Problem(.notFound, "There is no such workspace; the list of workspaces has yours.")
    }
}

extension HTTPField.Name {
    static let workspace = Self("X-Workspace")!  // A valid token.
}
