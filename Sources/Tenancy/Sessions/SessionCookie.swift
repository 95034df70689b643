package import Endpoints
package import Model

/// The cookies of a signed-in browser: never readable by scripts, never sent by another site's forms.
package struct SessionCookie: Sendable {
    /// Whether the server is reached by https, as every server is that is not on the same machine.
    private let isSecure: Bool

    package init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// With the prefix, browsers refuse the cookie from other hosts, other paths and unencrypted connections.
    private var prefix: String { isSecure ? "__Host-" : "" }
    private var session: String { prefix + "suisha_account" }
    private var departure: String { prefix + "suisha_departure" }
    private var step: String { prefix + "suisha_step" }

    /// The `Set-Cookie` header of a new session.
    package func begin(_ new: NewSession) -> String { header(session, new.token.revealed, new.lifetime) }
    /// The `Set-Cookie` header that ends a session.
    package var end: String { header(session, "", .zero) }
    /// The session's token in a request.
    package func token(in request: EndpointRequest) -> Secret? { value(session, in: request) }
    /// The session's token in the content of a `Cookie` header.
    package func token(in cookies: String) -> Secret? { Self.value(session, in: cookies) }

    /// For a browser that leaves to an identity provider.
    func leave(_ secret: Secret) -> String { header(departure, secret.revealed, ProviderSignIn.lifetime) }
    func departure(in request: EndpointRequest) -> Secret? { value(departure, in: request) }
    /// For a browser that is halfway in.
    package func halfway(_ secret: Secret) -> String { header(step, secret.revealed, .seconds(300)) }
    package func step(in request: EndpointRequest) -> Secret? { value(step, in: request) }

    /// `Lax`, so that a link from elsewhere finds the person signed in; what changes something is protected by its origin.
    private func header(_ name: String, _ value: String, _ lifetime: Duration) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(lifetime.components.seconds)"
            + (isSecure ? "; Secure" : "")
    }

    private func value(_ name: String, in request: EndpointRequest) -> Secret? {
        Self.value(name, in: request.headers["cookie"] ?? "")
    }

    private static func value(_ name: String, in cookies: String) -> Secret? {
        for pair in cookies.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return Secret(String(parts[1])) }
        }
        return nil
    }
}
