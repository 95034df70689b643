import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("API keys (B2)")
struct APIKeyTests {
    @Test(
        "a key lets its holder in, within its workspace and permissions, and is shown once",
        arguments: DatabaseFixture.all)
    func works(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
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
        try await KeyMill.with(fixture) { mill in
            let expiring = try await mill.key(lasting: .seconds(3_600))
            let revoked = try await mill.key()
            let kept = try await mill.key()
            mill.trial.trial.clock.advance(by: .seconds(3_601))
            // In the cache, so that its end has to reach it.
            _ = try await mill.permissions(revoked)
            _ = try await mill.permissions(kept)
            let foreign = try await refusal {
                try await mill.keys.revoke(revoked.key.id, by: .server(in: WorkspaceID()))
            }
            #expect(foreign.kind == .notFound)
            try await mill.keys.revoke(revoked.key.id, by: mill.caller())
            let again = try await refusal { try await mill.keys.revoke(revoked.key.id, by: mill.caller()) }
            #expect(again.kind == .notFound)
            let changed = kept.secret.revealed.dropLast() + (kept.secret.revealed.hasSuffix("A") ? "B" : "A")
            var problems: [Problem] = []
            for secret in [
                expiring.secret, revoked.secret, Secret("suisha_k_"), Secret(String(changed)),
                Secret(String(repeating: "x", count: 1 << 20)),
            ] {
                problems.append(try await mill.refused(secret))
            }
            _ = try await mill.permissions(kept)
            try await mill.trial.accounts.disable(mill.owner, by: Caller(.local))
            problems.append(try await mill.refused(kept.secret))
            #expect(Set(problems.map(\.detail)).count == 1)
            #expect(problems.allSatisfy { $0.kind == .unauthenticated })
        }
    }

    @Test("a key follows its owner's rights at once", arguments: DatabaseFixture.all)
    func rights(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
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
        try await KeyMill.with(fixture) { mill in
            let keys = mill.keys
            let robot = try await keys.createServiceAccount(name: "robot", by: mill.caller())
            let twice = try await refusal { try await keys.createServiceAccount(name: "robot", by: mill.caller()) }
            #expect(twice.kind == .conflict)
            let other = try await mill.trial.workspaces.create(name: "Other", owner: mill.owner, by: Caller(.local))
            for workspace in [WorkspaceID(), other.id] {
                let foreign = try await refusal {
                    try await keys.create(
                        name: "x", for: .service(robot.id), permissions: [.jobsRead], lifetime: nil,
                        by: .server(in: workspace))
                }
                #expect(foreign.kind == .notFound)
            }
            let made = try await keys.create(
                name: "x", for: .service(robot.id), permissions: [.jobsRead], lifetime: nil, by: mill.caller())
            let caller = try await keys.authenticate(made.secret)
            #expect(caller.actor == .service(robot.id) && caller.user == nil)
            #expect(try caller.principal(in: nil).permissions == [.jobsRead])
            try await keys.disableServiceAccount(robot.id, by: mill.caller())
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
        try await KeyMill.with(.sqlite) { mill in
            let problem = try await refusal {
                try await mill.keys.create(
                    name: name, for: .user(mill.owner), permissions: permissions, lifetime: lifetime,
                    by: mill.caller())
            }
            #expect(problem.kind == .unprocessable)
        }
    }

    @Test("whoever comes with a key hands out no rights, whosever key it is", arguments: DatabaseFixture.all)
    func noGrants(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            // One that has roles.
            _ = try await mill.trial.workspaces.setPlan("professional", of: mill.workspace, by: Caller(.local))
            let made = try await mill.key([.rolesWrite, .membersWrite, .jobsRead])
            let principal = try await mill.keys.authenticate(made.secret).principal(in: nil)
            #expect(principal.key == made.key.id && principal.name.contains(made.key.id.description))
            let roles = RoleStore(mill.trial.workspaces.tenants)
            let refused = try await refusal {
                try await roles.create(name: "Lead", permissions: [.jobsRead], rank: 1, by: Caller(principal))
            }
            #expect(refused.kind == .forbidden)
            let role = try await roles.create(name: "Lead", permissions: [.jobsRead], rank: 1, by: mill.caller())
            let invited = try await refusal {
                try await InviteStore(mill.trial.workspaces.tenants).invite(
                    email: nil, role: role.id, by: Caller(principal))
            }
            #expect(invited.kind == .forbidden)
        }
    }

    @Test("keys that work are listed first, and pages hold each key once", arguments: DatabaseFixture.all)
    func pages(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            var made: [APIKeyID] = []
            for number in 0..<9 { made.append(try await mill.key(lasting: number < 3 ? .seconds(60) : nil).key.id) }
            for id in [made[4], made[8]] { try await mill.keys.revoke(id, by: mill.caller()) }
            mill.trial.trial.clock.advance(by: .seconds(61))
            let expected = [7, 6, 5, 3, 8, 4, 2, 1, 0].map { made[$0] }
            #expect(try await mill.keys.list(in: mill.workspace).map(\.id) == expected)
            var paged: [APIKeyID] = []
            var position: APIKey.Position?
            repeat {
                let page = try await mill.keys.list(in: mill.workspace, after: position, limit: 2)
                paged += page.map(\.id)
                position = page.last.flatMap { APIKey.Position($0.position.description) }
            } while position != nil && paged.count < 20
            #expect(paged == expected)
            for text in ["", "0", "2\(made[0])", "key", made[0].description] {
                #expect(APIKey.Position(text) == nil, "\(text)")
            }
        }
    }

    @Test("pages hold each service account once, by name, whatever its name is", arguments: DatabaseFixture.all)
    func accountPages(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            let names = ["b", "a", "é", "水車", "B 2", "%", "c'", String(repeating: "水", count: 100)]
            for name in names { _ = try await mill.keys.createServiceAccount(name: name, by: mill.caller()) }
            let all = try await mill.keys.serviceAccounts(in: mill.workspace)
            try await mill.keys.disableServiceAccount(all[3].id, by: mill.caller())
            var paged: [ServiceAccount] = []
            repeat {
                let page = try await mill.keys.serviceAccounts(in: mill.workspace, after: paged.last?.id, limit: 3)
                guard !page.isEmpty else { break }
                paged += page
            } while paged.count < 20
            #expect(paged.map(\.id) == all.map(\.id) && Set(paged.map(\.name)) == Set(names))
            let other = try await mill.trial.workspaces.create(name: "Other", owner: mill.owner, by: Caller(.local))
            #expect(try await mill.keys.serviceAccounts(in: other.id, after: all[0].id).isEmpty)
        }
    }

    @Test("however many make keys at once, there are never more than may be", arguments: DatabaseFixture.all)
    func bound(fixture: DatabaseFixture) async throws {
        try await KeyMill.with(fixture) { mill in
            // All but three, without the work of making them.
            let first = try await mill.key()
            _ = try await mill.trial.trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    """
                    INSERT INTO api_keys (id, prefix, secret_hash, workspace, user_id, name, mask_low, mask_high,
                        created_at)
                    VALUES ($1, $2, $2, $3, $4, 'ci', 1, 0, now_us())
                    """,
                    batch: (0..<APIKeyService.limit - 4).map { number in
                        [
                            SQLValue(APIKeyID()), .text("prefix \(number)"), SQLValue(mill.workspace),
                            SQLValue(mill.owner),
                        ]
                    })
            }
            let made = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 { group.addTask { (try? await mill.key()) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 3)
            #expect(try await mill.keys.list(in: mill.workspace).count == APIKeyService.limit)
            #expect(try await refusal { try await mill.key() }.kind == .conflict)
            try await mill.keys.revoke(first.key.id, by: mill.caller())
            _ = try await mill.key()
        }
    }
}
