import Conformance
import Model
import Storage
import Tenancy
import Testing

@Suite("Keys from before (B2)")
struct KeyMigrationTests {
    @Test("keys of people who had left end, and those of members and programs go on", arguments: DatabaseFixture.all)
    func formerMembers(fixture: DatabaseFixture) async throws {
        let all = Migration.all + TenancyMigrations.all
        try await fixture.withDatabase(migrations: all.filter { $0.number < 17 }) { trial in
            let (member, former, robot) = (UserID(), UserID(), ServiceAccountID())
            try await trial.database.transact { connection in
                for user in [member, former] {
                    try connection.execute(
                        """
                        INSERT INTO users (id, email, email_norm, name, language, status, created_at, updated_at)
                        VALUES ($1, $2, $2, 'Aiko', 'en', 'active', 0, 0)
                        """, [SQLValue(user), .text("\(user)@example.com")])
                }
                try connection.execute(
                    """
                    INSERT INTO membership (workspace, member, role, joined_at)
                    SELECT workspace, $1, id, 0 FROM role WHERE name = 'owner'
                    """, [SQLValue(member)])
                try connection.execute(
                    "INSERT INTO service_accounts (workspace, id, name, created_at) VALUES ($1, $2, 'ci', 0)",
                    [SQLValue(WorkspaceID.local), SQLValue(robot)])
                let owners: [(String, UserID?, ServiceAccountID?)] = [
                    ("member", member, nil), ("former", former, nil), ("program", nil, robot),
                ]
                for (name, user, program) in owners {
                    try connection.execute(
                        """
                        INSERT INTO api_keys (id, prefix, secret_hash, workspace, user_id, service_account, name,
                            mask_low, mask_high, created_at)
                        VALUES ($1, $2, $2, $3, $4, $5, $2, 1, 0, 0)
                        """,
                        [
                            SQLValue(APIKeyID()), .text(name), SQLValue(WorkspaceID.local), SQLValue(user),
                            SQLValue(program),
                        ])
                }
            }
            #expect(try await trial.database.migrate(all).contains(17))
            let working = try await trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT name FROM api_keys WHERE revoked_at IS NULL ORDER BY name").map {
                    row throws(StorageError) in try row.text("name")
                }
            }
            #expect(working == ["member", "program"])
        }
    }
}
