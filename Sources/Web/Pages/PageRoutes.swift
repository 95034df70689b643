import Endpoints
import Engine
import Foundation
import Model
import Storage
import Tenancy

/// The pages for people and what their forms do. They work without scripts; scripts make them live.
struct PageRoutes: Sendable {
    let reading: any JobReading
    let submissions: any JobSubmissions
    let service: JobService
    let objects: any ObjectStore
    let kinds: [String: JobKind]
    let signIn: SignIn
    let accounts: AccountParts?
    let start: StartForm?
    let renderer: PageRenderer
    let uploadLimit: ByteCount
    /// Whether cookies are only for encrypted connections.
    let isSecure: Bool
    let reference: ReferencePage

    /// All of them.
    var all: [Endpoint] {
        var pages = [
            home, job, cancel, retry, showSignIn, performSignIn, signOut, switchLanguage, showReference,
            PageAssets().endpoint,
        ]
        if let start {
            pages.append(submit(start))
            if let sample = start.sample { pages.append(submit(sample, as: start.kind)) }
        }
        if let accounts { pages += AccountPages(parts: accounts, renderer: renderer).all }
        return pages
    }

    // MARK: Jobs

    private var home: Endpoint {
        page(.get, "/", id: "showHome") { request in
            let limit = 20
            let before = try request.query["before"].map { try JobID(parameter: $0, "before") }
            let jobs = try await reading.jobs(
                matching: JobFilter(), in: request.principal.workspace, before: before, limit: limit + 1)
            let reader = reader(of: request, at: "/")
            let texts = renderer.texts(reader.language)
            var fields: [String: Any] = ["jobs": jobs.prefix(limit).map { JobView($0, texts) }]
            if jobs.count > limit { fields["older"] = "/?before=\(jobs[limit - 1].id)" }
            if before == nil, let start { fields["start"] = StartView(start, limit: uploadLimit, texts) }
            return renderer.page(.home, title: texts("recent_title"), for: reader, fields)
        }
    }

    private var job: Endpoint {
        page(.get, "/jobs/{id}", id: "showJob") { request in
            let job = try await request.job(in: reading)
            let artifacts = try await reading.artifacts(of: job.id, in: job.workspace)
            let reader = reader(of: request, at: "/jobs/\(job.id)")
            let view = JobPage(
                job, artifacts: artifacts, stages: kinds[job.kind]?.stages ?? [], renderer.texts(reader.language))
            return renderer.page(.job, title: view.job.title, for: reader, view.fields)
        }
    }

    private var cancel: Endpoint {
        page(.post, "/jobs/{id}/cancel", id: "cancelJobOnPage", needs: .jobsWrite) { request in
            let id = try JobID(parameter: request.path["id"] ?? "", "id")
            return .redirect(to: "/jobs/\(try await submissions.cancel(id, in: request.principal.workspace).id)")
        }
    }

    private var retry: Endpoint {
        page(.post, "/jobs/{id}/retry", id: "retryJobOnPage", needs: .jobsWrite) { request in
            let id = try JobID(parameter: request.path["id"] ?? "", "id")
            return .redirect(to: "/jobs/\(try await submissions.replay(id, in: request.principal.workspace).id)")
        }
    }

    private func submit(_ start: StartForm) -> Endpoint {
        page(.post, "/", id: "submitOnPage", needs: .jobsWrite, takes: .object([.init("file", .file, "The file.")])) {
            request in
            guard case .form(let form) = request.body, form.files.count == 1, let file = form.files.first else {
                throw Problem(.unprocessable, "Choose one file.", field: "file")
            }
            // A select without a choice sends an empty field.
            let options = form.fields.filter { $0.key != "kind" && !$0.value.isEmpty }
            let submitted = try await service.submit(
                kind: start.kind, input: .upload(file, options: options), for: request)
            return .redirect(to: "/jobs/\(submitted.job.id)")
        }
    }

    private func submit(_ sample: StartForm.Sample, as kind: String) -> Endpoint {
        page(.post, "/sample", id: "submitSampleOnPage", needs: .jobsWrite) { request in
            let file = try await sample.upload(to: objects)
            let submitted = try await service.submit(kind: kind, input: .upload(file, options: [:]), for: request)
            return .redirect(to: "/jobs/\(submitted.job.id)")
        }
    }

    // MARK: Signing in

    private var showSignIn: Endpoint {
        page(.get, "/sign-in", id: "showSignIn", needs: nil) { request in
            let code = request.query["code"].flatMap { $0.isEmpty ? nil : $0 }
            return renderer.signIn(
                for: reader(of: request, at: "/sign-in"), code: code, next: Self.local(request.query["next"]),
                byToken: request.query["with"] == "token")
        }
    }

    private var performSignIn: Endpoint {
        let form = Schema.object([
            .init("token", .string(), "The token."), .init("email", .string(), "The address of an account."),
            .init("password", .string(), "Its password."),
        ])
        return page(.post, "/sign-in", id: "signInOnPage", needs: nil, rateClass: .signIn, takes: form) { request in
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
                let reader = reader(of: request, at: "/sign-in")
                let notice = form.fields["code"] == nil ? "sign_in_bad_token" : "sign_in_bad_code"
                return renderer.signIn(
                    for: reader, next: next, notice: renderer.texts(reader.language)(notice), byToken: true,
                    status: 403)
            }
            return .redirect(to: next, cookie: signIn.cookie(secure: isSecure))
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
            case .signedIn(let session): return .redirect(to: next, cookie: accounts.callers.cookie.begin(session))
            case .needsCode(let step):
                return .redirect(to: "/sign-in/code", cookie: accounts.callers.cookie.halfway(step))
            }
        } catch let problem as Problem where [.unauthenticated, .unprocessable].contains(problem.kind) {
            return renderer.signIn(
                for: reader(of: request, at: "/sign-in"), next: next, notice: problem.detail, status: 403)
        }
    }

    private var signOut: Endpoint {
        page(.post, "/sign-out", id: "signOutOnPage", needs: nil) { request in
            // One way in at a time: whoever came in by both signs out twice.
            if let accounts, accounts.callers.cookie.token(in: request) != nil {
                do {
                    try await accounts.service.signOut(try await accounts.callers.caller(request))
                } catch let problem as Problem {
                    // Nobody is told to be out who is not: only a session that has ended already needs no ending.
                    guard problem.kind == .unauthenticated || problem.kind == .notFound else { throw problem }
                }
                return .redirect(to: "/sign-in", cookie: accounts.callers.cookie.end)
            }
            return .redirect(to: "/sign-in", cookie: SignIn.expiredCookie)
        }
    }

    private var switchLanguage: Endpoint {
        page(.get, "/language", id: "switchLanguage", needs: nil) { request in
            guard let language = PageLanguage(rawValue: request.query["to"] ?? "") else {
                throw Problem(.invalidRequest, "There is no such language.", field: "to")
            }
            let secure = isSecure ? "; Secure" : ""
            return .redirect(
                to: Self.local(request.query["back"]),
                cookie:
                    "\(PageLanguage.cookieName)=\(language.rawValue); Path=/; SameSite=Lax; Max-Age=31536000\(secure)")
        }
    }

    // MARK: The API

    private var showReference: Endpoint {
        page(.get, "/reference", id: "showReference", needs: nil) { request in
            let reader = reader(of: request, at: "/reference")
            return renderer.page(
                .reference, title: renderer.texts(reader.language)("reference_title"), for: reader, reference.fields)
        }
    }

    // MARK: Parts

    private func page(
        _ method: Endpoint.Method, _ path: String, id: String, needs permission: Permission? = .jobsRead,
        rateClass: Endpoint.RateClass? = nil, takes form: Schema? = nil,
        handle: @escaping @Sendable (EndpointRequest) async throws -> EndpointResponse
    ) -> Endpoint {
        Endpoint(
            method, path, id: id, summary: id, access: permission.map { .needs($0) } ?? .open,
            rateClass: rateClass, idempotency: .unused, accepts: form.map { [.multipart($0)] } ?? [], answers: [],
            handle: handle)
    }

    private func reader(of request: EndpointRequest, at path: String) -> PageRenderer.Reader {
        let language = PageLanguage(
            cookies: request.headers["cookie"], acceptLanguage: request.headers["accept-language"])
        return .init(language: language, path: path, isSignedIn: !request.principal.permissions.isEmpty)
    }

    /// A path on this server; anything else becomes the first page.
    static func local(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 200,
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return "/" }
        return path
    }
}

extension EndpointResponse {
    /// Sends a browser on after a form.
    static func redirect(to path: String, cookie: String? = nil) -> EndpointResponse {
        var headers = ["Location": path]
        headers["Set-Cookie"] = cookie
        return .init(status: 303, headers: headers)
    }
}
