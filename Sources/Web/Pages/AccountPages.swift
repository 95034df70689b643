import Endpoints
import Foundation
import Model
import Tenancy

/// The pages with which people come to have accounts. They work without scripts.
///
/// A link of a letter only shows a page: programs that look into mail open links too, so a button does what it is for.
struct AccountPages: Sendable {
    let parts: AccountParts
    let renderer: PageRenderer

    /// All of them.
    var all: [Endpoint] {
        [
            showCode, code, showWelcome, welcome, showSignUp, signUp, showConfirm, confirm, showForgotten, forgotten,
            showReset, reset, showConfirmEmail, confirmEmail, showInvite, invite,
        ]
    }

    // MARK: Coming in

    private var showCode: Endpoint {
        show("/sign-in/code", "showCode") { request in codeForm(request) }
    }

    private var code: Endpoint {
        take("/sign-in/code", "signInWithCodeOnPage", audit: .own("session.began"), fields: ["code"]) { request, form in
            guard let step = parts.callers.cookie.step(in: request) else { return .redirect(to: "/sign-in") }
            let session = try await parts.service.finishSignIn(
                step, code: form["code"] ?? "", client: parts.callers.client(request))
            return .redirect(to: "/", cookies: [parts.callers.cookie.begin(session)])
        } again: { request, _, problem in
            codeForm(request, problem)
        }
    }

    private func codeForm(_ request: EndpointRequest, _ problem: Problem? = nil) -> EndpointResponse {
        page(
            request, "code", action: "/sign-in/code", [.init("code", "text", "one-time-code", "account_code")], problem)
    }

    private var showWelcome: Endpoint {
        show("/welcome", "showWelcome") { request in welcomeForm(request, request.query) }
    }

    private var welcome: Endpoint {
        take(
            "/welcome", "claimServerOnPage", audit: .own("account.created"),
            fields: ["token", "email", "name", "password"]
        ) { request, form in
            let session = try await parts.service.claimOwner(
                Secret(form["token"] ?? ""), try account(form, request), client: parts.callers.client(request))
            return .redirect(to: "/", cookies: [parts.callers.cookie.begin(session)])
        } again: { request, form, problem in
            welcomeForm(request, form, problem)
        }
    }

    private func welcomeForm(
        _ request: EndpointRequest, _ values: [String: String], _ problem: Problem? = nil
    ) -> EndpointResponse {
        page(
            request, "welcome", action: "/welcome", button: "sign_up_button", newAccount(values), problem,
            hidden: ["token": values["token"] ?? ""])
    }

    private var showSignUp: Endpoint {
        show("/sign-up", "showSignUp") { request in signUpForm(request, request.query) }
    }

    private var signUp: Endpoint {
        take(
            "/sign-up", "signUpOnPage", audit: .own("account.created"),
            fields: ["invitation", "email", "name", "password"]
        ) { request, form in
            let invitation = form["invitation"].flatMap { $0.isEmpty ? nil : Secret($0) }
            let outcome = try await parts.service.signUp(
                try account(form, request), invitation: invitation, client: parts.callers.client(request))
            switch outcome {
            case .checkMail: return page(request, "mail_sent")
            case .signedIn(let session): return .redirect(to: "/", cookies: [parts.callers.cookie.begin(session)])
            }
        } again: { request, form, problem in
            signUpForm(request, form, problem)
        }
    }

    private func signUpForm(
        _ request: EndpointRequest, _ values: [String: String], _ problem: Problem? = nil
    ) -> EndpointResponse {
        let invitation = values["invitation"] ?? ""
        return page(
            request, "sign_up", action: "/sign-up", intro: invitation.isEmpty ? nil : "sign_up_invited_text",
            newAccount(values), problem, hidden: ["invitation": invitation])
    }

    // MARK: Links of letters

    private static let confirmField = FormField("password", "password", "current-password", "account_password")
    private static let resetField = FormField("password", "password", "new-password", "account_new_password")

    private var showConfirm: Endpoint {
        show("/sign-up/confirm", "showConfirm") { request in
            tokenForm(request, "confirm", at: "/sign-up/confirm", Self.confirmField, request.query)
        }
    }

    private var confirm: Endpoint {
        take("/sign-up/confirm", "confirmSignUpOnPage", audit: .own("account.created"), fields: ["token", "password"]) {
            _, form in
            _ = try await parts.service.confirm(
                Secret(form["token"] ?? ""), password: Secret(form["password"] ?? ""))
            return .redirect(to: "/sign-in")
        } again: { request, form, problem in
            tokenForm(request, "confirm", at: "/sign-up/confirm", Self.confirmField, form, problem)
        }
    }

    private var showConfirmEmail: Endpoint {
        show("/account/email/confirm", "showConfirmEmail") { request in
            tokenForm(request, "confirm_email", at: "/account/email/confirm", nil, request.query)
        }
    }

    private var confirmEmail: Endpoint {
        take("/account/email/confirm", "confirmEmailOnPage", audit: .own("email.changed"), fields: ["token"]) {
            _, form in
            try await parts.service.confirmEmail(Secret(form["token"] ?? ""))
            return .redirect(to: "/sign-in")
        } again: { request, form, problem in
            tokenForm(request, "confirm_email", at: "/account/email/confirm", nil, form, problem)
        }
    }

    private var showForgotten: Endpoint {
        show("/password/forgotten", "showForgotten") { request in forgottenForm(request) }
    }

    private var forgotten: Endpoint {
        take(
            "/password/forgotten", "requestPasswordResetOnPage", audit: .own("password.reset_requested"),
            fields: ["email"]
        ) { request, form in
            try await parts.service.requestReset(email: form["email"] ?? "")
            return page(request, "mail_sent")
        } again: { request, _, problem in
            forgottenForm(request, problem)
        }
    }

    private func forgottenForm(_ request: EndpointRequest, _ problem: Problem? = nil) -> EndpointResponse {
        page(
            request, "forgotten", action: "/password/forgotten",
            [.init("email", "email", "username", "account_email")], problem)
    }

    private var showReset: Endpoint {
        show("/password/reset", "showReset") { request in
            tokenForm(request, "reset", at: "/password/reset", Self.resetField, request.query)
        }
    }

    private var reset: Endpoint {
        take("/password/reset", "resetPasswordOnPage", audit: .own("password.changed"), fields: ["token", "password"]) {
            _, form in
            try await parts.service.reset(Secret(form["token"] ?? ""), to: Secret(form["password"] ?? ""))
            return .redirect(to: "/sign-in")
        } again: { request, form, problem in
            tokenForm(request, "reset", at: "/password/reset", Self.resetField, form, problem)
        }
    }

    private func tokenForm(
        _ request: EndpointRequest, _ name: String, at path: String, _ field: FormField?, _ values: [String: String],
        _ problem: Problem? = nil
    ) -> EndpointResponse {
        page(
            request, name, action: path, field.map { [$0] } ?? [], problem, hidden: ["token": values["token"] ?? ""])
    }

    // MARK: Invitations

    private var showInvite: Endpoint {
        show("/invite", "showInvite") { request in
            let token = request.query["token"] ?? ""
            guard (try? await parts.callers.caller(request))?.user != nil else {
                let safe = token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                return page(
                    request, "invite", intro: "invite_stranger_text",
                    links: [
                        ("/sign-in?next=%2Finvite%3Ftoken%3D\(safe)", "sign_in_title"),
                        ("/sign-up?invitation=\(safe)", "sign_up_link"),
                    ])
            }
            return inviteForm(request, token)
        }
    }

    private var invite: Endpoint {
        take("/invite", "acceptInviteOnPage", audit: .own("invite.accepted"), fields: ["token"]) { request, form in
            let (_, user, _) = try await parts.callers.person(request)
            let person = try await parts.people.people([user])[user]
            let workspace = try await parts.invites.accept(
                InviteToken(form["token"] ?? ""), by: user, email: person.flatMap { $0.isVerified ? $0.email : nil },
                request: request.requestID)
            return .redirect(
                to: "/", cookies: ["\(Gate.workspaceCookie)=\(workspace.id); Path=/; SameSite=Lax; Max-Age=31536000"])
        } again: { request, form, problem in
            inviteForm(request, form["token"] ?? "", problem)
        }
    }

    private func inviteForm(
        _ request: EndpointRequest, _ token: String, _ problem: Problem? = nil
    ) -> EndpointResponse {
        page(request, "invite", action: "/invite", [], problem, hidden: ["token": token])
    }

    // MARK: Parts

    private func newAccount(_ values: [String: String]) -> [FormField] {
        [
            .init("email", "email", "username", "account_email", value: values["email"] ?? ""),
            .init("name", "text", "name", "account_name", value: values["name"] ?? ""),
            .init("password", "password", "new-password", "account_new_password"),
        ]
    }

    private func account(
        _ form: [String: String], _ request: EndpointRequest
    ) throws -> AccountService.SignUpForm {
        try .init(
            email: form["email"] ?? "", name: form["name"] ?? "",
            language: Language(rawValue: language(of: request).rawValue) ?? .english,
            password: Secret(form["password"] ?? ""))
    }

    private func show(
        _ path: String, _ id: String, _ handle: @escaping @Sendable (EndpointRequest) async throws -> EndpointResponse
    ) -> Endpoint {
        Endpoint(
            .get, path, id: id, summary: id, access: .open, idempotency: .unused, answers: [], handle: handle)
    }

    /// Takes a form; a refusal that the person can mend shows it again.
    private func take(
        _ path: String, _ id: String, audit: Endpoint.Audit, fields: [String],
        _ handle: @escaping @Sendable (EndpointRequest, [String: String]) async throws -> EndpointResponse,
        again: @escaping @Sendable (EndpointRequest, [String: String], Problem) -> EndpointResponse
    ) -> Endpoint {
        Endpoint(
            .post, path, id: id, summary: id, access: .open, rateClass: .signIn, idempotency: .unused, audit: audit,
            accepts: [.multipart(.object(fields.map { .init($0, .string(), $0) }))], answers: []
        ) { request in
            guard case .form(let form) = request.body else { throw Problem(.invalidRequest, "The form is empty.") }
            do {
                return try await handle(request, form.fields)
            } catch let problem as Problem where problem.kind.status < 500 && problem.kind != .tooMany {
                return again(request, form.fields, problem)
            }
        }
    }

    private func language(of request: EndpointRequest) -> PageLanguage {
        PageLanguage(cookies: request.headers["cookie"], acceptLanguage: request.headers["accept-language"])
    }

    /// A page of texts that are named after it, with a form where it has an action.
    private func page(
        _ request: EndpointRequest, _ name: String, action: String? = nil, intro: String? = nil,
        button: String? = nil, _ fields: [FormField] = [], _ problem: Problem? = nil,
        hidden: [String: String] = [:], links: [(path: String, text: String)] = []
    ) -> EndpointResponse {
        let language = language(of: request)
        let texts = renderer.texts(language)
        var content: [String: Any] = [
            "intro": texts(intro ?? name + "_text"),
            "links": links.map { ["href": $0.path, "label": texts($0.text)] },
        ]
        content["notice"] = problem?.detail
        if let action {
            content["form"] = [
                "action": action, "button": texts(button ?? name + "_button"),
                "hidden": hidden.map { ["name": $0.key, "value": $0.value] },
                "fields": fields.map { field in
                    [
                        "name": field.name, "type": field.type, "autocomplete": field.autocomplete,
                        "label": texts(field.label), "value": field.value,
                    ]
                },
            ]
        }
        var response = renderer.page(
            .form, title: texts(name + "_title"), for: .init(language: language, path: nil, isSignedIn: false),
            status: problem.map { $0.kind == .unauthenticated ? 403 : $0.kind.status } ?? 200, content)
        // Links of letters hold secrets.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    }
}

/// A field of a form that people fill in.
private struct FormField {
    let name: String
    let type: String
    let autocomplete: String
    let label: String
    let value: String

    init(_ name: String, _ type: String, _ autocomplete: String, _ label: String, value: String = "") {
        self.name = name
        self.type = type
        self.autocomplete = autocomplete
        self.label = label
        self.value = value
    }
}
