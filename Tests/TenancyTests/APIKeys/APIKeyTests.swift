import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("API keys (B2)")
struct APIKeyTests {
    /// An account that owns a workspace.
    private struct Mill: Sendable {
        let trial: AccountTrial
        let owner: UserID
        let workspace: WorkspaceID
        var keys: APIKeyService { trial.keys }

        func key(_ permissions: PermissionSet = [.jobsRead], lasting lifetime: Duration? = nil) async throws
            -> NewAPIKey
        {
            try await keys.create(
                name: "ci", for: .user(owner), in: workspace, permissions: permissions, lifetime: lifetime)
        }

        func permissions(_ key: NewAPIKey) async throws -> PermissionSet {
            try await keys.authenticate(key.secret).principal(in: workspace).permissions
        }

        /// The refusal of a key.
        func refused(_ secret: Secret) async throws -> Problem {
            try await refusal { try await keys.authenticate(secret) }
        }
    }

    private func with(_ fixture: DatabaseFixture, _ body: (Mill) async throws -> Void) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let workspace = try await trial.workspaces.create(name: "Mill", owner: user, by: Caller(.local))
            try await body(Mill(trial: trial, owner: user, workspace: workspace.id))
        }
    }

    @Test(
        "a key lets its holder in, within its workspace and permissions, and is shown once",
        arguments: DatabaseFixture.all)
    func works(fixture: DatabaseFixture) async throws {
        try await with(fixture) { mill in
            let made = try await mill.key([.jobsRead, .jobsWrite])
            let caller = try await mill.keys.authenticate(made.secret)
            #expect(caller.user == mill.owner && caller.key == made.key.id && caller.session == nil)
            let principal = try caller.principal(in: nil)
            #expect(principal.workspace == mill.workspace && principal.permissions == [.jobsRead, .jobsWrite])
            #expect(throws: Problem.self) { try caller.principal(in: WorkspaceID()) }
            let listed = try #require(try await mill.keys.list(in: mill.workspace).first)
            #expect(listed.prefix == made.secret.revealed.prefix(21) && listed.lastUsedAt != nil)
            let stored = try await mill.trial.trial.database.read { connection throws(StorageError) in
                "\(try connection.row("SELECT * FROM api_keys").values)"
            }
            #expect(!stored.contains(made.secret.revealed))
            #expect(try await mill.keys.list(in: WorkspaceID()).isEmpty)
        }
    }

    @Test(
        "a key that expired, was revoked, or whose owner is gone is refused in the same words",
        arguments: DatabaseFixture.all)
    func ends(fixture: DatabaseFixture) async throws {
        try await with(fixture) { mill in
            let expiring = try await mill.key(lasting: .seconds(3_600))
            let revoked = try await mill.key()
            let kept = try await mill.key()
            mill.trial.trial.clock.advance(by: .seconds(3_601))
            // In the cache, so that its end has to reach it.
            _ = try await mill.permissions(revoked)
            _ = try await mill.permissions(kept)
            for (workspace, owner) in [(WorkspaceID(), mill.owner), (mill.workspace, UserID())] {
                let foreign = try await refusal {
                    try await mill.keys.revoke(revoked.key.id, in: workspace, of: .user(owner))
                }
                #expect(foreign.kind == .notFound)
            }
            try await mill.keys.revoke(revoked.key.id, in: mill.workspace, of: .user(mill.owner))
            let changed = kept.secret.revealed.dropLast() + (kept.secret.revealed.hasSuffix("A") ? "B" : "A")
            var problems: [Problem] = []
            for secret in [
                expiring.secret, revoked.secret, Secret("suisha_k_"), Secret(String(changed)),
                Secret(String(repeating: "x", count: 1 << 20)),
            ] {
                problems.append(try await mill.refused(secret))
            }
            _ = try await mill.permissions(kept)
            try await mill.trial.accounts.disable(mill.owner)
            problems.append(try await mill.refused(kept.secret))
            #expect(Set(problems.map(\.detail)).count == 1)
            #expect(problems.allSatisfy { $0.kind == .unauthenticated })
        }
    }

    @Test("a key follows its owner's rights at once", arguments: DatabaseFixture.all)
    func rights(fixture: DatabaseFixture) async throws {
        try await with(fixture) { mill in
            let made = try await mill.key([.jobsRead, .jobsWrite])
            let session = try await mill.trial.signIn()
            #expect(try await mill.permissions(made) == [.jobsRead, .jobsWrite])
            let own = try await mill.trial.sessions.authenticate(session.token).principal(in: mill.workspace)
                .permissions
            #expect(own.contains(.workspaceDelete) && own.contains(.account) && !own.contains(.operate))
            _ = try await mill.trial.workspaces.suspend(mill.workspace, reason: "unpaid", by: Caller(.local))
            #expect(try await mill.permissions(made) == [.jobsRead])
            let less = try await mill.trial.sessions.authenticate(session.token).principal(in: nil).permissions
            #expect(!less.contains(.jobsWrite) && less.contains(.account))
            _ = try await mill.trial.workspaces.resume(mill.workspace, by: Caller(.local))
            #expect(try await mill.permissions(made) == [.jobsRead, .jobsWrite])
        }
    }

    @Test("a service account's key belongs to its workspace, and ends with the account", arguments: DatabaseFixture.all)
    func service(fixture: DatabaseFixture) async throws {
        try await with(fixture) { mill in
            let keys = mill.keys
            let robot = try await keys.createServiceAccount(name: "robot", in: mill.workspace, by: nil)
            let twice = try await refusal {
                try await keys.createServiceAccount(name: "robot", in: mill.workspace, by: nil)
            }
            #expect(twice.kind == .conflict)
            let foreign = try await refusal {
                try await keys.create(
                    name: "x", for: .service(robot.id), in: WorkspaceID(), permissions: [.jobsRead], lifetime: nil)
            }
            #expect(foreign.kind == .notFound)
            let made = try await keys.create(
                name: "x", for: .service(robot.id), in: mill.workspace, permissions: [.jobsRead], lifetime: nil)
            let caller = try await keys.authenticate(made.secret)
            #expect(caller.actor == .service(robot.id) && caller.user == nil)
            #expect(try caller.principal(in: nil).permissions == [.jobsRead])
            try await keys.disableServiceAccount(robot.id, in: mill.workspace)
            #expect(try await mill.refused(made.secret).kind == .unauthenticated)
            #expect(try await keys.serviceAccounts(in: mill.workspace).first?.disabledAt != nil)
        }
    }

    @Test(
        "a key without permissions, without a name or for ever is not made",
        arguments: [
            ("", [.jobsRead], nil), ("x", [], nil), ("x", [.jobsRead], Duration.seconds(1)),
            ("x", [.jobsRead], .seconds(4_000_000_000)), ("x\r\ny\u{0}", [.jobsRead], nil),
            ("x", [.jobsRead, .account], nil), ("x", [.operate], nil),
        ] as [(String, PermissionSet, Duration?)])
    func bounds(name: String, permissions: PermissionSet, lifetime: Duration?) async throws {
        try await with(.sqlite) { mill in
            let problem = try await refusal {
                try await mill.keys.create(
                    name: name, for: .user(mill.owner), in: mill.workspace, permissions: permissions,
                    lifetime: lifetime)
            }
            #expect(problem.kind == .unprocessable)
        }
    }
}
