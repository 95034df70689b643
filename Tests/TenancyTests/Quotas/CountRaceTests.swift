import Conformance
import Endpoints
import Logging
import Model
import Storage
import Tenancy
import Testing

@Suite("Counts that fifty fill at once (B5)")
struct CountRaceTests {
    private static let room = 3

    /// Fifty try where three have room.
    private func race(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let race = try await atOnce(50, body)
        #expect(race.done == Self.room && race.refusals == Array(repeating: "conflict", count: 50 - Self.room))
    }

    private func count(_ trial: TenantTrial, _ table: String, _ workspace: WorkspaceID) async throws -> Int64 {
        try await trial.database.read { connection throws(StorageError) in
            try connection.row("SELECT COUNT(*) AS n FROM \(table) WHERE workspace = $1", [SQLValue(workspace)])
                .integer("n")
        }
    }

    private func fill(_ trial: TenantTrial, _ sql: String, _ rows: [[SQLValue]]) async throws {
        try await trial.database.transact { connection in _ = try connection.execute(sql, batch: rows) }
    }

    @Test("webhooks", arguments: DatabaseFixture.all)
    func webhooks(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let store = WebhookStore(trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
            try await fill(
                trial,
                """
                INSERT INTO webhook (workspace, id, url, events, secret, created_at, updated_at)
                VALUES ($1, $2, '', '', '', 0, 0)
                """, (0..<WebhookStore.limit - Self.room).map { _ in [SQLValue(company.id), SQLValue(WebhookID())] })
            try await race { _ in _ = try await store.create(url: "https://example.com/", events: ["*"], by: boss) }
            #expect(try await count(trial, "webhook", company.id) == Int64(WebhookStore.limit))
        }
    }

    @Test("documents", arguments: DatabaseFixture.all)
    func documents(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let boss = try await company.boss()
            let store = DocumentStore(trial.tenants, cache: DocumentCache())
            try await fill(
                trial,
                """
                INSERT INTO document (workspace, name, version, content, updated_by, updated_at)
                VALUES ($1, $2, 1, '{}', '', 0)
                """,
                (0..<DocumentStore.countLimit - Self.room).map { [SQLValue(company.id), .text("kept-\($0)")] })
            try await race { number in
                _ = try await store.put("new-\(number)", .emptyObject, if: nil, by: boss)
            }
            #expect(try await count(trial, "document", company.id) == Int64(DocumentStore.countLimit))
        }
    }

    @Test("keys", arguments: DatabaseFixture.all)
    func keys(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { account in
            let user = try await account.signUp()
            let id = try await account.workspaces.create(name: "Mill", owner: user, by: Caller(.local)).id
            let service = try await account.keys.createServiceAccount(name: "ci", by: .server(in: id))
            try await account.trial.database.transact { connection in
                _ = try connection.execute(
                    """
                    INSERT INTO api_keys (id, prefix, secret_hash, workspace, service_account, name, mask_low, mask_high,
                        created_at)
                    VALUES ($1, $2, $2, $3, $4, 'ci', 1, 0, 0)
                    """,
                    batch: (0..<APIKeyService.limit - Self.room).map { number in
                        [SQLValue(APIKeyID()), .text("p\(number)"), SQLValue(id), SQLValue(service.id)]
                    })
            }
            try await race { _ in
                _ = try await account.keys.create(
                    name: "ci", for: .service(service.id), permissions: [.jobsRead], lifetime: nil,
                    by: .server(in: id))
            }
        }
    }

    @Test("service accounts", arguments: DatabaseFixture.all)
    func serviceAccounts(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { account in
            let user = try await account.signUp()
            let id = try await account.workspaces.create(name: "Mill", owner: user, by: Caller(.local)).id
            let first = try await account.keys.createServiceAccount(name: "first", by: .server(in: id))
            try await account.trial.database.transact { connection in
                _ = try connection.execute(
                    "INSERT INTO service_accounts (workspace, id, name, created_at) VALUES ($1, $2, $3, 0)",
                    batch: (1..<APIKeyService.accountLimit - Self.room).map { number in
                        [SQLValue(id), SQLValue(ServiceAccountID()), .text("kept \(number)")]
                    })
            }
            try await race { number in
                _ = try await account.keys.createServiceAccount(name: "new \(number)", by: .server(in: id))
            }
            // One that is disabled makes room.
            try await account.keys.disableServiceAccount(first.id, by: .server(in: id))
            _ = try await account.keys.createServiceAccount(name: "next", by: .server(in: id))
        }
    }

    @Test("workspaces that one person owns, however they come", arguments: DatabaseFixture.all)
    func ownerships(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let person = UserID()
            for number in 0..<WorkspaceStore.ownershipLimit - Self.room {
                _ = try await trial.workspaces.create(name: "W\(number)", owner: person, by: Caller(.local))
            }
            let (transferring, promoting, inviting) = (
                try await trial.company("T"), try await trial.company("P"), try await trial.company("I")
            )
            for company in [transferring, promoting] { _ = try await company.join("admin", as: person) }
            let owner = try await promoting.role("owner").id
            let invite = try await trial.invites.invite(
                email: nil, role: inviting.role("owner").id, by: inviting.boss())
            try await race { number in
                switch number {
                case 7: try await trial.workspaces.transfer(to: person, by: transferring.boss())
                case 8: _ = try await trial.members.setRole(owner, of: person, by: promoting.boss())
                case 9: _ = try await trial.invites.accept(invite.token, by: person, email: nil)
                default: _ = try await trial.workspaces.create(name: "N\(number)", owner: person, by: Caller(.local))
                }
            }
            let owned = try await trial.members.accesses(of: person).filter { $0.role.builtIn == .owner }
            #expect(owned.count == WorkspaceStore.ownershipLimit)
        }
    }
}
