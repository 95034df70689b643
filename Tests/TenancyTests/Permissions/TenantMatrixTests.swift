import Conformance
import Endpoints
import Model
import Tenancy
import Testing

@Suite("Who may call what (B3)")
struct TenantMatrixTests {
    /// Who may call each operation: Owner, Admin, Editor, Viewer; the owner of a Suspended and of a Deleted workspace; anybody
    /// who has signed in (P); who runs the server (X). A new operation fails the test until somebody has thought about its row.
    private static let table: [String: String] = [
        "acceptInvite": "P", "createInvite": "OA", "createProject": "OAE", "createRole": "OA", "createWebhook": "OA",
        "createWorkspace": "P", "deleteDocument": "OAE", "deleteProject": "OAE", "deleteRole": "OA",
        "deleteWebhook": "OA", "deleteWorkspace": "OD", "exportAudit": "OAS", "getDocument": "OAEVS",
        "getMember": "OAEVS", "getOrgChart": "OAEVS", "getPermissions": "OAEVSD", "getProject": "OAEVS",
        "getQuotas": "OAES", "getRole": "OAEVS", "getUsage": "OAES", "getWebhook": "OAS", "getWorkspace": "OAEVSD",
        "leaveWorkspace": "P", "listAllWorkspaces": "X", "listAudit": "OAS", "listDocuments": "OAEVS",
        "listInvites": "OAS", "listMembers": "OAEVS", "listPlans": "P", "listProjects": "OAEVS", "listRoles": "OAEVS",
        "listWebhookDeliveries": "OAS", "listWebhooks": "OAS", "listWorkspaces": "P", "putDocument": "OAE",
        "redeliverWebhook": "OA", "removeMember": "OA", "renameWorkspace": "OA", "restoreWorkspace": "OD",
        "resumeWorkspace": "X", "revokeInvite": "OA", "rotateWebhookSecret": "OA", "setMemberRole": "OA",
        "setOrgChartPlace": "OA", "setPlan": "X", "suspendWorkspace": "X", "testWebhook": "OA",
        "transferWorkspace": "O", "updateProject": "OAE", "updateRole": "OA", "updateWebhook": "OA",
        "verifyAudit": "OAS",
    ]

    /// Callers with the rights that the database gives them.
    private func callers(_ trial: TenantTrial) async throws -> [(letter: Character, permissions: PermissionSet)] {
        let company = try await trial.company()
        var callers: [(letter: Character, permissions: PermissionSet)] = []
        func add(_ letter: Character, _ user: UserID) async throws {
            let access = try await trial.members.access(of: user, in: company.id)
            callers.append((letter, try #require(access).permissions()))
        }
        try await add("O", company.owner)
        for (letter, role) in [("A", "admin"), ("E", "editor"), ("V", "viewer")] as [(Character, String)] {
            try await add(letter, company.join(role))
        }
        let boss = try await company.boss()
        _ = try await trial.workspaces.suspend(company.id, reason: "test", by: Caller(.local))
        try await add("S", company.owner)
        _ = try await trial.workspaces.resume(company.id, by: Caller(.local))
        _ = try await trial.workspaces.delete(by: boss)
        try await add("D", company.owner)
        callers.append(("P", [.account]))
        callers.append(("X", [.operate]))
        return callers
    }

    @Test("every operation is open to exactly those in the table", arguments: DatabaseFixture.all)
    func matrix(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let callers = try await callers(trial)
            let endpoints = try TenantAPI(trial).endpoints
            var found: [String: String] = [:]
            for endpoint in endpoints {
                guard case .needs(let permission) = endpoint.access else {
                    Issue.record("\(endpoint.id) is open to everybody")
                    continue
                }
                found[endpoint.id] = String(callers.filter { $0.permissions.contains(permission) }.map(\.letter))
            }
            for (operation, letters) in found.sorted(by: { $0.key < $1.key }) {
                #expect(Self.table[operation] == letters, "\"\(operation)\": \"\(letters)\",")
            }
            #expect(Set(Self.table.keys) == Set(found.keys), "rows of operations that are gone")
        }
    }

    @Test("a key does no more than it was made for, whoever holds it", arguments: Permission.allCases)
    func scopes(permission: Permission) async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let company = try await trial.company()
            let access = try #require(try await trial.members.access(of: company.owner, in: company.id))
            let key = access.permissions(scope: [permission])
            for endpoint in try TenantAPI(trial).endpoints {
                guard case .needs(let needed) = endpoint.access else { continue }
                let isWithin = needed == permission && PermissionSet.grantable.contains(permission)
                #expect(key.contains(needed) == isWithin, "\(endpoint.id)")
            }
        }
    }
}
