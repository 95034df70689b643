import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Invitations (B3)")
struct InviteStoreTests {
    @Test("an invitation brings one person in, once", arguments: DatabaseFixture.all)
    func accept(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let invite = try await trial.invites.invite(
                email: " Ann@Example.com ", role: company.role("editor").id, by: company.boss())
            #expect(invite.invite.email == "ann@example.com")
            for other in ["bob@example.com", nil] {
                await expectProblem(.notFound, "for another address, and for one that nobody verified") {
                    _ = try await trial.invites.accept(invite.token, by: UserID(), email: other)
                }
            }
            let ann = UserID()
            let workspace = try await trial.invites.accept(invite.token, by: ann, email: "ANN@example.com")
            #expect(workspace.id == company.id)
            #expect(try await trial.members.access(of: ann, in: company.id)?.role.builtIn == .editor)
            await expectProblem(.notFound, "a second time") {
                _ = try await trial.invites.accept(invite.token, by: UserID(), email: "ann@example.com")
            }
            await expectProblem(.notFound, "a token that never was") {
                _ = try await trial.invites.accept(InviteToken("guess"), by: UserID(), email: "ann@example.com")
            }
            #expect(try await trial.invites.open(in: company.id).isEmpty)
            let stored = try await trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT token_hash FROM invite").text("token_hash")
            }
            #expect(stored.count == 64 && stored != invite.token.secret.revealed)
        }
    }

    @Test("twenty who accept at once make one member", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let invite = try await trial.invites.invite(email: nil, role: company.role("viewer").id, by: company.boss())
            let race = try await atOnce(20) { _ in
                _ = try await trial.invites.accept(invite.token, by: UserID(), email: nil)
            }
            #expect(race.done == 1 && race.refusals == Array(repeating: "not-found", count: 19))
            #expect(try await trial.members.members(of: company.id).count == 2)
            let same = UserID()
            let tokens = try await [
                trial.invites.invite(email: nil, role: company.role("viewer").id, by: company.boss()).token,
                trial.invites.invite(email: nil, role: company.role("viewer").id, by: company.boss()).token,
            ]
            let twice = try await atOnce(20) { number in
                _ = try await trial.invites.accept(tokens[number % 2], by: same, email: nil)
            }
            #expect(twice.done == 1)
            #expect(try await trial.members.members(of: company.id).count == 3)
        }
    }

    @Test("what is over or taken back lets nobody in", arguments: DatabaseFixture.all)
    func ended(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let role = try await company.role("viewer").id
            let revoked = try await trial.invites.invite(email: nil, role: role, by: company.boss())
            for id in [revoked.invite.id, InviteID()] {
                await expectProblem(.notFound, "another workspace's") {
                    try await trial.invites.revoke(id, by: other.boss())
                }
            }
            try await trial.invites.revoke(revoked.invite.id, by: company.boss())
            await expectProblem(.notFound) { try await trial.invites.revoke(revoked.invite.id, by: company.boss()) }
            let lapsing = try await trial.invites.invite(
                email: "a@example.com", role: role, lifetime: .seconds(3_600), by: company.boss())
            await expectProblem(.conflict, "one open invitation for each address") {
                _ = try await trial.invites.invite(email: "A@example.com", role: role, by: company.boss())
            }
            trial.trial.clock.advance(by: .seconds(3_601))
            for token in [revoked.token, lapsing.token] {
                await expectProblem(.notFound) {
                    _ = try await trial.invites.accept(token, by: UserID(), email: "a@example.com")
                }
            }
            _ = try await trial.invites.invite(email: "a@example.com", role: role, by: company.boss())
            #expect(try await trial.invites.open(in: company.id).count == 1)
            #expect(try await trial.invites.open(in: other.id).isEmpty)
        }
    }

    @Test("eight who invite the same address at once make one invitation", arguments: DatabaseFixture.all)
    func oneOpen(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let (role, boss) = (try await company.role("viewer").id, try await company.boss())
            let race = try await atOnce(8) { _ in
                _ = try await trial.invites.invite(email: "x@example.com", role: role, by: boss)
            }
            #expect(race.done == 1 && race.refusals.allSatisfy { $0 == "conflict" })
        }
    }

    @Test("a suspended workspace takes nobody in", arguments: DatabaseFixture.all)
    func suspended(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let invite = try await trial.invites.invite(email: nil, role: company.role("viewer").id, by: company.boss())
            _ = try await trial.workspaces.suspend(company.id, reason: "test", by: Caller(.local))
            await expectProblem(.conflict) {
                _ = try await trial.invites.accept(invite.token, by: UserID(), email: nil)
            }
            _ = try await trial.workspaces.resume(company.id, by: Caller(.local))
            _ = try await trial.invites.accept(invite.token, by: UserID(), email: nil)
        }
    }
}
