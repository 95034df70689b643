package import Endpoints
import Model

/// The operations of sign-in at identity providers, for browsers.
package struct ProviderEndpoints: Sendable {
    let signIn: ProviderSignIn
    let callers: RequestCallers

    package init(signIn: ProviderSignIn, callers: RequestCallers) {
        self.signIn = signIn
        self.callers = callers
    }

    /// All of them.
    package var all: [Endpoint] { [list, begin, link, unlink, finish] }

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/account/providers", id: "listProviders", summary: "Lists where else one can sign in from",
            access: .open,
            answers: [.json(200, "The providers.", Schema(of: ListDocument<ProviderDocument>.self))]
        ) { _ in
            try .json(200, ListDocument(items: signIn.providers.map { ProviderDocument(id: $0.id, name: $0.name) }))
        }
    }

    private var begin: Endpoint {
        Endpoint(
            .get, "/sign-in/{id}/begin", id: "beginProviderSignIn", summary: "Sends the browser to a provider",
            access: .open, rateClass: .signIn,
            parameters: [
                .init(.path, "id", .string(pattern: "^[A-Za-z0-9_-]{1,64}$"), "The provider's id."),
                .init(.query, "invitation", .string(maximumLength: 200), "The token of an invitation."),
            ],
            answers: [.init(303, "The provider's page is in `Location`.")], problems: [.notFound, .unavailable]
        ) { request in
            let departure = try await signIn.begin(
                at: request.path["id"] ?? "",
                invitation: request.query["invitation"].flatMap { $0.isEmpty ? nil : Secret($0) })
            return away(to: departure.url, callers.cookie.leave(departure.cookie))
        }
    }

    private var link: Endpoint {
        Endpoint(
            .post, "/api/v1/account/providers/{id}", id: "linkProvider",
            summary: "Begins to link a provider to your account",
            description: "A letter tells you when it is linked.",
            access: .needs(.account), rateClass: .signIn, idempotency: .unused,
            audit: .none("Nothing changes before the provider has answered."),
            parameters: [.init(.path, "id", .string(pattern: "^[A-Za-z0-9_-]{1,64}$"), "The provider's id.")],
            accepts: [.body(PasswordBody.self)],
            answers: [.json(200, "Where to send the browser.", Schema(of: DepartureDocument.self))],
            problems: [.forbidden, .notFound, .unavailable]
        ) { request in
            let (caller, _, _) = try await callers.person(request)
            let departure = try await signIn.beginLink(
                at: request.path["id"] ?? "", caller, password: try request.json(PasswordBody.self).password?.secret)
            return try .json(
                200, DepartureDocument(url: departure.url), headers: ["Cache-Control": "no-store"],
                cookies: [callers.cookie.leave(departure.cookie)])
        }
    }

    private var unlink: Endpoint {
        Endpoint(
            .delete, "/api/v1/account/providers/{id}", id: "unlinkProvider",
            summary: "Takes a provider from your account",
            description: "Needs a sign-in of the last ten minutes, and another way in: a password or another provider.",
            access: .needs(.account), rateClass: .signIn, audit: .own("identity.unlinked"),
            parameters: [.init(.path, "id", .string(pattern: "^[A-Za-z0-9_-]{1,64}$"), "The provider's id.")],
            answers: [.init(204, "Done.")], problems: [.forbidden, .notFound, .conflict]
        ) { request in
            let (caller, _, _) = try await callers.person(request)
            try await signIn.unlink(request.path["id"] ?? "", from: caller)
            return .init(status: 204)
        }
    }

    private var finish: Endpoint {
        Endpoint(
            .get, "/sign-in/{id}/return", id: "finishProviderSignIn",
            summary: "Where a provider sends the browser back to", access: .open, rateClass: .signIn,
            parameters: [
                .init(.path, "id", .string(pattern: "^[A-Za-z0-9_-]{1,64}$"), "The provider's id."),
                .init(.query, "state", .string(maximumLength: 200), "What the browser left with."),
                .init(.query, "code", .string(maximumLength: 4_096), "What the provider gives for a token."),
                .init(.query, "iss", .string(maximumLength: 1_024), "Which provider it is."),
                .init(.query, "error", .string(maximumLength: 1_024), "Why the provider refused."),
            ],
            answers: [.init(303, "Signed in, or halfway: the next page is in `Location`.")],
            problems: [.unauthenticated, .forbidden, .notFound, .conflict, .unavailable]
        ) { request in
            guard let state = request.query["state"], let code = request.query["code"],
                let cookie = callers.cookie.departure(in: request)
            else {
                throw Problem(.unauthenticated, "The provider did not let you in; begin again on the sign-in page.")
            }
            let arrival = try await signIn.finish(
                at: request.path["id"] ?? "", state: Secret(state), code: Secret(code), issuer: request.query["iss"],
                cookie: cookie, client: callers.client(request))
            // Never to where the request says: an open redirect.
            switch arrival {
            case .signedIn(let session): return away(to: "/", callers.cookie.begin(session))
            case .needsCode(let step): return away(to: "/sign-in/code", callers.cookie.halfway(step))
            case .linked: return away(to: "/account", nil)
            }
        }
    }

    private func away(to url: String, _ cookie: String?) -> EndpointResponse {
        .init(
            status: 303, headers: ["Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"],
            cookies: cookie.map { [$0] } ?? [])
    }
}

private struct ProviderDocument: Codable, Documented, Sendable {
    let id: String
    let name: String
    static let meanings = ["name": "Its name for people."]
}

private struct DepartureDocument: Codable, Documented, Sendable {
    let url: String
    static let meanings = ["url": "The provider's page."]
}
