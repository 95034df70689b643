import Conformance
import Endpoints
import Foundation
import Model
import Testing

@testable import Tenancy

@Suite("Signing in at an identity provider (B1)")
struct ProviderSignInTests {
    private struct Trial: Sendable {
        let accounts: AccountTrial
        let provider: TestProvider
        let signIn: ProviderSignIn

        func arrive(
            linking caller: Authenticated? = nil, password: Secret? = AccountTrial.password
        ) async throws -> ProviderSignIn.Arrival {
            let departure =
                if let caller {
                    try await signIn.beginLink(at: "test", caller, password: password)
                } else {
                    try await signIn.begin(at: "test")
                }
            let back = try provider.visit(departure.url)
            return try await signIn.finish(
                at: "test", state: back.state, code: back.code, cookie: departure.cookie, client: AccountTrial.client)
        }

        func session() async throws -> NewSession {
            guard case .signedIn(let session) = try await arrive() else { throw NeverHappened("a session") }
            return session
        }
    }

    private func with(
        _ fixture: DatabaseFixture, _ settings: AccountSettings = .open,
        vouching: IdentityProvider.Vouching = .all, _ body: (Trial) async throws -> Void
    ) async throws {
        try await AccountTrial.with(fixture, settings) { accounts in
            let provider = try TestProvider()
            let signIn = ProviderSignIn(
                accounts: accounts.accounts, providers: [TestProvider.configuration(vouching)],
                directory: ProviderDirectory(transport: provider), logger: AccountTrial.logger)
            try await body(Trial(accounts: accounts, provider: provider, signIn: signIn))
        }
    }

    @Test("the first sign-in makes an account, the next ones find it, also by RS256", arguments: DatabaseFixture.all)
    func first(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            let first = try await trial.session()
            #expect(try await trial.accounts.sessions.authenticate(first.token).user == first.user)
            let account = try #require(try await trial.accounts.accounts.account(first.user))
            #expect(account.name == "Aiko Tanaka" && account.email.normal == "aiko@example.com")
            trial.provider.useRSA()
            var renamed = TestProvider.Person()
            renamed.email = "other@example.com"
            trial.provider.set(renamed)
            #expect(try await trial.session().user == first.user)
            // The provider was asked for its addresses and keys once.
            #expect(trial.provider.requests.count { $0.form == nil } == 2)
        }
    }

    @Test("the request for the page has a challenge, a state, a nonce and the exact return address")
    func request() async throws {
        try await with(.sqlite) { trial throws in
            let departure = try await trial.signIn.begin(at: "test")
            let components = try #require(URLComponents(string: departure.url))
            let query = Dictionary(
                (components.queryItems ?? []).map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first }
            )
            #expect(query["code_challenge_method"] == "S256" && query["response_type"] == "code")
            #expect(query["redirect_uri"] == "https://suisha.example.com/sign-in/test/return")
            #expect(query["x"] == "1")
            for name in ["state", "nonce", "code_challenge"] { #expect(query[name]?.utf8.count == 43) }
            #expect(!departure.url.contains(departure.cookie.revealed))
        }
    }

    @Test(
        "an account with the same address is linked where the provider is trusted, and only then",
        arguments: DatabaseFixture.all)
    func linking(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            let user = try await trial.accounts.signUp()
            var unverified = TestProvider.Person()
            unverified.isVerified = false
            trial.provider.set(unverified)
            #expect(try await refusal { try await trial.arrive() }.kind == .forbidden)
            trial.provider.set(TestProvider.Person())
            #expect(try await trial.session().user == user)
        }
        try await with(fixture, vouching: .none) { trial throws in
            let user = try await trial.accounts.signUp()
            #expect(try await refusal { try await trial.arrive() }.kind == .forbidden)
            let caller = try await trial.accounts.sessions.authenticate(try await trial.accounts.signIn().token)
            guard case .linked = try await trial.arrive(linking: caller) else {
                Issue.record("not linked")
                return
            }
            #expect(try await trial.accounts.newLetters().map(\.subject) == ["Another way to sign in"])
            #expect(try await trial.session().user == user)
            try await trial.accounts.signUp("ben@example.com")
            let ben = try await trial.accounts.sessions.authenticate(
                try await trial.accounts.signIn("ben@example.com").token)
            #expect(try await refusal { try await trial.arrive(linking: ben) }.kind == .conflict)
        }
    }

    @Test(
        "linking and unlinking need a proof of who asks, and the last way in stays", arguments: DatabaseFixture.all)
    func unlinking(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            let (accounts, clock) = (trial.accounts, trial.accounts.trial.clock)
            // Somebody who comes in by the provider alone.
            let first = try await trial.session()
            let caller = try await accounts.sessions.authenticate(first.token)
            #expect(try await refusal { try await trial.signIn.unlink("test", from: caller) }.kind == .conflict)
            #expect(try await refusal { try await trial.signIn.unlink("other", from: caller) }.kind == .notFound)
            _ = try await trial.arrive(linking: caller, password: nil)
            clock.advance(by: .seconds(601))
            #expect(try await refusal { try await trial.arrive(linking: caller, password: nil) }.kind == .forbidden)
            #expect(try await refusal { try await trial.signIn.unlink("test", from: caller) }.kind == .forbidden)

            // With a password the provider is no longer the last way in.
            try await accounts.accounts.requestReset(email: "aiko@example.com")
            try await accounts.accounts.reset(try await accounts.link(), to: AccountTrial.password)
            let again = try await accounts.sessions.authenticate(try await accounts.signIn().token)
            for password in [nil, Secret("wrong password")] {
                #expect(
                    try await refusal { try await trial.arrive(linking: again, password: password) }.kind == .forbidden)
            }
            _ = try await accounts.newLetters()
            try await trial.signIn.unlink("test", from: again)
            #expect(try await accounts.newLetters().map(\.subject) == ["One way less to sign in"])
            #expect(try await refusal { try await trial.signIn.unlink("test", from: again) }.kind == .notFound)
            #expect(accounts.journal.events.contains(.identityUnlinked(first.user, provider: "test")))
        }
    }

    @Test("Google's word counts for its own addresses alone")
    func google() throws {
        func email(_ address: String, domain: String?) throws -> EmailAddress? {
            let token = IDToken(
                subject: "1", email: try EmailAddress(address), isEmailVerified: true, hostedDomain: domain, name: nil)
            return token.trustedEmail(by: .google)
        }
        #expect(try email("aiko@gmail.com", domain: nil) != nil)
        #expect(try email("aiko@example.com", domain: "example.com") != nil)
        #expect(try email("aiko@example.com", domain: nil) == nil)
        #expect(try email("aiko@example.com", domain: "evil.example") == nil)
        #expect(try email("aiko@evilgmail.com", domain: nil) == nil)
    }

    @Test("without an account, a server that invites takes nobody", arguments: DatabaseFixture.all)
    func inviteOnly(fixture: DatabaseFixture) async throws {
        var settings = AccountSettings.open
        settings.signUp = .inviteOnly
        try await with(fixture, settings) { trial throws in
            #expect(try await refusal { try await trial.arrive() }.kind == .forbidden)
        }
    }

    @Test("a disabled account does not come in by the provider", arguments: DatabaseFixture.all)
    func disabled(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            let session = try await trial.session()
            try await trial.accounts.accounts.disable(session.user, by: Caller(.local))
            #expect(try await refusal { try await trial.arrive() }.kind == .forbidden)
        }
    }

    @Test("an account with an authenticator app is asked for its code", arguments: DatabaseFixture.all)
    func secondStep(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            try await trial.accounts.signUp()
            let caller = try await trial.accounts.sessions.authenticate(try await trial.accounts.signIn().token)
            let enrolment = try await trial.accounts.accounts.beginSecondFactor(
                caller, password: AccountTrial.password)
            let app = try #require(OneTimePassword(text: enrolment.secret))
            let clock = trial.accounts.trial.clock
            _ = try await trial.accounts.accounts.confirmSecondFactor(
                caller, code: app.code(at: OneTimePassword.step(at: clock.now)))
            clock.advance(by: .seconds(60))
            guard case .needsCode(let step) = try await trial.arrive() else {
                Issue.record("no second step")
                return
            }
            _ = try await trial.accounts.accounts.finishSignIn(
                step, code: app.code(at: OneTimePassword.step(at: clock.now)), client: AccountTrial.client)
        }
    }

    @Test(
        "a state works once, in the browser that left, at its provider and not for long", arguments: DatabaseFixture.all
    )
    func state(fixture: DatabaseFixture) async throws {
        try await with(fixture) { trial throws in
            func leave() async throws -> (ProviderSignIn.Departure, Secret, Secret) {
                let departure = try await trial.signIn.begin(at: "test")
                let back = try trial.provider.visit(departure.url)
                return (departure, back.state, back.code)
            }
            func finish(_ state: Secret, _ code: Secret, _ cookie: Secret, issuer: String? = nil) async throws {
                _ = try await trial.signIn.finish(
                    at: "test", state: state, code: code, issuer: issuer, cookie: cookie, client: AccountTrial.client)
            }
            let (departure, state, code) = try await leave()
            try await finish(state, code, departure.cookie)
            #expect(try await refusal { try await finish(state, code, departure.cookie) }.kind == .unauthenticated)
            // Another browser: somebody else's sign-in is slipped to this one.
            let (_, foreignState, foreignCode) = try await leave()
            #expect(
                try await refusal { try await finish(foreignState, foreignCode, departure.cookie) }.kind
                    == .unauthenticated)
            let (mixed, mixedState, mixedCode) = try await leave()
            #expect(
                try await refusal {
                    try await finish(mixedState, mixedCode, mixed.cookie, issuer: "https://evil.example.com")
                }.kind == .unauthenticated)
            let (late, lateState, lateCode) = try await leave()
            trial.accounts.trial.clock.advance(by: .seconds(601))
            #expect(try await refusal { try await finish(lateState, lateCode, late.cookie) }.kind == .unauthenticated)
            #expect(
                try await refusal { try await finish(Secret("x"), lateCode, late.cookie) }.kind == .unauthenticated)
            #expect(try await refusal { try await trial.signIn.begin(at: "other") }.kind == .notFound)
        }
    }

    @Test(
        "what is wrong with the provider's answer is refused",
        arguments: [
            .otherNonce, .otherAudience, .severalAudiences, .expired, .foreignKey, .algNone, .hmac, .namesNoKey,
            .namesForeignKeys,
        ] as [TestProvider.Fault])
    func badToken(fault: TestProvider.Fault) async throws {
        try await with(.sqlite) { trial throws in
            trial.provider.set(fault)
            #expect(try await refusal { try await trial.arrive() }.kind == .unauthenticated)
            // Nothing that a token names is fetched.
            #expect(trial.provider.requests.allSatisfy { $0.url.hasPrefix(TestProvider.issuer + "/") })
        }
    }

    @Test("a provider with a single key need not name it")
    func singleKey() async throws {
        try await with(.sqlite) { trial throws in
            trial.provider.set(.hasOneKey)
            _ = try await trial.session()
        }
    }

    @Test(
        "a provider that does not answer as it should is 503",
        arguments: [.down, .otherIssuer, .plainAddress, .notJSON, .noToken] as [TestProvider.Fault])
    func badProvider(fault: TestProvider.Fault) async throws {
        try await with(.sqlite) { trial throws in
            trial.provider.set(fault)
            let problem = try await refusal { try await trial.arrive() }
            #expect(problem.kind == .unavailable && problem.retryAfter != nil)
        }
    }
}
