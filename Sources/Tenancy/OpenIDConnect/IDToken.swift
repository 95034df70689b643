import Model

/// What a provider says about a person.
struct IDToken: Hashable, Sendable {
    let subject: String
    let email: EmailAddress?
    /// Whether the provider says that the address is the person's.
    let isEmailVerified: Bool
    /// Google's mark of an account that an organisation manages.
    let hostedDomain: String?
    let name: String?

    /// How far the provider's clock may differ from ours, in seconds.
    static let leeway: Int64 = 60

    /// The address, if the provider's word for it is taken.
    func trustedEmail(by vouching: IdentityProvider.Vouching) -> EmailAddress? {
        guard let email, isEmailVerified else { return nil }
        switch vouching {
        case .none: return nil
        case .all: return email
        case .google:
            let domain = email.normal.split(separator: "@").last.map(String.init)
            return domain == "gmail.com" || (hostedDomain != nil && domain == hostedDomain?.lowercased()) ? email : nil
        }
    }
}

extension IDToken {
    /// Checks a token as OpenID Connect Core 3.1.3.7 says.
    ///
    /// - Parameters:
    ///   - key: the provider's key that the token names, or its only one; nil when there is none.
    ///   - now: seconds since 1970.
    init(
        checking token: SignedToken, key: VerificationKey?, from provider: IdentityProvider, nonce: String, now: Int64
    ) throws(TokenRefusal) {
        guard let key else { throw .unknownKey }
        if token.namesKey { guard try token.kid == key.kid else { throw .unknownKey } }
        try token.check(signedBy: key, type: { $0 == nil || $0?.uppercased() == "JWT" })
        let claims = token.claims
        guard claims.string("iss") == provider.issuer else { throw .issuer }
        switch claims.members["aud"] {
        case .string(provider.clientID): break
        case .array(let audiences):
            guard audiences.contains(.string(provider.clientID)),
                audiences.count == 1 || claims.string("azp") == provider.clientID
            else { throw .audience }
        default: throw .audience
        }
        if let party = claims.members["azp"], party != .string(provider.clientID) { throw .audience }
        guard let expires = claims.integer("exp"), let issued = claims.integer("iat"), now - Self.leeway < expires,
            issued <= now + Self.leeway, claims.integer("nbf") ?? 0 <= now + Self.leeway
        else { throw .time }
        guard let given = claims.string("nonce"), ConstantTime.areEqual(given.utf8, nonce.utf8) else { throw .nonce }
        guard let subject = claims.string("sub"), (1...255).contains(subject.utf8.count) else { throw .subject }
        self.subject = subject
        email = claims.string("email").flatMap { try? EmailAddress($0) }
        // Some providers write a string.
        isEmailVerified =
            claims.members["email_verified"] == .bool(true) || claims.string("email_verified") == "true"
        hostedDomain = claims.string("hd")
        name = claims.string("name").flatMap { try? AccountService.checked(name: $0) }
    }
}
