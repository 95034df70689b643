import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Signing in, and what ends it (B1)")
struct SignInTests {
    @Test("an unknown address, a wrong password and a disabled account read the same", arguments: DatabaseFixture.all)
    func sameRefusal(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let wrong = try await refusal { try await trial.signIn("aiko@example.com", Secret("wrong password")) }
            let unknown = try await refusal { try await trial.signIn("nobody@example.com") }
            let noAddress = try await refusal { try await trial.signIn("' OR 1=1 --") }
            try await trial.accounts.disable(user)
            let disabled = try await refusal { try await trial.signIn() }
            #expect(Set([wrong, unknown, noAddress, disabled].map(\.detail)).count == 1)
            #expect([wrong, unknown, noAddress, disabled].allSatisfy { $0.kind == .unauthenticated })
            try await trial.accounts.enable(user)
            _ = try await trial.signIn()
            #expect(trial.journal.events.contains(.signInRefused(nil, reason: "unknown", from: AccountTrial.client)))
            #expect(trial.journal.events.contains(.signInRefused(user, reason: "password", from: AccountTrial.client)))
        }
    }

    @Test("each sign-in is a new session with a new token", arguments: DatabaseFixture.all)
    func newSession(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let first = try await trial.signIn()
            let second = try await trial.signIn()
            #expect(first.id != second.id && first.token != second.token)
            #expect(first.token.revealed.utf8.count == 9 + 43)
            #expect(try await trial.sessions.authenticate(second.token).session == second.id)
        }
    }

    @Test(
        "a new password, disabling and deleting end every session at once",
        arguments: DatabaseFixture.all, Ending.allCases)
    func ends(fixture: DatabaseFixture, ending: Ending) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let sessions = [try await trial.signIn(), try await trial.signIn()]
            var callers: [Authenticated] = []
            for session in sessions { callers.append(try await trial.sessions.authenticate(session.token)) }
            let new = Secret("a brand new password")
            switch ending {
            case .change:
                let mine = try await trial.accounts.changePassword(
                    callers[0], from: AccountTrial.password, to: new, client: AccountTrial.client)
                #expect(mine.id != sessions[0].id)
                #expect(try await trial.sessions.authenticate(mine.token).user == user)
            case .reset:
                try await trial.accounts.requestReset(email: "aiko@example.com")
                try await trial.accounts.reset(try await trial.link(), to: new)
            case .disable: try await trial.accounts.disable(user)
            case .delete: try await trial.accounts.delete(callers[0], password: AccountTrial.password)
            }
            for session in sessions {
                #expect(
                    try await refusal { try await trial.sessions.authenticate(session.token) }.kind == .unauthenticated)
            }
            #expect(try await refusal { try await trial.signIn() }.kind == .unauthenticated)
            switch ending {
            case .change, .reset:
                _ = try await trial.signIn("aiko@example.com", new)
                #expect(try await trial.newLetters().last?.subject == "Your password was changed")
            case .disable: #expect(try await trial.accounts.account(user)?.status == .disabled)
            case .delete:
                #expect(try await trial.accounts.account(user) == nil)
                // The address is free again.
                #expect(try await trial.signUp() != user)
            }
        }
    }

    enum Ending: CaseIterable, Sendable { case change, reset, disable, delete }

    @Test("changing the password needs the current one", arguments: DatabaseFixture.all)
    func current(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            let problem = try await refusal {
                try await trial.accounts.changePassword(
                    caller, from: Secret("wrong password"), to: Secret("a brand new password"),
                    client: AccountTrial.client)
            }
            #expect(problem.kind == .forbidden)
        }
    }

    @Test("a reset link works once, not for long, and only the newest one", arguments: DatabaseFixture.all)
    func resetLink(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let new = Secret("a brand new password")
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let first = try await trial.link()
            try await trial.accounts.requestReset(email: "AIKO@EXAMPLE.COM")
            let second = try await trial.link()
            #expect(try await refusal { try await trial.accounts.reset(first, to: new) }.kind == .notFound)
            // A password that is no good does not spend the link.
            #expect(
                try await refusal { try await trial.accounts.reset(second, to: Secret("short")) }.kind == .unprocessable
            )
            try await trial.accounts.reset(second, to: new)
            #expect(try await refusal { try await trial.accounts.reset(second, to: new) }.kind == .notFound)
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let late = try await trial.link()
            trial.trial.clock.advance(by: .seconds(3_601))
            #expect(try await refusal { try await trial.accounts.reset(late, to: new) }.kind == .notFound)
        }
    }

    @Test("a reset for an unknown address does the same work and sends nothing", arguments: DatabaseFixture.all)
    func unknownReset(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.accounts.requestReset(email: "nobody@example.com")
            let rows = try await trial.trial.database.read { connection throws(StorageError) in
                try connection.row(
                    "SELECT (SELECT COUNT(*) FROM one_time_tokens) AS tokens, (SELECT COUNT(*) FROM mail_queue) AS mails"
                )
            }
            #expect(try rows.integer("tokens") == 1)
            #expect(try rows.integer("mails") == 1)
            #expect(try await trial.newLetters().isEmpty)
        }
    }

    @Test("no secret is in the database in the clear", arguments: DatabaseFixture.all)
    func onlyDigests(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let session = try await trial.signIn()
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let stored = try await trial.trial.database.read { connection throws(StorageError) in
                var stored: [String] = []
                for table in ["credentials", "one_time_tokens", "sessions", "mail_queue"] {
                    for row in try connection.query("SELECT * FROM \(table)") { stored.append("\(row.values)") }
                }
                return stored.joined()
            }
            let link = try await trial.link()
            #expect(!stored.contains(link.revealed) && !stored.contains(session.token.revealed))
            #expect(!stored.contains(AccountTrial.password.revealed))
            #expect(stored.contains(TokenDigest(of: link).text))
        }
    }
}
