import Conformance
import Endpoints
import Model
import Tenancy
import Testing

/// An account that owns a workspace, and keys of that.
struct KeyMill: Sendable {
    let trial: AccountTrial
    let owner: UserID
    let workspace: WorkspaceID
    var keys: APIKeyService { trial.keys }

    static func with(
        _ fixture: DatabaseFixture, isAudited: Bool = false, _ body: (KeyMill) async throws -> Void
    ) async throws {
        try await AccountTrial.with(fixture, isAudited: isAudited) { trial in
            let user = try await trial.signUp()
            let workspace = try await trial.workspaces.create(name: "Mill", owner: user, by: Caller(.local))
            try await body(KeyMill(trial: trial, owner: user, workspace: workspace.id))
        }
    }

    /// The owner, in a session or with a key.
    func caller(_ key: APIKeyID? = nil) -> Caller {
        Caller(Principal(actor: .user(owner), workspace: workspace, permissions: .grantable, key: key))
    }

    func key(
        _ permissions: PermissionSet = [.jobsRead], lasting lifetime: Duration? = nil, by parent: APIKeyID? = nil
    ) async throws -> NewAPIKey {
        try await keys.create(
            name: "ci", for: .user(owner), permissions: permissions, lifetime: lifetime, by: caller(parent))
    }

    func roles() async throws -> [String: RoleID] {
        let roles = try await RoleStore(trial.workspaces.tenants).roles(in: workspace)
        return Dictionary(uniqueKeysWithValues: roles.map { ($0.name, $0.id) })
    }

    func join(_ user: UserID, as role: RoleID?) async throws {
        let invites = InviteStore(trial.workspaces.tenants)
        let invite = try await invites.invite(email: nil, role: try #require(role), by: caller())
        _ = try await invites.accept(InviteToken(invite.token.secret.revealed), by: user, email: nil)
    }

    func program(
        _ account: ServiceAccountID, _ permissions: PermissionSet, by caller: Caller
    ) async throws -> NewAPIKey {
        try await keys.create(
            name: "ci", for: .service(account), permissions: permissions, lifetime: nil, by: caller)
    }

    func permissions(_ key: NewAPIKey) async throws -> PermissionSet {
        try await keys.authenticate(key.secret).principal(in: workspace).permissions
    }

    /// The refusal of a key.
    func refused(_ secret: Secret) async throws -> Problem {
        try await refusal { try await keys.authenticate(secret) }
    }
}
