import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Members (B3)")
struct MemberStoreTests {
    @Test("nobody makes an owner but an owner, and nobody promotes themselves", arguments: DatabaseFixture.all)
    func promotion(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let (admin, editor) = (try await company.join("admin"), try await company.join("editor"))
            let roles = (owner: try await company.role("owner").id, admin: try await company.role("admin").id)
            for target in [admin, editor] {
                await expectProblem(.forbidden) {
                    _ = try await trial.members.setRole(roles.owner, of: target, by: company.caller(admin))
                }
                await expectProblem(.forbidden) {
                    _ = try await trial.members.setRole(roles.admin, of: target, by: company.caller(admin))
                }
            }
            await expectProblem(.forbidden) {
                _ = try await trial.members.setRole(
                    company.role("viewer").id, of: company.owner, by: company.caller(admin))
            }
            await expectProblem(.forbidden) {
                _ = try await trial.invites.invite(email: nil, role: roles.admin, by: company.caller(admin))
            }
            await expectProblem(.forbidden) { try await trial.members.remove(company.owner, by: company.caller(admin)) }
            let raised = try await trial.members.setRole(roles.owner, of: editor, by: company.boss())
            #expect(raised.role.builtIn == .owner)
        }
    }

    @Test("the last owner stays, also when two leave at once", arguments: DatabaseFixture.all)
    func lastOwner(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let viewer = try await company.role("viewer").id
            await expectProblem(.conflict) { try await trial.members.leave(by: company.boss()) }
            await expectProblem(.conflict) {
                _ = try await trial.members.setRole(viewer, of: company.owner, by: company.boss())
            }
            await expectProblem(.conflict) { try await trial.members.remove(company.owner, by: company.boss()) }
            for _ in 0..<5 {
                let second = try await company.join("viewer")
                _ = try await trial.members.setRole(
                    company.role("owner").id, of: second, by: Caller.server(in: company.id))
                let owners = try await trial.members.members(of: company.id).filter { $0.role.builtIn == .owner }
                let callers = try await [company.caller(owners[0].user), company.caller(owners[1].user)]
                let race = try await atOnce(2) { number in try await trial.members.leave(by: callers[number]) }
                #expect(race.done == 1 && race.refusals == ["conflict"])
            }
        }
    }

    @Test(
        "who was removed has no rights, and who reported to them reports to their manager",
        arguments: DatabaseFixture.all)
    func removal(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let (admin, editor) = (try await company.join("admin"), try await company.join("editor"))
            let open = try await trial.invites.invite(
                email: nil, role: company.role("viewer").id, by: company.caller(admin))
            try await trial.members.remove(admin, by: company.boss())
            #expect(try await trial.members.access(of: admin, in: company.id) == nil)
            await expectProblem(.notFound, "the invitation went with who made it") {
                _ = try await trial.invites.accept(open.token, by: UserID(), email: nil)
            }
            await expectProblem(.notFound) { try await trial.members.remove(admin, by: company.boss()) }
            try await trial.members.leave(by: company.caller(editor))
            #expect(try await trial.members.members(of: company.id).map(\.user) == [company.owner])
        }
    }

    @Test("members of another workspace are not there", arguments: DatabaseFixture.all)
    func foreign(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let editor = try await company.join("editor")
            for user in [editor, UserID()] {
                await expectProblem(.notFound) { _ = try await trial.members.member(user, of: other.id) }
                await expectProblem(.notFound) { try await trial.members.remove(user, by: other.boss()) }
                await expectProblem(.notFound) {
                    _ = try await trial.members.setRole(other.role("viewer").id, of: user, by: other.boss())
                }
            }
            #expect(try await trial.members.access(of: editor, in: other.id) == nil)
            #expect(try await trial.members.accesses(of: editor).map(\.workspace.id) == [company.id])
        }
    }

    @Test("the database itself refuses a member with another workspace's role", arguments: DatabaseFixture.all)
    func crossTenantKey(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let foreign = try await other.role("viewer").id
            await #expect(throws: StorageError.self) {
                try await trial.database.write { connection throws(StorageError) in
                    try connection.execute(
                        "UPDATE membership SET role = $3 WHERE workspace = $1 AND member = $2",
                        [SQLValue(company.id), SQLValue(company.owner), SQLValue(foreign)])
                }
            }
        }
    }

    @Test("a list goes on where its last page ended", arguments: DatabaseFixture.all)
    func pages(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            for _ in 0..<4 { _ = try await company.join("viewer") }
            var seen: [UserID] = []
            while true {
                let page = try await trial.members.members(of: company.id, after: seen.last, limit: 2)
                seen += page.map(\.user)
                if page.count < 2 { break }
            }
            #expect(seen.count == 5 && seen == seen.sorted())
        }
    }
}
