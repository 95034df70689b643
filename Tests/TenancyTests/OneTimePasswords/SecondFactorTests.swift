import Conformance
import Endpoints
import Model
import Tenancy
import Testing

@Suite("The second step of a sign-in (B1)")
struct SecondFactorTests {
    /// An account with an app, and its recovery codes.
    private func withApp(
        _ fixture: DatabaseFixture,
        _ body: (AccountTrial, Authenticated, OneTimePassword, [Secret]) async throws -> Void
    ) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            let enrolment = try await trial.accounts.beginSecondFactor(caller, password: AccountTrial.password)
            let app = try #require(OneTimePassword(text: enrolment.secret))
            // Not before a code has confirmed it.
            _ = try await trial.signIn()
            let used = now(app, trial)
            let codes = try await trial.accounts.confirmSecondFactor(caller, code: used)
            // The code that confirmed the app is used up.
            let step = try await firstStep(trial)
            let again = try await refusal {
                try await trial.accounts.finishSignIn(step, code: used, client: AccountTrial.client)
            }
            #expect(again.kind == .unauthenticated)
            try await body(trial, caller, app, codes)
        }
    }

    private func now(_ app: OneTimePassword, _ trial: AccountTrial) -> String {
        app.code(at: OneTimePassword.step(at: trial.trial.clock.now))
    }

    private func firstStep(_ trial: AccountTrial) async throws -> Secret {
        let outcome = try await trial.accounts.signIn(
            email: "aiko@example.com", password: AccountTrial.password, client: AccountTrial.client)
        guard case .needsCode(let step) = outcome else { throw NeverHappened("a second step") }
        return step
    }

    @Test("a sign-in needs a code then, and one code works once", arguments: DatabaseFixture.all)
    func code(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, caller, app, _ in
            let step = try await firstStep(trial)
            trial.trial.clock.advance(by: .seconds(60))
            let code = now(app, trial)
            let session = try await trial.accounts.finishSignIn(step, code: code, client: AccountTrial.client)
            #expect(try await trial.sessions.authenticate(session.token).user == caller.user)
            // Neither the step nor the code works again.
            #expect(
                try await refusal {
                    try await trial.accounts.finishSignIn(step, code: code, client: AccountTrial.client)
                }.kind == .unauthenticated)
            let again = try await firstStep(trial)
            #expect(
                try await refusal {
                    try await trial.accounts.finishSignIn(again, code: code, client: AccountTrial.client)
                }.kind == .unauthenticated)
        }
    }

    @Test("of eight callers with the same code, one gets in", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, _, app, _ in
            trial.trial.clock.advance(by: .seconds(60))
            var steps: [Secret] = []
            for _ in 0..<8 { steps.append(try await firstStep(trial)) }
            // Last, because it is not good for long.
            let code = now(app, trial)
            let count = await withTaskGroup(of: Bool.self) { group in
                for step in steps {
                    group.addTask {
                        (try? await trial.accounts.finishSignIn(step, code: code, client: AccountTrial.client)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(count == 1)
        }
    }

    @Test("a recovery code works once, and new ones replace the old", arguments: DatabaseFixture.all)
    func recovery(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, caller, app, codes in
            #expect(Set(codes).count == 10)
            _ = try await trial.accounts.finishSignIn(
                try await firstStep(trial), code: codes[0].revealed.uppercased(), client: AccountTrial.client)
            #expect(
                try await refusal {
                    try await trial.accounts.finishSignIn(
                        try await firstStep(trial), code: codes[0].revealed, client: AccountTrial.client)
                }.kind == .unauthenticated)
            #expect(try await trial.accounts.secondFactor(of: try #require(caller.user)).recoveryCodesLeft == 9)
            trial.trial.clock.advance(by: .seconds(60))
            let renewed = try await trial.accounts.renewRecoveryCodes(caller, code: now(app, trial))
            #expect(trial.journal.events.contains(.recoveryCodesRenewed(try #require(caller.user))))
            #expect(
                try await refusal {
                    try await trial.accounts.finishSignIn(
                        try await firstStep(trial), code: codes[1].revealed, client: AccountTrial.client)
                }.kind == .unauthenticated)
            _ = try await trial.accounts.finishSignIn(
                try await firstStep(trial), code: renewed[1].revealed, client: AccountTrial.client)
        }
    }

    @Test("of eight callers with the same recovery code, one gets in", arguments: DatabaseFixture.all)
    func recoveryRace(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, caller, _, codes in
            var steps: [Secret] = []
            for _ in 0..<8 { steps.append(try await firstStep(trial)) }
            let count = await withTaskGroup(of: Bool.self) { group in
                for step in steps {
                    group.addTask {
                        (try? await trial.accounts.finishSignIn(
                            step, code: codes[3].revealed, client: AccountTrial.client)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(count == 1)
            #expect(try await trial.accounts.secondFactor(of: try #require(caller.user)).recoveryCodesLeft == 9)
        }
    }

    @Test(
        "of many who begin at once the last one's app counts, and of many who confirm one does",
        arguments: DatabaseFixture.all)
    func enablingRace(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            let apps = try await withThrowingTaskGroup(of: Secret.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await trial.accounts.beginSecondFactor(caller, password: AccountTrial.password).secret
                    }
                }
                return try await group.reduce(into: [Secret]()) { $0.append($1) }
            }
            let confirmed = await withTaskGroup(of: [Secret]?.self) { group in
                for secret in apps + apps {
                    let code = OneTimePassword(text: secret).map { now($0, trial) } ?? ""
                    group.addTask { try? await trial.accounts.confirmSecondFactor(caller, code: code) }
                }
                return await group.reduce(into: [[Secret]]()) { if let codes = $1 { $0.append(codes) } }
            }
            // Ten wrong codes end all for a while, and eleven of these are wrong: at most one is right, and none beside it.
            #expect(confirmed.count <= 1)
            #expect(try await trial.accounts.secondFactor(of: user).isOn == (confirmed.count == 1))
            #expect(try await trial.accounts.secondFactor(of: user).recoveryCodesLeft == confirmed.count * 10)
        }
    }

    @Test(
        "setting an app up ends the other sessions, and letters tell of both ends of it", arguments: DatabaseFixture.all
    )
    func otherSessions(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let stolen = try await trial.signIn()
            let mine = try await trial.signIn()
            let caller = try await trial.sessions.authenticate(mine.token)
            _ = try await trial.sessions.authenticate(stolen.token)
            let enrolment = try await trial.accounts.beginSecondFactor(caller, password: AccountTrial.password)
            let app = try #require(OneTimePassword(text: enrolment.secret))
            let codes = try await trial.accounts.confirmSecondFactor(caller, code: now(app, trial))
            #expect(try await refusal { try await trial.sessions.authenticate(stolen.token) }.kind == .unauthenticated)
            #expect(try await trial.sessions.authenticate(mine.token).session == mine.id)
            #expect(try await trial.newLetters().map(\.subject) == ["An authenticator app was set up"])
            try await trial.accounts.removeSecondFactor(
                caller, password: AccountTrial.password, code: codes[0].revealed)
            #expect(try await trial.newLetters().map(\.subject) == ["Your authenticator app was removed"])
        }
    }

    @Test("a sign-in beside the set-up of an app never survives it without a code", arguments: DatabaseFixture.all)
    func signInRace(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            let enrolment = try await trial.accounts.beginSecondFactor(caller, password: AccountTrial.password)
            let code = now(try #require(OneTimePassword(text: enrolment.secret)), trial)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try? await trial.signIn() } }
                group.addTask { _ = try await trial.accounts.confirmSecondFactor(caller, code: code) }
                try await group.waitForAll()
            }
            let mine = try #require(caller.session)
            #expect(try await trial.sessions.list(of: user).map(\.id) == [mine])
        }
    }

    @Test("a few wrong codes end the step, and ten end all for a quarter of an hour", arguments: DatabaseFixture.all)
    func guessing(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, _, app, _ in
            trial.trial.clock.advance(by: .seconds(60))
            for _ in 0..<2 {
                let step = try await firstStep(trial)
                for _ in 0..<5 {
                    _ = try await refusal {
                        try await trial.accounts.finishSignIn(step, code: "000000x", client: AccountTrial.client)
                    }
                }
                _ = try await refusal {
                    try await trial.accounts.finishSignIn(step, code: now(app, trial), client: AccountTrial.client)
                }
            }
            let step = try await firstStep(trial)
            _ = try await refusal {
                try await trial.accounts.finishSignIn(step, code: now(app, trial), client: AccountTrial.client)
            }
            trial.trial.clock.advance(by: .seconds(901))
            _ = try await trial.accounts.finishSignIn(
                try await firstStep(trial), code: now(app, trial), client: AccountTrial.client)
        }
    }

    @Test("removing the app needs the password and a code", arguments: DatabaseFixture.all)
    func removal(fixture: DatabaseFixture) async throws {
        try await withApp(fixture) { trial, caller, app, codes in
            _ = try await refusal {
                try await trial.accounts.removeSecondFactor(
                    caller, password: Secret("wrong password"), code: codes[0].revealed)
            }
            _ = try await refusal {
                try await trial.accounts.removeSecondFactor(caller, password: AccountTrial.password, code: "000000x")
            }
            #expect(
                try await refusal {
                    try await trial.accounts.beginSecondFactor(caller, password: AccountTrial.password)
                }.kind == .conflict)
            try await trial.accounts.removeSecondFactor(
                caller, password: AccountTrial.password, code: codes[0].revealed)
            _ = try await trial.signIn()
        }
    }
}
