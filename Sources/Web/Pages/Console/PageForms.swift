import Endpoints
import Foundation
import Model

/// The forms of the pages: each is one operation of the API, at `/forms/{operation}`.
///
/// The fields become the parameters of its path and its body; the permission, the limit of calls, the checks and the audit
/// entry are the operation's own. Afterwards the browser goes back to the page, which says what was done.
struct PageForms: Sendable {
    /// What a form does beside calling its operation.
    struct Form: Sendable {
        let operation: String
        /// Where to go on.
        let back: String
        /// Members of the answer that are shown once and never again.
        var reveals: [String] = []
        /// A member of the answer that holds the address to go on to.
        var leadsTo: String?
        /// The workspace that the answer names becomes the chosen one.
        var choosesWorkspace = false

        init(
            _ operation: String, back: String, reveals: [String] = [], leadsTo: String? = nil,
            choosesWorkspace: Bool = false
        ) {
            self.operation = operation
            self.back = back
            self.reveals = reveals
            self.leadsTo = leadsTo
            self.choosesWorkspace = choosesWorkspace
        }
    }

    let operations: PageOperations
    let renderer: PageRenderer
    let frame: PageFrame

    static let all: [Form] = [
        .init("retryJob", back: "/jobs"),
        .init("renameWorkspace", back: "/workspace"), .init("deleteWorkspace", back: "/workspace"),
        .init("restoreWorkspace", back: "/workspace"), .init("leaveWorkspace", back: "/"),
        .init("transferWorkspace", back: "/workspace/members"),
        .init("createWorkspace", back: "/workspace", choosesWorkspace: true),
        .init("setMemberRole", back: "/workspace/members"), .init("removeMember", back: "/workspace/members"),
        .init("createInvite", back: "/workspace/members", reveals: ["token"]),
        .init("revokeInvite", back: "/workspace/members"),
        .init("createRole", back: "/workspace/roles"), .init("updateRole", back: "/workspace/roles"),
        .init("deleteRole", back: "/workspace/roles"),
        .init("createKey", back: "/workspace/keys", reveals: ["secret"]),
        .init("revokeKey", back: "/workspace/keys"), .init("createServiceAccount", back: "/workspace/keys"),
        .init("disableServiceAccount", back: "/workspace/keys"),
        .init("createWebhook", back: "/workspace/webhooks", reveals: ["secret"]),
        .init("rotateWebhookSecret", back: "/workspace/webhooks", reveals: ["secret"]),
        .init("updateWebhook", back: "/workspace/webhooks"), .init("deleteWebhook", back: "/workspace/webhooks"),
        .init("testWebhook", back: "/workspace/webhooks"), .init("redeliverWebhook", back: "/workspace/webhooks"),
        .init("changePassword", back: "/account"),
        .init("beginSecondFactor", back: "/account", reveals: ["secret", "url"]),
        .init("confirmSecondFactor", back: "/account", reveals: ["recovery_codes"]),
        .init("renewRecoveryCodes", back: "/account", reveals: ["recovery_codes"]),
        .init("removeSecondFactor", back: "/account"), .init("endSession", back: "/account"),
        .init("endOtherSessions", back: "/account"), .init("linkProvider", back: "/account", leadsTo: "url"),
        .init("deleteAccount", back: "/sign-in"),
    ]

    /// One endpoint for each form whose operation this server has.
    var endpoints: [Endpoint] {
        Self.all.compactMap { form in operations[form.operation].map { endpoint(form, of: $0) } }
    }

    private func endpoint(_ form: Form, of operation: Endpoint) -> Endpoint {
        Endpoint(
            .post, "/forms/\(form.operation)", id: form.operation + "ByForm", summary: operation.summary,
            access: operation.access, rateClass: operation.rateClass, idempotency: .unused,
            audit: .none("The operation that it calls has the entry."), accepts: [.multipart(.object([]))], answers: []
        ) { request in
            guard case .form(let content) = request.body else {
                throw Problem(.invalidRequest, "The form is empty.")
            }
            let back = content.fields["back"].map(PageRoutes.local) ?? form.back
            do {
                try frame.check(content.fields, of: request)
                return try await answer(to: form, operation, content.fields, back, request)
            } catch let problem as Problem where problem.kind.status < 500 && !request.wantsDocument {
                return try await frame.problem(problem, back: back, for: request)
            }
        }
    }

    private func answer(
        to form: Form, _ operation: Endpoint, _ fields: [String: String], _ back: String, _ request: EndpointRequest
    ) async throws -> EndpointResponse {
        let path = operation.parameters.filter { $0.place == .path }.map { ($0.name, fields[$0.name] ?? "") }
        var body: JSONTree?
        for case .json(let schema) in operation.accepts { body = try FormBody(fields: fields).json(for: schema) }
        let response = try await operations.call(
            form.operation, for: request, path: Dictionary(path) { first, _ in first }, body: body)
        if !form.reveals.isEmpty {
            let document: JSONTree = try PageOperations.document(in: response)
            return try await frame.revelation(
                of: form.operation, form.reveals.compactMap { name in document.member(name) }, back: back,
                for: request)
        }
        var target = PageRoutes.local(back) + (back.contains("?") ? "&" : "?") + "done=\(form.operation)"
        if let member = form.leadsTo {
            let document: JSONTree = try PageOperations.document(in: response)
            if case .string(let address)? = document.member(member)?.value { target = address }
        }
        var cookies = response.cookies
        if form.choosesWorkspace {
            let document: JSONTree = try PageOperations.document(in: response)
            if case .string(let id)? = document["id"], let workspace = WorkspaceID(id) {
                cookies.append(frame.cookie(Gate.workspaceCookie, workspace.description))
            }
        }
        return request.wantsDocument
            ? try .goOn(to: target, cookies: cookies) : .redirect(to: target, cookies: cookies)
    }
}

extension JSONTree {
    /// A member by the name that the API gives it; decoding has turned names into camel case.
    fileprivate func member(_ name: String) -> (name: String, value: JSONTree)? {
        let words = name.split(separator: "_")
        let camel =
            words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return (self[name] ?? self[camel]).map { (name, $0) }
    }
}

extension EndpointRequest {
    /// Whether a script sent the form and wants to know how it went, instead of the next page.
    var wantsDocument: Bool { prefers("application/json", over: "text/html") }
}

extension EndpointResponse {
    /// Tells a script where to go on after a form.
    static func goOn(to path: String, cookies: [String] = []) throws -> EndpointResponse {
        try .json(200, ["location": path], cookies: cookies)
    }
}
