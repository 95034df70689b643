import Crypto
import Endpoints
import Foundation
package import Logging
package import Model
import Storage

/// Signs people in at identity providers: authorization code flow with PKCE, state, nonce and an exact redirect address.
package struct ProviderSignIn: Sendable {
    private let accounts: AccountService
    private let directory: ProviderDirectory
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    /// In the order of the sign-in page.
    package let providers: [IdentityProvider]

    /// How long a person may take at the provider.
    package static let lifetime: Duration = .seconds(600)

    /// - Parameter now: judges the providers' tokens; a test moves it.
    package init(
        accounts: AccountService, providers: [IdentityProvider], directory: ProviderDirectory, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.accounts = accounts
        self.providers = providers
        self.directory = directory
        self.logger = logger
        self.now = now
    }

    /// Where to send the browser, and what it keeps in a cookie meanwhile.
    package struct Departure: Sendable {
        package let url: String
        /// Proves that the browser that comes back is the one that left.
        package let cookie: Secret
    }

    /// What a return leads to.
    package enum Arrival: Sendable {
        case signedIn(NewSession)
        /// The account asks for a code of the authenticator app as well.
        case needsCode(Secret)
        /// The provider was linked to the account of whoever was signed in.
        case linked
    }

    /// Begins a sign-in at a provider.
    ///
    /// - Parameter invitation: lets in whoever has no account yet.
    /// - Throws: ``Problem`` 404 for a provider that is not configured, 503 when it does not answer.
    package func begin(at id: String, invitation: Secret? = nil) async throws -> Departure {
        try await depart(to: try provider(id), linking: nil, invitation: invitation)
    }

    /// Begins to link a provider to the caller's account, after the caller proved once more who it is: what is linked lets in
    /// from then on.
    ///
    /// - Parameter password: the account's, where it has one.
    /// - Throws: ``Problem`` 403 without that proof, and as ``begin(at:invitation:)`` does.
    package func beginLink(at id: String, _ caller: Authenticated, password: Secret?) async throws -> Departure {
        let provider = try provider(id)
        let (account, _) = try await accounts.confirmed(caller, by: password)
        return try await depart(to: provider, linking: account.id, invitation: nil)
    }

    /// Takes a provider from the caller's account, if the caller signed in a moment ago.
    ///
    /// - Throws: ``Problem`` 404 for one that is not linked, 409 for the last way in.
    package func unlink(_ id: String, from caller: Authenticated) async throws {
        let provider = try provider(id)
        let user = try await accounts.recentlyConfirmed(caller).id
        let known = Set(providers.map(\.issuer))
        try await accounts.database.transact { connection in
            // Locked, so that of two ways in that are given up at once one stays.
            guard let account = try AccountRows.lock(user, on: connection), account.status == .active,
                try IdentityRows.remove(of: user, at: provider.issuer, on: connection) > 0
            else { throw Problem(.notFound, "\(provider.name) is not linked to your account.") }
            let hasPassword = try AccountRows.password(of: user, on: connection) != nil
            guard try hasPassword || !IdentityRows.issuers(of: user, on: connection).isDisjoint(with: known) else {
                throw Problem(
                    .conflict, "\(provider.name) is your only way in; choose a password first, by 'Forgot password'.")
            }
            try accounts.tell(account, .providerUnlinked(name: provider.name), on: connection)
            try accounts.journal.record(.identityUnlinked(user, provider: provider.id), on: connection)
        }
    }

    private func depart(
        to provider: IdentityProvider, linking user: UserID?, invitation: Secret?
    ) async throws -> Departure {
        let endpoints = try await reached(provider) { try await directory.endpoints(of: provider) }
        let state = OpaqueToken(random: accounts.random)
        let cookie = OpaqueToken(random: accounts.random)
        let attempt = Attempt(
            provider: provider.id, nonce: OpaqueToken(random: accounts.random).secret.revealed,
            verifier: OpaqueToken(random: accounts.random).secret.revealed, cookie: cookie.digest.text,
            invitation: invitation.map { TokenDigest(of: $0).text })
        let content = String(decoding: try JSONEncoder().encode(attempt), as: UTF8.self)
        let sealed = try accounts.vault.seal(Secret(content), for: Self.place(state.digest))
        try await accounts.database.write { connection throws(StorageError) in
            try OneTimeTokens.insert(
                state.digest, for: .provider, user: user, content: sealed, lifetime: Self.lifetime,
                on: connection)
        }
        let challenge = Base64URL.text(SHA256.hash(data: Data(attempt.verifier.utf8)))
        let parameters = [
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirectAddress(provider)),
            ("scope", "openid email profile"), ("state", state.secret.revealed), ("nonce", attempt.nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        let query = parameters.map { "\($0.0)=\(URLQuery.escaped($0.1))" }.joined(separator: "&")
        let separator = endpoints.authorization.contains("?") ? "&" : "?"
        return Departure(url: endpoints.authorization + separator + query, cookie: cookie.secret)
    }

    /// Ends a sign-in, with what the provider sent the browser back with.
    ///
    /// - Parameters:
    ///   - cookie: what ``begin(at:invitation:)`` gave the browser.
    ///   - issuer: the `iss` parameter, where the provider sends one (RFC 9207).
    /// - Throws: ``Problem`` 401 for a state that is unknown, used, too old, another provider's or another browser's, and for
    ///   whatever is wrong with the provider's answer; 403 when there is no account and none may be made.
    package func finish(
        at id: String, state: Secret, code: Secret, issuer: String? = nil, cookie: Secret, client: ClientDescription
    ) async throws -> Arrival {
        let provider = try provider(id)
        let digest = TokenDigest(of: state)
        let found = try await accounts.database.write { connection throws(StorageError) in
            try OneTimeTokens.consume(digest, for: .provider, on: connection)
        }
        guard let found,
            let content = try? accounts.vault.open(found.content, for: Self.place(digest)),
            let attempt = try? JSONDecoder().decode(Attempt.self, from: Data(content.revealed.utf8)),
            attempt.provider == provider.id,
            ConstantTime.areEqual(TokenDigest(of: cookie).text.utf8, attempt.cookie.utf8),
            issuer == nil || issuer == provider.issuer, (1...4_096).contains(code.revealed.utf8.count)
        else { throw Self.refusal }
        let token = try await exchange(code, attempt, provider)
        return try await arrive(token, attempt, linking: found.user, at: provider, client)
    }

    // MARK: The provider

    private func exchange(
        _ code: Secret, _ attempt: Attempt, _ provider: IdentityProvider
    ) async throws -> IDToken {
        let text = try await reached(provider) { () -> String in
            let endpoints = try await directory.endpoints(of: provider)
            var form: [ProviderRequest.Field] = [
                .init("grant_type", "authorization_code"), .init("code", code.revealed),
                .init("redirect_uri", redirectAddress(provider)), .init("code_verifier", attempt.verifier),
            ]
            var authorization: Secret?
            if let secret = provider.clientSecret, endpoints.usesBasicAuthentication {
                let pair = URLQuery.escaped(provider.clientID) + ":" + URLQuery.escaped(secret.revealed)
                authorization = Secret("Basic " + Data(pair.utf8).base64EncodedString())
            } else {
                form.append(.init("client_id", provider.clientID))
                if let secret = provider.clientSecret { form.append(.init("client_secret", secret.revealed)) }
            }
            let answer = try await directory.post(form, authorization: authorization, to: endpoints.token)
            guard let text = answer.string("id_token") else {
                throw ProviderError("\(provider.issuer) gave no ID token.")
            }
            return text
        }
        do throws(TokenRefusal) {
            let signed = try SignedToken(text)
            let kid = signed.namesKey ? try signed.kid : nil
            let key: VerificationKey?
            do {
                key = try await directory.key(kid, of: provider)
            } catch {
                throw .unknownKey
            }
            return try IDToken(
                checking: signed, key: key, from: provider, nonce: attempt.nonce, now: now().microseconds / 1_000_000)
        } catch {
            logger.warning(
                "the ID token of an identity provider was refused",
                metadata: ["provider": "\(provider.id)", "reason": "\(error)"])
            throw Self.refusal
        }
    }

    private func reached<Value>(_ provider: IdentityProvider, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.warning(
                "an identity provider could not be used",
                metadata: ["provider": "\(provider.id)", "reason": "\(error)"])
            throw Problem(
                .unavailable, "\(provider.name) does not answer as it should; try again, or sign in another way.",
                retryAfter: .seconds(10))
        }
    }

    // MARK: The account

    private enum Landing: Sendable {
        case arrived(Arrival, displaced: [SessionReference])
        case refused(Problem)
    }

    private func arrive(
        _ token: IDToken, _ attempt: Attempt, linking user: UserID?, at provider: IdentityProvider,
        _ client: ClientDescription
    ) async throws -> Arrival {
        let step = OpaqueToken(random: accounts.random)
        let landing = try await accounts.database.transact { connection -> Landing in
            let known = try IdentityRows.user(of: token.subject, at: provider.issuer, on: connection)
            if let user { return try link(token, known, to: user, at: provider, on: connection) }
            var account = try known.flatMap { user throws(StorageError) in try AccountRows.lock(user, on: connection) }
            if known == nil {
                switch try newcomer(token, attempt, at: provider, on: connection) {
                case .success(let made): account = made
                case .failure(let problem): return .refused(problem)
                }
            }
            guard let account, account.status == .active else { return .refused(Self.noAccount) }
            if try SecondFactorRows.isOn(for: account.id, on: connection) {
                try OneTimeTokens.insert(
                    step.digest, for: .secondStep, user: account.id, lifetime: accounts.settings.secondStepLifetime,
                    on: connection)
                return .arrived(.needsCode(step.secret), displaced: [])
            }
            let begun = try accounts.begin(for: account, .provider, client, on: connection)
            return .arrived(.signedIn(begun.session), displaced: begun.displaced)
        }
        switch landing {
        case .refused(let problem):
            accounts.count(.provider, "refused")
            throw problem
        case .arrived(let arrival, let displaced):
            accounts.count(.provider, "signed-in")
            await accounts.sessions.forget(displaced)
            return arrival
        }
    }

    private func link(
        _ token: IDToken, _ known: UserID?, to user: UserID, at provider: IdentityProvider,
        on connection: any SQLConnection
    ) throws -> Landing {
        guard known == nil || known == user else {
            return .refused(
                Problem(.conflict, "This \(provider.name) account belongs to another account of this server."))
        }
        guard let account = try AccountRows.lock(user, on: connection), account.status == .active else {
            return .refused(Self.noAccount)
        }
        if known == nil { try link(token, to: account, at: provider, on: connection) }
        return .arrived(.linked, displaced: [])
    }

    /// The account of somebody who comes from the provider for the first time: the one with the address that the provider
    /// vouches for, or a new one where that is allowed.
    private func newcomer(
        _ token: IDToken, _ attempt: Attempt, at provider: IdentityProvider, on connection: any SQLConnection
    ) throws -> Result<Account?, Problem> {
        guard let email = token.trustedEmail(by: provider.vouching) else {
            return .failure(
                Problem(
                    .forbidden,
                    "Sign in with your password first and link \(provider.name) there; its word for your address is not taken here."
                ))
        }
        if let account = try AccountRows.account(of: email, on: connection) {
            guard account.status == .active else { return .failure(Self.noAccount) }
            try link(token, to: account, at: provider, on: connection)
            return .success(try AccountRows.lock(account.id, on: connection))
        }
        guard accounts.settings.signUp != .closed else { return .failure(Self.noAccount) }
        let invitation = attempt.invitation.map(TokenDigest.init(stored:))
        if let invitation {
            let admission = try accounts.invitations.admission(by: invitation, of: email, on: connection)
            guard admission != .refused else { return .failure(Self.noAccount) }
        } else if accounts.settings.signUp != .open {
            return .failure(Self.noAccount)
        }
        let new = NewAccount(
            email: email, name: token.name ?? String(email.address.prefix { $0 != "@" }), language: .english,
            password: nil, isVerified: true)
        guard try AccountRows.insert(new, on: connection) else { return .failure(Self.refusal) }
        try accounts.journal.record(
            .created(new.id, isOperator: false, invitation: invitation), on: connection)
        try add(token, to: new.id, at: provider, on: connection)
        return .success(try AccountRows.lock(new.id, on: connection))
    }

    /// Gives an account that is there already another way in, and tells its owner.
    private func link(
        _ token: IDToken, to account: Account, at provider: IdentityProvider, on connection: any SQLConnection
    ) throws {
        try accounts.tell(account, .providerLinked(name: provider.name), on: connection)
        try add(token, to: account.id, at: provider, on: connection)
    }

    private func add(
        _ token: IDToken, to user: UserID, at provider: IdentityProvider, on connection: any SQLConnection
    ) throws(StorageError) {
        try IdentityRows.insert(
            subject: token.subject, of: user, email: token.email?.address ?? "", at: provider.issuer, on: connection)
        try accounts.journal.record(.identityLinked(user, provider: provider.id), on: connection)
    }

    // MARK: Words

    private struct Attempt: Codable, Sendable {
        let provider: String
        let nonce: String
        let verifier: String
        let cookie: String
        let invitation: String?
    }

    private func provider(_ id: String) throws -> IdentityProvider {
        guard let provider = providers.first(where: { $0.id == id }) else {
            throw Problem(.notFound, "This server knows no such identity provider.")
        }
        return provider
    }

    /// The one address that the provider may send people back to.
    package func redirectAddress(_ provider: IdentityProvider) -> String {
        "\(accounts.links.origin)/sign-in/\(provider.id)/return"
    }

    private static func place(_ state: TokenDigest) -> String { "one_time_tokens/\(state.text)" }

    private static var refusal: Problem {
        Problem(.unauthenticated, "The sign-in could not be finished; begin again on the sign-in page.")
    }

    private static var noAccount: Problem {
        Problem(.forbidden, "There is no account for you here, and none can be made without an invitation.")
    }
}
