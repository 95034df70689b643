import Endpoints
import Engine
import Foundation
import Model
import Storage
import Tenancy

/// The pages for people and what their forms do. They work without scripts; scripts make them live.
struct PageRoutes: Sendable {
    let jobs: JobPages
    let screens: Screens
    let signIn: SignIn
    let accounts: AccountParts?
    let frame: PageFrame
    let reference: ReferencePage

    private var renderer: PageRenderer { frame.renderer }

    /// All of them.
    var all: [Endpoint] {
        var pages = [
            showSignIn, performSignIn, signOut, switchLanguage, switchTheme, showReference, renderer.assets.endpoint,
        ]
        pages += jobs.all + screens.endpoints
        pages += PageForms(operations: frame.operations, renderer: renderer, frame: frame).endpoints
        if let accounts { pages += [switchWorkspace] + AccountPages(parts: accounts, renderer: renderer).all }
        return pages
    }

    // MARK: Signing in

    private var showSignIn: Endpoint {
        .page(.get, "/sign-in", id: "showSignIn", needs: nil) { request in
            let code = request.query["code"].flatMap { $0.isEmpty ? nil : $0 }
            return renderer.signIn(
                for: stranger(request), code: code, next: Self.local(request.query["next"]),
                byToken: request.query["with"] == "token")
        }
    }

    private var performSignIn: Endpoint {
        let form = Schema.object([
            .init("token", .string(), "The token."), .init("email", .string(), "The address of an account."),
            .init("password", .string(), "Its password."),
        ])
        return .page(
            .post, "/sign-in", id: "signInOnPage", needs: nil, rateClass: .signIn, audit: .own("session.began"),
            takes: form
        ) { request in
            guard case .form(let form) = request.body else { throw Problem(.invalidRequest, "The form is empty.") }
            let next = Self.local(form.fields["next"])
            if let accounts, let email = form.fields["email"] {
                return try await enter(accounts, email, form.fields["password"] ?? "", next, request)
            }
            let isGood =
                if let code = form.fields["code"] {
                    signIn.redeem(code)
                } else {
                    signIn.isToken((form.fields["token"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines))
                }
            guard isGood else {
                let reader = stranger(request)
                let notice = form.fields["code"] == nil ? "sign_in_bad_token" : "sign_in_bad_code"
                return renderer.signIn(
                    for: reader, next: next, notice: renderer.texts(reader.language)(notice), byToken: true,
                    status: 403)
            }
            // Not beside an account: whoever signs in here is the server's operator and nobody else.
            request.deeds.add("server.signed_in", to: [])
            return .redirect(
                to: next,
                cookies: [signIn.cookie(secure: frame.isSecure)] + (accounts.map { [$0.callers.cookie.end] } ?? []))
        }
    }

    /// Signs in with a password; a wrong one shows the page again.
    private func enter(
        _ accounts: AccountParts, _ email: String, _ password: String, _ next: String, _ request: EndpointRequest
    ) async throws -> EndpointResponse {
        do {
            let outcome = try await accounts.service.signIn(
                email: email, password: Secret(password), client: accounts.callers.client(request))
            switch outcome {
            case .signedIn(let session):
                return .redirect(to: next, cookies: [accounts.callers.cookie.begin(session)])
            case .needsCode(let step):
                return .redirect(to: "/sign-in/code", cookies: [accounts.callers.cookie.halfway(step)])
            }
        } catch let problem as Problem where [.unauthenticated, .unprocessable].contains(problem.kind) {
            return renderer.signIn(
                for: stranger(request), next: next, notice: problem.detail, status: 403)
        }
    }

    private var signOut: Endpoint {
        .page(.post, "/sign-out", id: "signOutOnPage", needs: nil, audit: .own("session.ended")) { request in
            // Of every way in: whoever has left is nobody, not even who runs the server.
            var cookies = [SignIn.expiredCookie(secure: frame.isSecure)]
            if let accounts, accounts.callers.cookie.token(in: request) != nil {
                do {
                    try await accounts.service.signOut(try await accounts.callers.caller(request))
                } catch let problem as Problem {
                    // Nobody is told to be out who is not: only a session that has ended already needs no ending.
                    guard problem.kind == .unauthenticated || problem.kind == .notFound else { throw problem }
                }
                cookies.append(accounts.callers.cookie.end)
            }
            return .redirect(to: "/sign-in", cookies: cookies)
        }
    }

    private var switchLanguage: Endpoint {
        .page(.get, "/language", id: "switchLanguage", needs: nil) { request in
            guard let language = PageLanguage(rawValue: request.query["to"] ?? "") else {
                throw Problem(.invalidRequest, "There is no such language.", field: "to")
            }
            return .redirect(
                to: Self.local(request.query["back"]),
                cookies: [frame.cookie(PageLanguage.cookieName, language.rawValue)])
        }
    }

    private var switchTheme: Endpoint {
        .page(.get, "/theme", id: "switchTheme", needs: nil) { request in
            guard let theme = PageTheme(rawValue: request.query["to"] ?? "") else {
                throw Problem(.invalidRequest, "There is no such theme.", field: "to")
            }
            return .redirect(
                to: Self.local(request.query["back"]), cookies: [frame.cookie(PageTheme.cookieName, theme.rawValue)])
        }
    }

    private var switchWorkspace: Endpoint {
        .page(
            .post, "/workspaces/choose", id: "chooseWorkspace", needs: .account,
            audit: .none("It chooses what the next page shows."), takes: .object([])
        ) { request in
            guard case .form(let form) = request.body, let id = form.fields["to"].flatMap({ WorkspaceID($0) }) else {
                throw Problem(.invalidRequest, "Choose a workspace.", field: "to")
            }
            // The cookie only chooses: whoever is no member of it gets one of their own.
            return .redirect(
                to: Self.local(form.fields["back"]), cookies: [frame.cookie(Gate.workspaceCookie, id.description)])
        }
    }

    // MARK: The API

    private var showReference: Endpoint {
        .page(.get, "/reference", id: "showReference", needs: nil) { request in
            let reader = try await frame.reader(of: request, at: "/reference")
            return renderer.page(
                .reference, title: renderer.texts(reader.language)("reference_title"), for: reader, reference.fields)
        }
    }

    // MARK: Parts

    private func stranger(_ request: EndpointRequest) -> PageRenderer.Reader {
        .init(
            language: frame.language(request), theme: PageTheme(cookies: request.headers["cookie"]), path: "/sign-in",
            isSignedIn: false)
    }

    /// A path on this server; anything else becomes the first page.
    static func local(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 200,
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return path
    }
}

extension Endpoint {
    /// A page, or what one of its forms does.
    static func page(
        _ method: Endpoint.Method, _ path: String, id: String, needs permission: Permission? = .jobsRead,
        rateClass: Endpoint.RateClass? = nil, audit: Endpoint.Audit? = nil, takes form: Schema? = nil,
        handle: @escaping @Sendable (EndpointRequest) async throws -> EndpointResponse
    ) -> Endpoint {
        Endpoint(
            method, path, id: id, summary: id, access: permission.map { .needs($0) } ?? .open,
            rateClass: rateClass, idempotency: .unused, audit: audit, accepts: form.map { [.multipart($0)] } ?? [],
            answers: [],
            handle: handle)
    }
}

extension EndpointResponse {
    /// Sends a browser on after a form.
    static func redirect(to path: String, cookies: [String] = []) -> EndpointResponse {
        .init(status: 303, headers: ["Location": path], cookies: cookies)
    }
}
