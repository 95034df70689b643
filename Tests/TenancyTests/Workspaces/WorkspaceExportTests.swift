import Conformance
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Exports of workspaces (B3, G7)")
struct WorkspaceExportTests {
    private func export(_ company: Company) async throws -> [String: String] {
        var files: [String: String] = [:]
        for file in WorkspaceExport(of: company.id, in: company.trial.database).files(log: company.trial.audit) {
            var text = ""
            for try await part in file.content { text += part }
            files[file.name] = text
        }
        for (name, text) in files {
            for line in text.split(separator: "\n") {
                #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(name): \(line)")
            }
        }
        return files
    }

    @Test("every table with rows of workspaces or of their jobs is exported, or left out for a reason")
    func tables() async throws {
        try await DatabaseFixture.sqlite.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            let tables = try await trial.database.read { connection throws(StorageError) in
                try connection.query(
                    """
                    SELECT DISTINCT t.name AS name FROM sqlite_master t JOIN pragma_table_info(t.name) c
                    WHERE t.type = 'table' AND c.name IN ('workspace', 'job')
                    """
                ).map { row throws(StorageError) in try row.text("name") }
            }
            // The workspace itself, and caps, whose keys begin with it.
            let found = Set(tables).union(["workspace", "cap"])
            #expect(WorkspaceExport.exported.union(WorkspaceExport.leftOut.keys) == found)
            #expect(WorkspaceExport.exported.isDisjoint(with: WorkspaceExport.leftOut.keys))
        }
    }

    @Test(
        "an export has everything of one workspace, nothing of another, and no secret", arguments: DatabaseFixture.all)
    func export(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let webhooks = WebhookStore(
                trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
            let (company, other) = (try await trial.company("Mine"), try await trial.company("Theirs"))
            let boss = try await company.boss()
            let moment = Timestamp.now
            for number in 0..<1_100 {
                let event = UsageEvent(
                    source: "jobs", id: "e\(number)", meter: "processing_ms", quantity: 1, occurredAt: moment)
                _ = try await trial.usage.record(event, in: company.id)
            }
            let hook = try await webhooks.create(url: "https://example.com/", events: ["*"], by: boss)
            try await webhooks.test(hook.webhook.id, by: boss)
            let invite = try await trial.invites.invite(email: nil, role: company.role("viewer").id, by: boss)
            let project = try await trial.projects.create(
                name: "\"Quoted\"\n".trimmingCharacters(in: .newlines), by: boss)
            let hidden = try await trial.projects.create(name: "Hidden", by: other.boss())
            let files = try await export(company)
            for (name, text) in files {
                for forbidden in [
                    other.id.sql, other.id.description, hidden.id.sql, hook.secret.revealed,
                    invite.token.secret.revealed, "token_hash", "v1.",
                ] {
                    #expect(!text.contains(forbidden), "\(name) has \(forbidden)")
                }
            }
            func lines(_ name: String) -> Int { files[name + ".jsonl"]?.split(separator: "\n").count ?? -1 }
            #expect(lines("usage") == 1_100 && lines("usage-totals") == 2)
            #expect(files["projects.jsonl"]?.contains(project.id.sql) == true)
            #expect(lines("workspace") == 1 && lines("audit") >= 4)
            #expect(files["members.jsonl"]?.contains(company.owner.sql) == true)
            #expect(files["roles.jsonl"]?.contains(#""permissions":["jobs:read""#) == true)
            #expect(files["webhook-deliveries.jsonl"]?.contains("webhook.test") == true)
        }
    }

    @Test("what jobs and programs leave is exported, page after page", arguments: DatabaseFixture.all)
    func jobs(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company("Mine"), try await trial.company("Theirs"))
            var running: [JobID] = []
            for owner in [other, company] {
                running = (0..<3).map { _ in JobID() }.sorted()
                try await Self.fill(owner.id, running, on: trial.database)
            }
            let files = try await export(company)
            func objects(_ name: String) throws -> [[String: Any]] {
                try (files[name + ".jsonl"] ?? "").split(separator: "\n").compactMap {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
            }
            let events = try objects("job-events")
            #expect(
                events.compactMap { $0["job"] as? String } == running.flatMap { Array(repeating: $0.sql, count: 400) })
            #expect(events.compactMap { $0["position"] as? Int } == running.flatMap { _ in Array(1...400) })
            #expect(events.first?["data"] as? [String: String] == ["message": "m"])
            #expect(try objects("jobs").map { $0["state"] as? String } == ["leased", "leased", "succeeded"])
            for name in ["artifacts", "job-steps", "job-needs"] {
                #expect(try objects(name).map { $0["job"] as? String } == running.map(\.sql), "\(name)")
            }
            #expect(try objects("caps").map { $0["name"] as? String } == ["gpu"])
            #expect(try objects("queues").count == 1 && objects("worker-kinds").count == 1)
            #expect(try objects("service-accounts").map { $0["name"] as? String } == ["ci"])
            let key = try #require(try objects("keys").first)
            #expect(key["permissions"] as? [String] == ["jobs:read", "keys:write"] && key["secret_hash"] == nil)
            for (name, text) in files {
                for forbidden in ["files/", other.id.description, other.id.sql] {
                    #expect(!text.contains(forbidden), "\(name) has \(forbidden)")
                }
            }
        }
    }

    /// Rows of everything that hangs on jobs, two of which run.
    private static func fill(_ workspace: WorkspaceID, _ jobs: [JobID], on database: any SQLDatabase) async throws {
        try await database.transact { connection in
            let owner = SQLValue(workspace)
            for (number, job) in jobs.enumerated() {
                let isDone = number == 2
                try connection.execute(
                    """
                    INSERT INTO job (id, workspace, kind, band, caps, priority, input, max_attempts, created_at, state)
                    VALUES ($1, $2, 'k', 1, '', 0, '{"file":{"object":"files/a","size":1}}', 1, 0, $3)
                    """, [SQLValue(job), owner, SQLValue(isDone ? "succeeded" : nil)])
                if !isDone {
                    try connection.execute(
                        """
                        INSERT INTO live_job (job, workspace, band, kind, caps, priority, state, epoch, attempt,
                            max_attempts, lost, position, run_at)
                        VALUES ($1, $2, 1, 'k', '', 0, 'leased', 1, 1, 1, 0, 0, 0)
                        """, [SQLValue(job), owner])
                }
                try connection.execute(
                    "INSERT INTO event (job, position, epoch, type, data, at) VALUES ($1, $2, 1, 'log', $3, 0)",
                    batch: (1...400).map { [SQLValue(job), SQLValue($0), .text(#"{"message":"m"}"#)] })
                try connection.execute(
                    """
                    INSERT INTO artifact (job, name, object, content_type, size, sha256, epoch, created_at)
                    VALUES ($1, 'a.txt', 'files/a', 'text/plain', 1, '', 1, 0)
                    """, [SQLValue(job)])
                try connection.execute(
                    """
                    INSERT INTO step (job, name, key, reused, epoch, started_at, finished_at)
                    VALUES ($1, 's', 'k', 0, 1, 0, 0)
                    """, [SQLValue(job)])
                try connection.execute(
                    "INSERT INTO dependency (job, needs, on_failure) VALUES ($1, $2, 'fail')",
                    [SQLValue(job), SQLValue(JobID())])
            }
            try connection.execute("INSERT INTO cap (key, slots) VALUES ($1, 2)", [.text("\(workspace)/gpu")])
            try connection.execute("INSERT INTO cap (key, slots) VALUES ('all', 2) ON CONFLICT DO NOTHING")
            try connection.execute(
                "INSERT INTO queue_mode (workspace, kind, mode, changed_at) VALUES ($1, 'k', 'paused', 0)", [owner])
            try connection.execute(
                """
                INSERT INTO outside_kind (workspace, name, summary, band, max_attempts, timeout_us, updated_at)
                VALUES ($1, 'k', '', 1, 1, 1, 0)
                """, [owner])
            let service = SQLValue(ServiceAccountID())
            try connection.execute(
                "INSERT INTO service_accounts (workspace, id, name, created_at) VALUES ($1, $2, 'ci', 0)",
                [owner, service])
            let mask = PermissionSet([.keysWrite, .jobsRead])
            try connection.execute(
                """
                INSERT INTO api_keys (id, prefix, secret_hash, workspace, service_account, name, mask_low, mask_high,
                    created_at)
                VALUES ($1, $2, $2, $3, $4, 'ci', $5, $6, 0)
                """,
                [
                    SQLValue(APIKeyID()), .text("p\(workspace)"), owner, service,
                    .integer(Int64(bitPattern: mask.low)), .integer(Int64(bitPattern: mask.high)),
                ])
        }
    }
}
