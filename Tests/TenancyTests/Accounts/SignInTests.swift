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
            try await trial.accounts.disable(user, by: Caller(.local))
            let disabled = try await refusal { try await trial.signIn() }
            #expect(Set([wrong, unknown, noAddress, disabled].map(\.detail)).count == 1)
            #expect([wrong, unknown, noAddress, disabled].allSatisfy { $0.kind == .unauthenticated })
            try await trial.accounts.enable(user, by: Caller(.local))
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
            case .disable: try await trial.accounts.disable(user, by: Caller(.local))
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

    @Test("a reset link works once and not for long, also when others were asked for", arguments: DatabaseFixture.all)
    func resetLink(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let new = Secret("a brand new password")
            var links: [Secret] = []
            for email in ["aiko@example.com", "AIKO@EXAMPLE.COM", "aiko@example.com", "aiko@example.com"] {
                try await trial.accounts.requestReset(email: email)
                links.append(try await trial.link())
            }
            // Of four the last three work, until one of them is used.
            #expect(try await refusal { try await trial.accounts.reset(links[0], to: new) }.kind == .notFound)
            // A password that is no good does not spend the link.
            #expect(
                try await refusal { try await trial.accounts.reset(links[1], to: Secret("short")) }.kind
                    == .unprocessable)
            try await trial.accounts.reset(links[1], to: new)
            for link in links {
                #expect(try await refusal { try await trial.accounts.reset(link, to: new) }.kind == .notFound)
            }
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let late = try await trial.link()
            trial.trial.clock.advance(by: .seconds(3_601))
            #expect(try await refusal { try await trial.accounts.reset(late, to: new) }.kind == .notFound)
        }
    }

    @Test(
        "whoever asks for links in another's name sends three letters an hour and ends none of them",
        arguments: DatabaseFixture.all)
    func lettersAreFew(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture, limits: "") { trial in
            try await trial.signUp()
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let mine = try await trial.link()
            for _ in 0..<10 { try await trial.accounts.requestReset(email: "Aiko@example.com") }
            #expect(try await trial.newLetters().count == 2)
            for _ in 0..<10 {
                _ = try await trial.accounts.signUp(
                    try trial.form(password: Secret("another long password")), client: AccountTrial.client)
            }
            // One was spent on the account itself.
            #expect(try await trial.newLetters().count == 2)
            try await trial.accounts.reset(mine, to: Secret("a brand new password"))
        }
    }

    @Test(
        "guesses at one account are counted together wherever they come from, and so are those at an unknown one",
        arguments: DatabaseFixture.all)
    func attempts(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture, limits: "sign-in=3/min") { trial in
            try await trial.signUp()
            for email in ["aiko@example.com", "nobody@example.com"] {
                for _ in 0..<3 {
                    let wrong = try await refusal { try await trial.signIn(email, Secret("wrong password")) }
                    #expect(wrong.kind == .unauthenticated)
                }
                // Also in other letters, and with the right password.
                for spelling in [email, email.uppercased()] {
                    await #expect(throws: RateRefusal.self) { try await trial.signIn(spelling) }
                }
            }
            try await trial.signUp("ben@example.com")
            let ben = try await trial.sessions.authenticate(try await trial.signIn("ben@example.com").token)
            // A stolen session guesses no faster.
            for _ in 0..<2 {
                _ = try await refusal { try await trial.accounts.delete(ben, password: Secret("wrong password")) }
            }
            await #expect(throws: RateRefusal.self) {
                try await trial.accounts.delete(ben, password: AccountTrial.password)
            }
        }
    }

    @Test("a password of a megabyte is refused at every place before it is hashed", arguments: DatabaseFixture.all)
    func hugePassword(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let huge = Secret(String(repeating: "p", count: 1 << 20))
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            var problems = [
                try await refusal { try await trial.signIn("aiko@example.com", huge) },
                try await refusal {
                    try await trial.accounts.signUp(
                        try trial.form("ben@example.com", password: huge), client: AccountTrial.client)
                },
                try await refusal { try await trial.accounts.delete(caller, password: huge) },
            ]
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let link = try await trial.link()
            problems.append(try await refusal { try await trial.accounts.reset(link, to: huge) })
            #expect(problems.allSatisfy { $0.kind == .unprocessable && $0.field == "password" })
            try await trial.accounts.reset(link, to: Secret("a brand new password"))
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
