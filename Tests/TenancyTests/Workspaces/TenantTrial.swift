import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Synchronization
import Testing

/// A database of one test's own, with the parts of a server that keep tenants.
struct TenantTrial {
    let trial: DatabaseTrial
    let tenants: TenantDatabase
    let heard = HeardRights()
    let post = KeptLetters()

    var database: any SQLDatabase { tenants.database }
    var workspaces: WorkspaceStore { .init(tenants) }
    var roles: RoleStore { .init(tenants) }
    var members: MemberStore { .init(tenants) }
    var invites: InviteStore { .init(tenants, post: post) }
    var audit: AuditLog { .init(tenants) }
    var quotas: QuotaLedger { .init(tenants) }
    var usage: UsageLedger { .init(tenants) }
    var projects: ProjectStore { .init(tenants) }

    static func run(
        _ fixture: DatabaseFixture, plans: PlanCatalog = .standard, _ body: (TenantTrial) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            try await body(TenantTrial(trial, plans: plans))
        }
    }

    private init(_ trial: DatabaseTrial, plans: PlanCatalog) {
        self.trial = trial
        tenants = TenantDatabase(trial.database, plans: plans, listener: heard)
    }

    /// A new workspace with one owner.
    func company(_ name: String = "Example Works", plan: String = "professional") async throws -> Company {
        let owner = UserID()
        let operatorCaller = Caller(.local)
        let workspace = try await workspaces.create(name: name, owner: owner, by: operatorCaller)
        _ = try await workspaces.setPlan(plan, of: workspace.id, by: operatorCaller)
        return Company(trial: self, id: workspace.id, owner: owner)
    }
}

extension AuditLog {
    /// Writes at once that something was refused.
    func recordRefusal(_ action: String, by caller: Caller, target: String? = nil, reason: String) async throws {
        let record = AuditRecord(refused: action, to: caller, target: target, reason: reason)
        try await tenants.database.write { connection throws(StorageError) in
            try connection.audit(record, in: caller.workspace)
        }
    }
}

/// A workspace of a test.
struct Company {
    let trial: TenantTrial
    let id: WorkspaceID
    let owner: UserID

    /// A member as the server sees it: with the rights that it has now.
    func caller(_ user: UserID, scope: PermissionSet? = nil) async throws -> Caller {
        let access = try await trial.members.access(of: user, in: id)
        return Caller(
            Principal(actor: .user(user), workspace: id, permissions: access?.permissions(scope: scope) ?? []),
            request: "req_test")
    }

    /// Its owner.
    func boss() async throws -> Caller { try await caller(owner) }

    func role(_ name: String) async throws -> Role {
        try #require(try await trial.roles.roles(in: id).first { $0.name == name })
    }

    /// Adds somebody with a role, through an invitation.
    func join(_ role: String, as user: UserID = UserID()) async throws -> UserID {
        let invite = try await trial.invites.invite(email: nil, role: self.role(role).id, by: .server(in: id))
        _ = try await trial.invites.accept(InviteToken(invite.token.secret.revealed), by: user, email: nil)
        return user
    }
}

/// Notes what a listener is told.
final class HeardRights: RightsListener {
    private let epochs = Mutex<[WorkspaceID: Int64]>([:])

    func rightsChanged(_ change: RightsChange) async {
        epochs.withLock { $0[change.workspace] = max($0[change.workspace] ?? 0, change.epoch) }
    }

    func epoch(of workspace: WorkspaceID) -> Int64 { epochs.withLock { $0[workspace] ?? 0 } }
}

/// Keeps what would be sent.
final class KeptLetters: InvitePost {
    private let kept = Mutex<[NewInvite]>([])

    var invites: [NewInvite] { kept.withLock { $0 } }

    func send(_ invite: NewInvite, on connection: any SQLConnection) throws {
        kept.withLock { $0.append(invite) }
    }
}

/// Expects a refusal of a kind.
func expectProblem(
    _ kind: ProblemKind, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record(
            "expected the problem '\(kind.name)', got none. \(comment?.rawValue ?? "")", sourceLocation: sourceLocation)
    } catch let problem as Problem {
        #expect(problem.kind.name == kind.name, "\(problem.detail)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected the problem '\(kind.name)', got \(error)", sourceLocation: sourceLocation)
    }
}

/// Runs the same thing many times at once; returns how often it succeeded and the kinds of the refusals.
func atOnce(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void
) async throws -> (done: Int, refusals: [String]) {
    try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 0..<count {
            group.addTask {
                do {
                    try await body(number)
                    return nil
                } catch let problem as Problem {
                    return problem.kind.name
                }
            }
        }
        var (done, refusals): (Int, [String]) = (0, [])
        for try await refusal in group {
            if let refusal { refusals.append(refusal) } else { done += 1 }
        }
        return (done, refusals)
    }
}
