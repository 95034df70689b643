import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Signing up (B1)")
struct SignUpTests {
    @Test("an account comes to be when the link is opened, once", arguments: DatabaseFixture.all)
    func confirm(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let outcome = try await trial.accounts.signUp(try trial.form(), client: AccountTrial.client)
            guard case .checkMail = outcome else {
                Issue.record("a session without a proved address")
                return
            }
            #expect(try await refusal { try await trial.signIn() }.kind == .unauthenticated)
            let letter = try #require(try await trial.newLetters().first)
            #expect(letter.recipient == "aiko@example.com")
            let link = try AccountTrial.token(in: letter.body)
            let user = try await trial.accounts.confirm(link, password: AccountTrial.password)
            #expect(try await trial.signIn().user == user)
            let account = try #require(try await trial.accounts.account(user))
            #expect(account.verifiedAt != nil && account.name == "Aiko" && !account.isOperator)
            let again = try await refusal { try await trial.accounts.confirm(link, password: AccountTrial.password) }
            #expect(again.kind == .notFound)
        }
    }

    @Test(
        "whoever signs up with another's address gets no account by that person's click, however often it is tried",
        arguments: DatabaseFixture.all)
    func hijacked(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            // The stranger's password; the owner of the address opens the link with another one, or none.
            _ = try await trial.accounts.signUp(
                try trial.form(password: Secret("a stranger's password")), client: AccountTrial.client)
            let link = try await trial.link()
            for _ in 0..<10 {
                let wrong = try await refusal {
                    try await trial.accounts.confirm(link, password: AccountTrial.password)
                }
                #expect(wrong.kind == .forbidden && wrong.field == "password")
            }
            let spent = try await refusal {
                try await trial.accounts.confirm(link, password: Secret("a stranger's password"))
            }
            #expect(spent.kind == .notFound)
            // The address is still free for whom it belongs to.
            try await trial.signUp()
            _ = try await trial.signIn()
        }
    }

    @Test("a link that is too old makes no account", arguments: DatabaseFixture.all)
    func expired(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            _ = try await trial.accounts.signUp(try trial.form(), client: AccountTrial.client)
            let link = try await trial.link()
            trial.trial.clock.advance(by: .seconds(2 * 86_400 + 1))
            let late = try await refusal { try await trial.accounts.confirm(link, password: AccountTrial.password) }
            #expect(late.kind == .notFound)
            #expect(try await trial.accounts.sweep() == 1)
        }
    }

    @Test("signing up with an address that is taken looks the same and tells its owner", arguments: DatabaseFixture.all)
    func taken(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            try await trial.signUp()
            let form = try trial.form("AIKO@example.com", password: Secret("another long password"))
            guard case .checkMail = try await trial.accounts.signUp(form, client: AccountTrial.client) else {
                Issue.record("the answer differs")
                return
            }
            let letter = try #require(try await trial.newLetters().first)
            #expect(letter.recipient == "aiko@example.com" && !letter.body.contains("token="))
            _ = try await trial.signIn()
        }
    }

    @Test("closed and invite-only servers take nobody without an invitation", arguments: DatabaseFixture.all)
    func modes(fixture: DatabaseFixture) async throws {
        for mode in [AccountSettings.SignUp.closed, .inviteOnly] {
            var settings = AccountSettings.open
            settings.signUp = mode
            try await AccountTrial.with(fixture, settings) { trial in
                let problem = try await refusal {
                    try await trial.accounts.signUp(try trial.form(), client: AccountTrial.client)
                }
                #expect(problem.kind == .forbidden)
                let invited = try await refusal {
                    try await trial.accounts.signUp(
                        try trial.form(), invitation: Secret("forged"), client: AccountTrial.client)
                }
                #expect(invited.kind == .forbidden)
            }
        }
    }

    @Test("an invitation that proves the address signs in at once", arguments: DatabaseFixture.all)
    func invited(fixture: DatabaseFixture) async throws {
        var settings = AccountSettings.open
        settings.signUp = .inviteOnly
        let invitation = OpaqueToken()
        try await AccountTrial.with(fixture, settings, invitations: .some(OneInvitation(invitation.digest))) { trial in
            let outcome = try await trial.accounts.signUp(
                try trial.form(), invitation: invitation.secret, client: AccountTrial.client)
            guard case .signedIn(let session) = outcome else {
                Issue.record("no session")
                return
            }
            #expect(try await trial.sessions.authenticate(session.token).user == session.user)
            #expect(
                trial.journal.events.contains(
                    .created(session.user, isOperator: false, invitation: invitation.digest)))
            let other = try await refusal {
                try await trial.accounts.signUp(
                    try trial.form("other@example.com"), invitation: invitation.secret, client: AccountTrial.client)
            }
            #expect(other.kind == .forbidden)
        }
    }

    private struct OneInvitation: SignUpInvitations {
        let digest: TokenDigest
        init(_ digest: TokenDigest) { self.digest = digest }
        func admission(
            by invitation: TokenDigest, of email: EmailAddress, on connection: any SQLConnection
        ) throws(StorageError) -> SignUpAdmission {
            invitation == digest && email.normal == "aiko@example.com" ? .admitted(provesAddress: true) : .refused
        }
    }

    @Test("the first start's link makes one operator, for one of twenty callers", arguments: DatabaseFixture.all)
    func owner(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            // Two nodes start at once and print a link each.
            let links = [
                try #require(try await trial.accounts.ownerLink()), try #require(try await trial.accounts.ownerLink()),
            ]
            #expect(links[0].hasPrefix("https://suisha.example.com/welcome?token="))
            let tokens = try links.map(AccountTrial.token(in:))
            let sessions = await withTaskGroup(of: NewSession?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try? await trial.accounts.claimOwner(
                            tokens[number % 2], try trial.form("owner\(number)@example.com"),
                            client: AccountTrial.client)
                    }
                }
                return await group.reduce(into: [NewSession]()) { if let session = $1 { $0.append(session) } }
            }
            #expect(sessions.count == 1)
            let owner = try #require(sessions.first)
            #expect(try await trial.accounts.account(owner.user)?.isOperator == true)
            #expect(try await trial.accounts.ownerLink() == nil)
            let late = try await refusal {
                try await trial.accounts.claimOwner(
                    tokens[0], try trial.form("late@example.com"), client: AccountTrial.client)
            }
            #expect(late.kind == .notFound)
        }
    }
}
