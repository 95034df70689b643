import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Another e-mail address (B1)")
struct EmailChangeTests {
    private func caller(_ trial: AccountTrial) async throws -> Authenticated {
        try await trial.sessions.authenticate(try await trial.signIn().token)
    }

    @Test(
        "the link goes to the new address, the notice to the former one, and sessions go on",
        arguments: DatabaseFixture.all)
    func change(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let session = try await trial.signIn()
            let caller = try await trial.sessions.authenticate(session.token)
            try await trial.accounts.requestReset(email: "aiko@example.com")
            let reset = try await trial.link()
            try await trial.accounts.requestEmail("Aiko@new.example", caller, password: AccountTrial.password)
            let asked = try await trial.newLetters()
            #expect(asked.map(\.recipient) == ["Aiko@new.example"])
            // Nothing has changed yet.
            _ = try await trial.signIn()
            let link = try AccountTrial.token(in: asked[0].body)
            try await trial.accounts.confirmEmail(link)
            #expect(try await trial.newLetters().map(\.recipient) == ["aiko@example.com"])
            #expect(try await trial.accounts.account(user)?.email.address == "Aiko@new.example")
            #expect(try await trial.sessions.authenticate(session.token).user == user)
            #expect(try await trial.signIn("aiko@new.example").user == user)
            #expect(try await refusal { try await trial.signIn() }.kind == .unauthenticated)
            #expect(trial.journal.events.contains(.emailChanged(user)))
            // Neither the link again, nor one for a new password that the former mailbox holds.
            #expect(try await refusal { try await trial.accounts.confirmEmail(link) }.kind == .notFound)
            let stale = try await refusal {
                try await trial.accounts.reset(reset, to: Secret("a brand new password"))
            }
            #expect(stale.kind == .notFound)
            // The former address is free.
            #expect(try await trial.signUp() != user)
        }
    }

    @Test("an address that is taken is answered alike, gets no letter, and is not lost", arguments: DatabaseFixture.all)
    func taken(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let ben = try await trial.signUp("ben@example.com")
            let caller = try await caller(trial)
            try await trial.accounts.requestEmail("BEN@example.com", caller, password: AccountTrial.password)
            #expect(try await trial.newLetters().isEmpty)
            // Free when it was asked for, taken when the link is opened.
            try await trial.accounts.requestEmail("cho@example.com", caller, password: AccountTrial.password)
            let link = try await trial.link()
            try await trial.signUp("cho@example.com")
            #expect(try await refusal { try await trial.accounts.confirmEmail(link) }.kind == .conflict)
            #expect(try await trial.signIn("ben@example.com").user == ben)
            _ = try await trial.signIn()
        }
    }

    @Test("it needs the password, and a link that is not too old", arguments: DatabaseFixture.all)
    func proof(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let caller = try await caller(trial)
            for password in [nil, Secret("wrong password")] {
                let problem = try await refusal {
                    try await trial.accounts.requestEmail("new@example.com", caller, password: password)
                }
                #expect(problem.kind == .forbidden)
            }
            for same in ["aiko@example.com", "no address"] {
                let problem = try await refusal {
                    try await trial.accounts.requestEmail(same, caller, password: AccountTrial.password)
                }
                #expect(problem.kind == .unprocessable)
            }
            #expect(try await trial.newLetters().isEmpty)
            try await trial.accounts.requestEmail("first@example.com", caller, password: AccountTrial.password)
            let first = try await trial.link()
            try await trial.accounts.requestEmail("second@example.com", caller, password: AccountTrial.password)
            let second = try await trial.link()
            #expect(try await refusal { try await trial.accounts.confirmEmail(first) }.kind == .notFound)
            trial.trial.clock.advance(by: .seconds(2 * 86_400 + 1))
            #expect(try await refusal { try await trial.accounts.confirmEmail(second) }.kind == .notFound)
        }
    }

    @Test("a new password ends the links for another address", arguments: DatabaseFixture.all)
    func passwordChange(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let caller = try await caller(trial)
            try await trial.accounts.requestEmail("thief@example.com", caller, password: AccountTrial.password)
            let link = try await trial.link()
            _ = try await trial.accounts.changePassword(
                caller, from: AccountTrial.password, to: Secret("a brand new password"), client: AccountTrial.client)
            #expect(try await refusal { try await trial.accounts.confirmEmail(link) }.kind == .notFound)
        }
    }
}
