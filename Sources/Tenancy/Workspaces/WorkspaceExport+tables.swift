import Model
import Storage

extension WorkspaceExport {
    /// A table, or several that are joined, its columns that people may see, and the key by which it is read.
    struct Table: Sendable {
        let file: String
        /// The tables whose rows it has.
        let tables: [String]
        /// What it is read from; the one table unless told.
        let source: String
        /// Columns whose values come in this order and are each row's own together. The first has an index with `owner`.
        let key: [String]
        let columns: [String]
        /// The column that says whose a row is, and what it holds for a workspace.
        let owner: String
        let value: @Sendable (WorkspaceID) -> SQLValue

        init(
            file: String, tables: [String], source: String? = nil, key: [String], columns: [String],
            owner: String = "workspace", value: @escaping @Sendable (WorkspaceID) -> SQLValue = { SQLValue($0) }
        ) {
            self.file = file
            self.tables = tables
            self.source = source ?? tables.joined()
            self.key = key
            self.columns = columns
            self.owner = owner
            self.value = value
        }
    }

    /// The tables that an export has; the audit log is read by ``AuditLog``.
    package static let exported: Set<String> = Set(all.flatMap(\.tables)).union(["audit_entry"])

    /// The tables with rows of workspaces, or of their jobs, that no export has, and why.
    package static let leftOut: [String: String] = [
        "audit_head": "The last line of the audit log has the same hash.",
        "cap_slot": "Which running job holds a cap, for the moment.",
        "cap_waiter": "Which jobs wait for a cap, for the moment.",
        "fair_share": "How far the workspace is in the order of claims, for the moment.",
        "idempotency": "Hashes of inputs, by which a job that is submitted twice is known.",
        "idempotency_key": "Answers that are kept for a day, encrypted, for requests that come twice.",
        "outside_worker": "Which programs of the workspace's own are connected, for the moment.",
        "quota_reservation": "What running jobs have set aside; the quotas have the sums.",
        "step_result": "Results of steps, kept to save doing them again; the jobs have what came of them.",
        "stored_object": "Where files are stored; the artifacts say which there are.",
        "upload_use": "Which jobs need which uploaded file; the jobs' inputs say so.",
        "workspace_limit": "What the workspace gets of the workers, which follows from its plan.",
    ]

    static let all: [Table] = people + jobs + accounts

    private static let people: [Table] = [
        Table(
            file: "workspace.jsonl", tables: ["workspace"], key: ["id"],
            columns: ["id", "slug", "name", "state", "reason", "plan", "created_at", "updated_at"], owner: "id"),
        Table(
            file: "roles.jsonl", tables: ["role"], key: ["id"],
            columns: ["id", "name", "builtin", "mask_low", "mask_high", "rank", "created_at", "updated_at"]),
        Table(
            file: "members.jsonl", tables: ["membership"],
            source: "membership LEFT JOIN users ON users.id = member", key: ["member"],
            columns: ["member", "email", "name", "role", "title", "manager", "joined_at"]),
        Table(
            file: "invites.jsonl", tables: ["invite"], key: ["id"],
            columns: [
                "id", "email", "role", "created_by", "created_at", "expires_at", "accepted_at", "accepted_by",
                "revoked_at",
            ]),
        Table(
            file: "keys.jsonl", tables: ["api_keys"], key: ["id"],
            columns: [
                "id", "prefix", "name", "user_id", "service_account", "made_by", "mask_low", "mask_high", "created_at",
                "last_used_at", "expires_at", "revoked_at",
            ]),
        Table(
            file: "service-accounts.jsonl", tables: ["service_accounts"], key: ["id"],
            columns: ["id", "name", "created_by", "created_at", "disabled_at"]),
        Table(
            file: "projects.jsonl", tables: ["project"], key: ["id"],
            columns: ["id", "name", "description", "created_by", "created_at", "updated_at"]),
        Table(
            file: "documents.jsonl", tables: ["document"], key: ["name"],
            columns: ["name", "version", "content", "is_removed", "updated_by", "updated_at"]),
    ]

    private static let jobs: [Table] = [
        Table(
            file: "jobs.jsonl", tables: ["job", "live_job"],
            source: """
                (SELECT job.workspace, job.id, job.kind, COALESCE(live_job.state, job.state) AS state, job.priority,
                    job.input, job.result, job.failure, COALESCE(live_job.attempt, job.attempt) AS attempt, job.batch,
                    job.request, job.created_at, COALESCE(live_job.started_at, job.started_at) AS started_at,
                    job.finished_at
                FROM job LEFT JOIN live_job ON live_job.job = job.id) AS jobs
                """, key: ["id"],
            columns: [
                "id", "kind", "state", "priority", "input", "result", "failure", "attempt", "batch", "request",
                "created_at", "started_at", "finished_at",
            ]),
        ofJobs(
            file: "job-events.jsonl", table: "event", key: "position", columns: ["type", "data", "at"]),
        ofJobs(
            file: "job-steps.jsonl", table: "step", key: "name", columns: ["reused", "started_at", "finished_at"]),
        ofJobs(file: "job-needs.jsonl", table: "dependency", key: "needs", columns: ["on_failure"]),
        ofJobs(
            file: "artifacts.jsonl", table: "artifact", key: "name",
            columns: ["content_type", "size", "sha256", "created_at"]),
        Table(
            file: "batches.jsonl", tables: ["batch"], key: ["id"], columns: ["id", "kind", "size", "created_at"]),
        Table(
            file: "schedules.jsonl", tables: ["schedule"], key: ["name"],
            columns: [
                "id", "name", "kind", "input", "cron", "time_zone", "missed", "is_paused", "created_at", "updated_at",
            ]),
        Table(
            file: "queues.jsonl", tables: ["queue_mode"], key: ["kind"], columns: ["kind", "mode", "changed_at"]),
        Table(
            file: "worker-kinds.jsonl", tables: ["outside_kind"], key: ["name"],
            columns: ["name", "summary", "band", "max_attempts", "timeout_us", "updated_at"]),
        // A cap's key begins with the workspace, in as many letters for each; caps of the whole server do not.
        Table(
            file: "caps.jsonl", tables: ["cap"],
            source: """
                (SELECT substr(key, 1, \(capOwner(.local).count)) AS workspace,
                    substr(key, \(capOwner(.local).count + 1)) AS name, slots FROM cap) AS caps
                """, key: ["name"], columns: ["name", "slots"], value: { .text(capOwner($0)) }),
    ]

    private static let accounts: [Table] = [
        Table(
            file: "webhooks.jsonl", tables: ["webhook"], key: ["id"],
            columns: ["id", "url", "events", "is_enabled", "problem", "created_at", "updated_at"]),
        Table(
            file: "webhook-deliveries.jsonl", tables: ["webhook_delivery"], key: ["id"],
            columns: [
                "id", "webhook", "message", "type", "payload", "state", "attempt", "due_at", "status", "problem",
                "created_at", "finished_at",
            ]),
        Table(
            file: "quotas.jsonl", tables: ["quota_counter"], key: ["meter", "period"],
            columns: ["meter", "period", "used", "reserved", "cap"]),
        Table(
            file: "usage.jsonl", tables: ["usage_event"], key: ["source", "event"],
            columns: ["source", "event", "meter", "quantity", "occurred_at", "recorded_at"]),
        Table(
            file: "usage-totals.jsonl", tables: ["usage_total"], key: ["meter", "period"],
            columns: ["meter", "period", "quantity", "events"]),
    ]

    private static func capOwner(_ workspace: WorkspaceID) -> String { "\(workspace)/" }

    /// Rows that hang on jobs, job by job. Indexes: job_list, then the table's own by `job` and `key`.
    private static func ofJobs(file: String, table: String, key: String, columns: [String]) -> Table {
        let own = ([key] + columns).map { "\(table).\($0)" }.joined(separator: ", ")
        return Table(
            file: file, tables: [table],
            source: """
                (SELECT job.workspace AS workspace, job.id AS job, \(own)
                FROM job JOIN \(table) ON \(table).job = job.id) AS rows_of_jobs
                """, key: ["job", key], columns: ["job", key] + columns)
    }
}
