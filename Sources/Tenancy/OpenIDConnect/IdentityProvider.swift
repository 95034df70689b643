package import Model

/// Somewhere else where people have accounts and can sign in from: Google, or any issuer of OpenID Connect.
package struct IdentityProvider: Hashable, Sendable {
    /// Its name in our addresses: `google`.
    package let id: String
    /// Its name for people.
    package let name: String
    /// Exactly as it stands in its tokens: `https://accounts.google.com`.
    package let issuer: String
    package let clientID: String
    /// nil for a client without one; PKCE protects both.
    package let clientSecret: Secret?
    /// For which addresses its word is taken that they are the person's.
    package let vouching: Vouching

    /// For which addresses a provider's `email_verified` is taken.
    package enum Vouching: Hashable, Sendable {
        /// None: people are known by their subject alone, and link their account while signed in.
        case none
        /// All, because the provider is the organisation's own.
        case all
        /// Those that Google itself manages: gmail.com and Workspace domains. For others it only once sent a letter.
        case google
    }

    package init(
        id: String, name: String, issuer: String, clientID: String, clientSecret: Secret?, vouching: Vouching
    ) {
        self.id = id
        self.name = name
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.vouching = vouching
    }

    /// Google, with the client that its console made.
    package static func google(clientID: String, clientSecret: Secret) -> IdentityProvider {
        .init(
            id: "google", name: "Google", issuer: "https://accounts.google.com", clientID: clientID,
            clientSecret: clientSecret, vouching: .google)
    }
}
