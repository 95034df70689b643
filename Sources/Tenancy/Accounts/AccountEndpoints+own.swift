import Endpoints
import Model

/// What people do with their own accounts.
extension AccountEndpoints {
    var show: Endpoint {
        Endpoint(
            .get, "/api/v1/account", id: "getAccount", summary: "Shows your account", access: .needs(.account),
            answers: [.json(200, "The account.", Schema(of: AccountDocument.self))], problems: [.notFound]
        ) { request in
            let (_, user, _) = try await callers.person(request)
            guard let account = try await accounts.account(user) else {
                throw Problem(.notFound, "There is no such account.")
            }
            return try .json(200, AccountDocument(account, try await accounts.secondFactor(of: user)))
        }
    }

    var delete: Endpoint {
        Endpoint(
            .post, "/api/v1/account/delete", id: "deleteAccount", summary: "Deletes your account",
            description: """
                Ends every session and key and removes what is known of you. Refused while you are the last owner of a \
                workspace: transfer or delete it first.
                """,
            access: .needs(.account), rateClass: .signIn, idempotency: .unused, audit: .own("account.deleted"),
            accepts: [.body(PasswordBody.self)],
            answers: [.init(204, "Done.")], problems: [.conflict, .unavailable]
        ) { request in
            let (caller, _, _) = try await callers.person(request)
            try await accounts.delete(caller, password: try request.json(PasswordBody.self).password?.secret)
            return .init(status: 204, cookies: [callers.cookie.end])
        }
    }

    // MARK: Sessions

    var listSessions: Endpoint {
        Endpoint(
            .get, "/api/v1/account/sessions", id: "listSessions", summary: "Lists where you are signed in",
            access: .needs(.account),
            answers: [.json(200, "The sessions, the last used first.", Schema(of: ListDocument<SessionDocument>.self))]
        ) { request in
            let (_, user, current) = try await callers.person(request)
            let sessions = try await sessions.list(of: user)
            return try .json(
                200, ListDocument(items: sessions.map { SessionDocument($0, isCurrent: $0.id == current) }))
        }
    }

    var endSession: Endpoint {
        Endpoint(
            .delete, "/api/v1/account/sessions/{id}", id: "endSession", summary: "Ends one of your sessions at once",
            access: .needs(.account), audit: .own("session.ended"), parameters: [.id("The session's id.")],
            answers: [.init(204, "Done.")],
            problems: [.notFound]
        ) { request in
            let (_, user, _) = try await callers.person(request)
            try await sessions.end(try request.id(), of: user, journal: accounts.journal)
            return .init(status: 204)
        }
    }

    var endOtherSessions: Endpoint {
        Endpoint(
            .delete, "/api/v1/account/sessions", id: "endOtherSessions",
            summary: "Ends all of your sessions but this one", access: .needs(.account),
            audit: .own("session.others_ended"), answers: [.init(204, "Done.")]
        ) { request in
            let (_, user, current) = try await callers.person(request)
            try await sessions.endOthers(of: user, but: current, journal: accounts.journal)
            return .init(status: 204)
        }
    }

    // MARK: Passwords

    var forgotten: Endpoint {
        Endpoint(
            .post, "/api/v1/account/password/forgotten", id: "requestPasswordReset",
            summary: "Asks for a letter with a link for a new password",
            description: "The answer is the same whether there is an account or not.", access: .open,
            rateClass: .signIn, audit: .own("password.reset_requested"), accepts: [.body(EmailBody.self)],
            answers: [.init(202, "If there is an account, a letter is on its way.")], problems: [.unprocessable]
        ) { request in
            try await accounts.requestReset(email: try request.json(EmailBody.self).email.value)
            return .init(status: 202)
        }
    }

    var reset: Endpoint {
        Endpoint(
            .post, "/api/v1/account/password/reset", id: "resetPassword",
            summary: "Sets a new password by the link of a letter", description: "Ends every session.", access: .open,
            rateClass: .signIn, audit: .own("password.changed"), accepts: [.body(ResetBody.self)],
            answers: [.init(204, "Done; sign in now.")],
            problems: [.notFound, .unprocessable, .unavailable]
        ) { request in
            let body = try request.json(ResetBody.self)
            try await accounts.reset(body.token.secret, to: body.password.secret)
            return .init(status: 204)
        }
    }

    var changePassword: Endpoint {
        Endpoint(
            .post, "/api/v1/account/password", id: "changePassword", summary: "Changes your password",
            description: "Ends every session and begins a new one for a browser that asks; programs sign in again.",
            access: .needs(.account), rateClass: .signIn, idempotency: .unused, audit: .own("password.changed"),
            accepts: [.body(PasswordChangeBody.self)],
            answers: [.json(200, "Changed; the cookie is of a new session.", Schema(of: SignInDocument.self))],
            problems: [.unprocessable, .unavailable]
        ) { request in
            let body = try request.json(PasswordChangeBody.self)
            let (caller, _, _) = try await callers.person(request)
            let session = try await accounts.changePassword(
                caller, from: body.currentPassword.secret, to: body.newPassword.secret,
                client: callers.client(request))
            let isProgram = request.headers["authorization"] != nil
            return try await begun(session, isProgram ? .program : .browser)
        }
    }

    // MARK: The address

    var requestEmail: Endpoint {
        Endpoint(
            .post, "/api/v1/account/email", id: "requestEmail", summary: "Asks for another e-mail address",
            description: """
                A letter to the new address brings a link; nothing changes before it is opened. The answer is the same when \
                somebody else has the address.
                """,
            access: .needs(.account), rateClass: .signIn, idempotency: .unused,
            audit: .none("Nothing changes before the link of the letter is opened."),
            accepts: [.body(NewEmailBody.self)],
            answers: [.init(202, "A letter is on its way.")], problems: [.unprocessable, .unavailable]
        ) { request in
            let body = try request.json(NewEmailBody.self)
            let (caller, _, _) = try await callers.person(request)
            try await accounts.requestEmail(body.email.value, caller, password: body.password?.secret)
            return .init(status: 202)
        }
    }

    var confirmEmail: Endpoint {
        Endpoint(
            .post, "/api/v1/account/email/confirm", id: "confirmEmail",
            summary: "Takes the new e-mail address by the link of a letter",
            description: "A letter tells the former address. Sessions go on.", access: .open, rateClass: .signIn,
            audit: .own("email.changed"),
            accepts: [.body(TokenBody.self)], answers: [.init(204, "Done; sign in with the new address.")],
            problems: [.notFound, .conflict]
        ) { request in
            try await accounts.confirmEmail(try request.json(TokenBody.self).token.secret)
            return .init(status: 204)
        }
    }

    // MARK: The second factor

    var beginFactor: Endpoint {
        Endpoint(
            .post, "/api/v1/account/second-factor", id: "beginSecondFactor",
            summary: "Begins to set up an authenticator app", description: "A first code confirms it.",
            access: .needs(.account), rateClass: .signIn, idempotency: .unused,
            audit: .none("Nothing changes before a code confirms it."), accepts: [.body(PasswordBody.self)],
            answers: [.json(201, "What the app needs.", Schema(of: EnrolmentDocument.self))],
            problems: [.conflict, .unavailable]
        ) { request in
            let (caller, _, _) = try await callers.person(request)
            let enrolment = try await accounts.beginSecondFactor(
                caller, password: try request.json(PasswordBody.self).password?.secret)
            return try answer(
                201, EnrolmentDocument(secret: enrolment.secret.revealed, url: enrolment.url.revealed))
        }
    }

    var confirmFactor: Endpoint {
        factor(
            "confirm", id: "confirmSecondFactor", audit: .own("second_factor.added"),
            summary: "Ends the set-up of an authenticator app with a first code, and your other sessions"
        ) { caller, code in try await accounts.confirmSecondFactor(caller, code: code) }
    }

    var renewCodes: Endpoint {
        factor(
            "recovery-codes", id: "renewRecoveryCodes", audit: .own("recovery_codes.renewed"),
            summary: "Replaces your recovery codes"
        ) { caller, code in try await accounts.renewRecoveryCodes(caller, code: code) }
    }

    var removeFactor: Endpoint {
        Endpoint(
            .post, "/api/v1/account/second-factor/remove", id: "removeSecondFactor",
            summary: "Signs in with the password alone again", access: .needs(.account), rateClass: .signIn,
            idempotency: .unused, audit: .own("second_factor.removed"), accepts: [.body(FactorRemovalBody.self)],
            answers: [.init(204, "Done.")],
            problems: [.unavailable]
        ) { request in
            let body = try request.json(FactorRemovalBody.self)
            let (caller, _, _) = try await callers.person(request)
            try await accounts.removeSecondFactor(caller, password: body.password?.secret, code: body.code.value)
            return .init(status: 204)
        }
    }

    /// An operation that takes a code and answers recovery codes.
    private func factor(
        _ verb: String, id: String, audit: Endpoint.Audit, summary: String,
        _ work: @escaping @Sendable (Authenticated, String) async throws -> [Secret]
    ) -> Endpoint {
        Endpoint(
            .post, "/api/v1/account/second-factor/\(verb)", id: id, summary: summary, access: .needs(.account),
            rateClass: .signIn, idempotency: .unused, audit: audit, accepts: [.body(CodeBody.self)],
            answers: [.json(200, "Recovery codes, shown once.", Schema(of: RecoveryCodesDocument.self))]
        ) { request in
            let (caller, _, _) = try await callers.person(request)
            let codes = try await work(caller, try request.json(CodeBody.self).code.value)
            return try answer(200, RecoveryCodesDocument(recoveryCodes: codes.map(\.revealed)))
        }
    }
}
