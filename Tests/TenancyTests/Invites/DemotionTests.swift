import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Invitations of people whose role becomes lower (B3)")
struct DemotionTests {
    private func open(_ trial: TenantTrial, _ company: Company) async throws -> Set<InviteID> {
        Set(try await trial.invites.open(in: company.id).map(\.id))
    }

    @Test("a demotion takes back the invitations above the new role, and those alone", arguments: DatabaseFixture.all)
    func demoted(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let admin = try await company.join("admin")
            func invite(_ role: String) async throws -> NewInvite {
                try await trial.invites.invite(email: nil, role: company.role(role).id, by: company.caller(admin))
            }
            let lead = try await trial.roles.create(
                name: "lead", permissions: [.workspaceRead, .invitesWrite, .jobsRead], rank: 500, by: company.boss())
            let (high, same, low) = (try await invite("editor"), try await invite("lead"), try await invite("viewer"))
            let other = try await trial.invites.invite(
                email: nil, role: company.role("editor").id, by: company.boss())
            _ = try await trial.members.setRole(lead.id, of: admin, by: company.boss())
            #expect(!(try await open(trial, company).contains(same.invite.id)), "of the same rank")
            await expectProblem(.notFound) {
                _ = try await trial.invites.accept(high.token, by: UserID(), email: nil)
            }
            // A viewer has rights that the lead does not have.
            #expect(try await open(trial, company) == [other.invite.id])
            _ = low
            let revoked = try await trial.audit.entries(in: company.id).filter { $0.action == "invite.revoked" }
            #expect(revoked.count == 3)
        }
    }

    @Test("who hands a workspace over keeps no invitation of an owner", arguments: DatabaseFixture.all)
    func transferred(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let (boss, next) = (try await company.boss(), try await company.join("admin"))
            var kept: [NewInvite] = []
            for role in ["owner", "admin", "editor"] {
                kept.append(try await trial.invites.invite(email: nil, role: company.role(role).id, by: boss))
            }
            try await trial.workspaces.transfer(to: next, by: boss)
            for token in kept.dropLast().map(\.token) {
                await expectProblem(.notFound) { _ = try await trial.invites.accept(token, by: UserID(), email: nil) }
            }
            #expect(try await open(trial, company) == [kept[2].invite.id])
        }
    }

    @Test("a role that loses rights takes the invitations of its holders along", arguments: DatabaseFixture.all)
    func roleEdited(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let all = BuiltInRole.editor.permissions.union([.invitesWrite, .membersRead])
            let lead = try await trial.roles.create(name: "lead", permissions: all, rank: 500, by: boss)
            let holder = try await company.join("lead")
            let invite = try await trial.invites.invite(
                email: nil, role: company.role("editor").id, by: company.caller(holder))
            _ = try await trial.roles.update(lead.id, name: "lead", permissions: all, rank: 450, by: boss)
            #expect(try await open(trial, company) == [invite.invite.id], "it still may")
            _ = try await trial.roles.update(lead.id, name: "lead", permissions: all, rank: 300, by: boss)
            #expect(try await open(trial, company).isEmpty)
        }
    }

    @Test("a demotion and an invitation at once leave none above the role", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let roles = (admin: try await company.role("admin").id, viewer: try await company.role("viewer").id)
            let editor = try await company.role("editor").id
            let boss = try await company.boss()
            let member = try await company.join("admin")
            let caller = try await company.caller(member)
            for _ in 0..<5 {
                _ = try await trial.members.setRole(roles.admin, of: member, by: boss)
                _ = try await atOnce(6) { number in
                    if number == 3 {
                        _ = try await trial.members.setRole(roles.viewer, of: member, by: boss)
                    } else {
                        _ = try await trial.invites.invite(email: nil, role: editor, by: caller)
                    }
                }
                #expect(try await open(trial, company).isEmpty)
            }
        }
    }
}
