import Conformance
import Endpoints
import Logging
import Model
import Storage
import Tenancy
import Testing

@Suite("Accounts and workspaces follow each other (B1, B3)")
struct TenantJournalTests {
    /// The accounts of a server with workspaces, as the program puts them together.
    private struct Parts {
        let accounts: AccountService
        let tenants: TenantTrial
        let invites: InviteStore
        let mail: MailQueue
        let inbox: AuditInbox
        let letters = Letters()

        func letter() async throws -> Letter {
            while try await mail.sendDue(through: letters, logger: AccountTrial.logger) > 0 {}
            return try #require(letters.all.last)
        }

        func form(_ email: String) throws -> AccountService.SignUpForm {
            try .init(email: email, name: "Aiko", password: AccountTrial.password)
        }
    }

    private func run(_ fixture: DatabaseFixture, _ body: (Parts) async throws -> Void) async throws {
        try await TenantTrial.run(fixture) { trial in
            let inbox = AuditInbox(database: trial.database, logger: AccountTrial.logger)
            let vault = try Vault([Secret(String(repeating: "k", count: 40))])
            let sessions = SessionService(
                database: trial.database, cache: SessionCache(database: trial.database),
                rights: TenantRights(plans: .standard), logger: AccountTrial.logger)
            let mail = MailQueue(database: trial.database, vault: vault)
            let invites = InviteStore(
                TenantDatabase(trial.database, listener: SessionRights(sessions)),
                post: InviteLetters(mail: mail, publicOrigin: "https://suisha.example.com/"))
            var settings = AccountSettings.open
            settings.signUp = .inviteOnly
            let accounts = AccountService(
                database: trial.database, passwords: try await TestPasswords.shared.value(), sessions: sessions,
                vault: vault, settings: settings, invitations: invites, journal: TenantJournal(inbox: inbox),
                logger: AccountTrial.logger)
            try await body(Parts(accounts: accounts, tenants: trial, invites: invites, mail: mail, inbox: inbox))
        }
    }

    /// The first account, made with the link that the server prints.
    private func operatorAccount(_ parts: Parts) async throws -> UserID {
        let link = try #require(try await parts.accounts.ownerLink())
        return try await parts.accounts.claimOwner(
            AccountTrial.token(in: link), parts.form("first@example.com"), client: AccountTrial.client
        ).user
    }

    @Test("the first account owns what the server kept before, and the log says so", arguments: DatabaseFixture.all)
    func firstOwner(fixture: DatabaseFixture) async throws {
        try await run(fixture) { parts in
            let owner = try await operatorAccount(parts)
            #expect(try await parts.tenants.members.access(of: owner, in: .local)?.role.builtIn == .owner)
            let actions = try await parts.tenants.audit.entries(in: .local).map(\.action)
            #expect(actions.contains("account.created") && actions.contains("workspace.adopted"))
            await expectProblem(.unauthenticated) {
                _ = try await parts.accounts.signIn(
                    email: "first@example.com", password: Secret("a wrong password"), client: AccountTrial.client)
            }
            try await parts.inbox.flush()
            let refused = try await parts.tenants.audit.entries(in: .local, filter: .init(outcome: .refused))
            #expect(refused.first?.action == "session.begin")
            #expect(try await parts.tenants.audit.verify(.local).problem == nil)
        }
    }

    @Test("an invitation lets in whom it is for, once, and nobody else", arguments: DatabaseFixture.all)
    func signUpByInvitation(fixture: DatabaseFixture) async throws {
        try await run(fixture) { parts in
            let company = try await parts.tenants.company("Acme")
            await expectProblem(.forbidden) {
                _ = try await parts.accounts.signUp(parts.form("new@example.com"), client: AccountTrial.client)
            }
            _ = try await parts.invites.invite(
                email: "new@example.com", role: company.role("editor").id, by: company.boss())
            let letter = try await parts.letter()
            #expect(letter.recipient == "new@example.com" && letter.subject.contains("Acme"))
            #expect(letter.body.contains("https://suisha.example.com/invite?token="))
            let token = try AccountTrial.token(in: letter.body)
            await expectProblem(.forbidden, "another address") {
                _ = try await parts.accounts.signUp(
                    parts.form("other@example.com"), invitation: token, client: AccountTrial.client)
            }
            let outcome = try await parts.accounts.signUp(
                parts.form("new@example.com"), invitation: token, client: AccountTrial.client)
            guard case .signedIn(let session) = outcome else {
                Issue.record("the letter proves the address, so no other is needed")
                return
            }
            let access = try await parts.tenants.members.access(of: session.user, in: company.id)
            #expect(access?.role.builtIn == .editor)
            await expectProblem(.forbidden, "used") {
                _ = try await parts.accounts.signUp(
                    parts.form("second@example.com"), invitation: token, client: AccountTrial.client)
            }
            let people = try await AccountDirectory(database: parts.tenants.database).people([session.user, UserID()])
            #expect(people.count == 1 && people[session.user]?.isVerified == true)
            let link = try await parts.invites.invite(email: nil, role: company.role("viewer").id, by: company.boss())
            let second = try await parts.accounts.signUp(
                parts.form("second@example.com"), invitation: link.token.secret, client: AccountTrial.client)
            guard case .checkMail = second else {
                Issue.record("a link proves no address")
                return
            }
            let user = try await parts.accounts.confirm(
                AccountTrial.token(in: try await parts.letter().body), password: AccountTrial.password)
            #expect(try await parts.tenants.members.access(of: user, in: company.id)?.role.builtIn == .viewer)
        }
    }

    @Test("a closed account leaves its workspaces, unless one would have no owner", arguments: DatabaseFixture.all)
    func closedAccount(fixture: DatabaseFixture) async throws {
        try await run(fixture) { parts in
            let first = try await operatorAccount(parts)
            let trial = parts.tenants
            let workspace = try await trial.workspaces.create(name: "Own", owner: first, by: Caller(.local))
            await #expect(throws: Problem.self) { try await parts.accounts.delete(first) }
            #expect(try await trial.members.accesses(of: first).count == 2, "nothing of it remains")
            let caller = Caller(
                Principal(actor: .user(first), workspace: workspace.id, permissions: .grantable))
            _ = try await trial.workspaces.delete(by: caller)
            let owner = try #require(try await trial.roles.roles(in: .local).first { $0.builtIn == .owner })
            let invite = try await trial.invites.invite(email: nil, role: owner.id, by: .server(in: .local))
            _ = try await parts.accounts.signUp(
                parts.form("heir@example.com"), invitation: invite.token.secret, client: AccountTrial.client)
            let heir = try await parts.accounts.confirm(
                AccountTrial.token(in: try await parts.letter().body), password: AccountTrial.password)
            // Somebody has to run the server, too.
            await #expect(throws: Problem.self) { try await parts.accounts.delete(first) }
            try await parts.accounts.setOperator(true, heir, by: Caller(.local))
            try await parts.accounts.delete(first)
            #expect(try await trial.members.accesses(of: first).isEmpty)
            #expect(try await trial.members.access(of: heir, in: .local) != nil)
            #expect(try await trial.audit.entries(in: .local, filter: .init(action: "member.left")).count == 1)
        }
    }
}
