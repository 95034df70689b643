package import Endpoints
import Model

/// The operations with which people come in and look after their accounts.
///
/// Those that are open are counted as attempts to sign in, by network address. Their answers tell nothing about accounts.
package struct AccountEndpoints: Sendable {
    let accounts: AccountService
    let sessions: SessionService
    let tokens: TokenService
    let keys: SigningKeys
    let callers: RequestCallers

    package init(
        accounts: AccountService, sessions: SessionService, tokens: TokenService, keys: SigningKeys,
        callers: RequestCallers
    ) {
        self.accounts = accounts
        self.sessions = sessions
        self.tokens = tokens
        self.keys = keys
        self.callers = callers
    }

    /// All of them.
    package var all: [Endpoint] {
        [
            signUp, confirm, welcome, signIn, signInWithCode, signOut, show, delete, listSessions, endSession,
            endOtherSessions, forgotten, reset, changePassword, requestEmail, confirmEmail, beginFactor, confirmFactor,
            renewCodes, removeFactor,
            refresh, keySet, listAccounts, disableAccount, enableAccount, setOperator, rotateKeys,
        ]
    }

    // MARK: Coming in

    private var signUp: Endpoint {
        Endpoint(
            .post, "/api/v1/account/sign-up", id: "signUp", summary: "Asks for an account",
            description: """
                A letter brings a link; the account comes to be when it is confirmed. The answer is the same when there \
                is an account with the address already. With an invitation that came by letter the account is there at \
                once, and the answer is 201 with a cookie.
                """,
            access: .open, rateClass: .signIn, audit: .own("account.created"), accepts: [.body(SignUpBody.self)],
            answers: [
                .init(202, "A letter is on its way."),
                .json(201, "The account is there, and signed in.", Schema(of: SignInDocument.self)),
            ],
            problems: [.forbidden, .conflict, .unprocessable, .unavailable]
        ) { request in
            let body = try request.json(SignUpBody.self)
            let outcome = try await accounts.signUp(
                try body.form, invitation: body.invitation?.secret, client: callers.client(request))
            switch outcome {
            case .checkMail: return .init(status: 202)
            case .signedIn(let session): return try await begun(session, .browser, status: 201)
            }
        }
    }

    private var confirm: Endpoint {
        Endpoint(
            .post, "/api/v1/account/confirm", id: "confirmSignUp",
            summary: "Confirms an address by the link of a letter",
            description: "With the password that was chosen at sign-up: who opens the link must be who signed up.",
            access: .open, rateClass: .signIn, audit: .own("account.created"), accepts: [.body(ConfirmationBody.self)],
            answers: [.init(204, "The account is there; sign in now.")],
            problems: [.forbidden, .notFound, .conflict, .unavailable]
        ) { request in
            let body = try request.json(ConfirmationBody.self)
            _ = try await accounts.confirm(body.token.secret, password: body.password.secret)
            return .init(status: 204)
        }
    }

    private var welcome: Endpoint {
        Endpoint(
            .post, "/api/v1/account/welcome", id: "claimServer",
            summary: "Makes the first account, which runs the server",
            description: "With the link that the server prints while it has no accounts. It works once.",
            access: .open, rateClass: .signIn, audit: .own("account.created"), accepts: [.body(WelcomeBody.self)],
            answers: [.json(201, "The account is there, and signed in.", Schema(of: SignInDocument.self))],
            problems: [.notFound, .unprocessable, .unavailable]
        ) { request in
            let body = try request.json(WelcomeBody.self)
            let session = try await accounts.claimOwner(
                body.token.secret, try body.form, client: callers.client(request))
            return try await begun(session, .browser, status: 201)
        }
    }

    private var signIn: Endpoint {
        Endpoint(
            .post, "/api/v1/account/sign-in", id: "signIn", summary: "Signs in with a password",
            description: """
                With `step` in the answer a code of the authenticator app is needed as well. An unknown address and a \
                wrong password are refused alike.
                """,
            access: .open, rateClass: .signIn, audit: .own("session.began"), accepts: [.body(SignInBody.self)],
            answers: [.json(200, "Signed in, or halfway.", Schema(of: SignInDocument.self))],
            problems: [.unauthenticated, .unprocessable, .unavailable]
        ) { request in
            let body = try request.json(SignInBody.self)
            let outcome = try await accounts.signIn(
                email: body.email.value, password: body.password.secret, client: callers.client(request))
            switch outcome {
            case .signedIn(let session): return try await begun(session, body.purpose?.value ?? .browser)
            case .needsCode(let step): return try answer(200, SignInDocument(step: step.revealed))
            }
        }
    }

    private var signInWithCode: Endpoint {
        Endpoint(
            .post, "/api/v1/account/sign-in/code", id: "signInWithCode", summary: "Ends a sign-in with a code",
            access: .open, rateClass: .signIn, audit: .own("session.began"), accepts: [.body(CodeSignInBody.self)],
            answers: [.json(200, "Signed in.", Schema(of: SignInDocument.self))], problems: [.unauthenticated]
        ) { request in
            let body = try request.json(CodeSignInBody.self)
            guard let step = body.step?.secret ?? callers.cookie.step(in: request) else {
                throw Problem(.invalidRequest, "The field 'step' is missing; the first step answers it.", field: "step")
            }
            let session = try await accounts.finishSignIn(
                step, code: body.code.value, client: callers.client(request))
            return try await begun(session, body.purpose?.value ?? .browser)
        }
    }

    private var signOut: Endpoint {
        Endpoint(
            .post, "/api/v1/account/sign-out", id: "signOut", summary: "Ends this session, everywhere at once",
            access: .needs(.account), idempotency: .unused, audit: .own("session.ended"), answers: [.init(204, "Done.")]
        ) { request in
            try await accounts.signOut(try await callers.caller(request))
            return .init(status: 204, cookies: [callers.cookie.end])
        }
    }

    // MARK: Tokens

    private var refresh: Endpoint {
        Endpoint(
            .post, "/api/v1/tokens/refresh", id: "refreshTokens", summary: "Gives new tokens for a refresh token",
            description: """
                The refresh token is replaced at every use. Brought again within ten seconds, it gives the same child; \
                later, its session ends, because somebody has copied it.
                """,
            access: .open, audit: .none("A session goes on; that a token is used twice, which ends it, is written."),
            accepts: [.body(RefreshBody.self)],
            answers: [.json(200, "The new tokens.", Schema(of: SignInDocument.self))], problems: [.unauthenticated]
        ) { request in
            var document = SignInDocument()
            document.add(try await tokens.refresh(try request.json(RefreshBody.self).refreshToken.secret))
            return try answer(200, document)
        }
    }

    private var keySet: Endpoint {
        Endpoint(
            .get, "/.well-known/jwks.json", id: "listSigningKeys",
            summary: "The public keys that access tokens are signed with", access: .open, rateClass: .unlimited,
            answers: [.json(200, "A JSON Web Key Set (RFC 7517).", .any)]
        ) { _ in
            try .json(200, try await keys.document(), headers: ["Cache-Control": "public, max-age=60"])
        }
    }

    // MARK: Answers

    /// A new session: as a cookie for a browser, as tokens for a program.
    func begun(
        _ session: NewSession, _ purpose: SignInPurpose, status: Int = 200
    ) async throws -> EndpointResponse {
        var document = SignInDocument(user: session.user, session: session.id)
        guard purpose == .browser else {
            document.add(try await tokens.issue(for: session))
            return try answer(status, document)
        }
        return try answer(status, document, cookie: callers.cookie.begin(session))
    }

    /// An answer with secrets, which nothing on the way may keep.
    func answer(_ status: Int, _ document: some Encodable, cookie: String? = nil) throws -> EndpointResponse {
        try .json(
            status, document, headers: ["Cache-Control": "no-store"], cookies: cookie.map { [$0] } ?? [])
    }
}
