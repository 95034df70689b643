import Conformance
import Endpoints
import Model
import Tenancy
import Testing

@Suite("Roles (B3)")
struct RoleStoreTests {
    @Test("a role is made within the rights and below the rank of who makes it", arguments: DatabaseFixture.all)
    func granting(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (roles, company) = (trial.roles, try await trial.company())
            let admin = try await company.caller(company.join("admin"))
            let made = try await roles.create(name: "Lead", permissions: [.jobsRead, .jobsWrite], rank: 500, by: admin)
            #expect(made.permissions == [.jobsRead, .jobsWrite] && made.rank == 500 && made.builtIn == nil)
            await expectProblem(.forbidden, "beyond an admin's rights") {
                _ = try await roles.create(name: "X", permissions: [.workspaceDelete], rank: 10, by: admin)
            }
            await expectProblem(.forbidden, "an admin's own rank") {
                _ = try await roles.create(name: "X", permissions: [.jobsRead], rank: 800, by: admin)
            }
            await expectProblem(.unprocessable, "the operator's") {
                _ = try await roles.create(name: "X", permissions: [.operate], rank: 10, by: Caller(.local))
            }
            await expectProblem(.unprocessable, "an owner's rank") {
                _ = try await roles.create(name: "X", permissions: [], rank: 1_000, by: company.boss())
            }
            await expectProblem(.conflict) {
                _ = try await roles.create(name: "Lead", permissions: [], rank: 1, by: admin)
            }
        }
    }

    @Test("the rule holds again when a role is edited later", arguments: DatabaseFixture.all)
    func editing(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (roles, company) = (trial.roles, try await trial.company())
            let admin = try await company.caller(company.join("admin"))
            let low = try await roles.create(name: "Low", permissions: [.jobsRead], rank: 100, by: admin)
            let high = try await roles.create(
                name: "High", permissions: [.rolesWrite, .jobsRead], rank: 900, by: company.boss())
            await expectProblem(.forbidden, "upward in rights") {
                _ = try await roles.update(low.id, name: "Low", permissions: [.billingWrite], rank: 100, by: admin)
            }
            await expectProblem(.forbidden, "upward in rank") {
                _ = try await roles.update(low.id, name: "Low", permissions: [.jobsRead], rank: 850, by: admin)
            }
            await expectProblem(.forbidden, "a role above one's own, even downward") {
                _ = try await roles.update(high.id, name: "High", permissions: [], rank: 1, by: admin)
            }
            let holder = try await company.join("High")
            await expectProblem(.forbidden, "one's own role") {
                _ = try await roles.update(
                    high.id, name: "High", permissions: [.rolesWrite], rank: 900, by: company.caller(holder))
            }
            let before = try await trial.workspaces.workspace(company.id).authorizationEpoch
            let edited = try await roles.update(low.id, name: "Lower", permissions: [.queuesRead], rank: 90, by: admin)
            #expect(edited.name == "Lower" && edited.permissions == [.queuesRead])
            #expect(trial.heard.epoch(of: company.id) > before)
            let builtIn = try await company.role("viewer")
            await expectProblem(.conflict) {
                _ = try await roles.update(
                    builtIn.id, name: "viewer", permissions: .grantable, rank: 1, by: company.boss())
            }
        }
    }

    @Test("a key hands out no more than it was made for", arguments: DatabaseFixture.all)
    func scopedKey(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let key = try await company.caller(company.owner, scope: [.rolesWrite, .jobsRead])
            _ = try await trial.roles.create(name: "Reader", permissions: [.jobsRead], rank: 5, by: key)
            await expectProblem(.forbidden) {
                _ = try await trial.roles.create(name: "Writer", permissions: [.jobsWrite], rank: 5, by: key)
            }
            let program = Caller(
                Principal(actor: .service(ServiceAccountID()), workspace: company.id, permissions: .grantable))
            await expectProblem(.forbidden, "programs hand out nothing") {
                _ = try await trial.roles.create(name: "Any", permissions: [], rank: 1, by: program)
            }
        }
    }

    @Test("rights that were taken away meanwhile do not count", arguments: DatabaseFixture.all)
    func staleCaller(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let user = try await company.join("admin")
            let stale = try await company.caller(user)
            _ = try await trial.members.setRole(company.role("viewer").id, of: user, by: company.boss())
            await expectProblem(.forbidden) {
                _ = try await trial.roles.create(name: "X", permissions: [.jobsRead], rank: 300, by: stale)
            }
            try await trial.members.remove(user, by: company.boss())
            await expectProblem(.forbidden) {
                _ = try await trial.roles.create(name: "X", permissions: [], rank: 1, by: stale)
            }
        }
    }

    @Test("a role of another workspace is not there, and one in use stays", arguments: DatabaseFixture.all)
    func removal(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let role = try await trial.roles.create(name: "R", permissions: [.jobsRead], rank: 5, by: company.boss())
            for id in [role.id, RoleID()] {
                await expectProblem(.notFound) { _ = try await trial.roles.role(id, in: other.id) }
                await expectProblem(.notFound) { try await trial.roles.remove(id, by: other.boss()) }
                await expectProblem(.notFound) {
                    _ = try await trial.roles.update(id, name: "X", permissions: [], rank: 1, by: other.boss())
                }
                await expectProblem(.notFound) {
                    _ = try await trial.invites.invite(email: nil, role: id, by: other.boss())
                }
                await expectProblem(.notFound) {
                    _ = try await trial.members.setRole(id, of: other.owner, by: other.boss())
                }
            }
            let member = try await company.join("R")
            await expectProblem(.conflict) { try await trial.roles.remove(role.id, by: company.boss()) }
            try await trial.members.remove(member, by: company.boss())
            try await trial.roles.remove(role.id, by: company.boss())
            #expect(try await trial.roles.roles(in: company.id).count == 4)
        }
    }
}
