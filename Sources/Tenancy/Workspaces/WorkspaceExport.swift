package import Model
package import Storage

/// Everything that this target keeps for a workspace, as files of an archive. Secrets and their hashes stay out.
///
/// Each file is JSON Lines, one object a line in the order of keys, read in pages: what changes meanwhile may be in one file
/// and not in another.
package struct WorkspaceExport: Sendable {
    private let database: any SQLDatabase
    private let workspace: WorkspaceID

    package init(of workspace: WorkspaceID, in database: any SQLDatabase) {
        self.database = database
        self.workspace = workspace
    }

    /// One file of the archive.
    package struct File: Sendable {
        /// `members.jsonl`.
        package let name: String
        /// Its lines, in parts.
        package let content: any AsyncSequence<String, any Error> & Sendable
    }

    /// The files, in the order of their names; the audit log is one of them, with its hashes.
    package func files(log: AuditLog) -> [File] {
        let tables = Self.tables.map { table in
            File(name: table.file, content: Rows(database: database, workspace: workspace, table: table))
        }
        let audit = File(name: "audit.jsonl", content: log.export(from: workspace, as: .jsonLines))
        return ([audit] + tables).sorted { $0.name < $1.name }
    }

    /// A table, its columns that people may see, and the key by which it is read.
    fileprivate struct Table: Sendable {
        let file: String
        let name: String
        let key: [String]
        let columns: [String]
        var owner = "workspace"
    }

    private static let tables: [Table] = [
        Table(
            file: "workspace.jsonl", name: "workspace", key: ["id"],
            columns: ["id", "slug", "name", "state", "reason", "plan", "created_at", "updated_at"], owner: "id"),
        Table(
            file: "roles.jsonl", name: "role", key: ["id"],
            columns: ["id", "name", "builtin", "mask_low", "mask_high", "rank", "created_at", "updated_at"]),
        Table(
            file: "members.jsonl", name: "membership", key: ["member"],
            columns: ["member", "role", "title", "manager", "joined_at"]),
        Table(
            file: "invites.jsonl", name: "invite", key: ["id"],
            columns: [
                "id", "email", "role", "created_by", "created_at", "expires_at", "accepted_at", "accepted_by",
                "revoked_at",
            ]),
        Table(
            file: "projects.jsonl", name: "project", key: ["id"],
            columns: ["id", "name", "description", "created_by", "created_at", "updated_at"]),
        Table(
            file: "documents.jsonl", name: "document", key: ["name"],
            columns: ["name", "version", "content", "is_removed", "updated_by", "updated_at"]),
        Table(
            file: "webhooks.jsonl", name: "webhook", key: ["id"],
            columns: ["id", "url", "events", "is_enabled", "problem", "created_at", "updated_at"]),
        Table(
            file: "quotas.jsonl", name: "quota_counter", key: ["meter", "period"],
            columns: ["meter", "period", "used", "reserved", "cap"]),
        Table(
            file: "usage.jsonl", name: "usage_event", key: ["source", "event"],
            columns: ["source", "event", "meter", "quantity", "occurred_at", "recorded_at"]),
    ]

    /// The rows of one table, a page at a time.
    private struct Rows: AsyncSequence, Sendable {
        let database: any SQLDatabase
        let workspace: WorkspaceID
        let table: Table

        func makeAsyncIterator() -> Iterator { Iterator(rows: self) }

        struct Iterator: AsyncIteratorProtocol {
            private static let page = 500
            private let rows: Rows
            private var last: [SQLValue] = []
            private var isDone = false

            init(rows: Rows) {
                self.rows = rows
            }

            mutating func next() async throws -> String? {
                guard !isDone else { return nil }
                let (table, workspace, last) = (rows.table, rows.workspace, last)
                let (text, end, count) = try await rows.database.read { connection throws(StorageError) in
                    let key = table.key.joined(separator: ", ")
                    let places = last.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
                    let found = try connection.query(
                        """
                        SELECT \(table.columns.joined(separator: ", ")) FROM \(table.name)
                        WHERE \(table.owner) = $1 \(last.isEmpty ? "" : "AND (\(key)) > (\(places))")
                        ORDER BY \(key) LIMIT \(Self.page)
                        """, [SQLValue(workspace)] + last)
                    var text = ""
                    for row in found { text += Line.text(of: row, table.columns) + "\n" }
                    let end = try found.last.map { row throws(StorageError) in
                        try table.key.map { name throws(StorageError) in try row[name] }
                    }
                    return (text, end ?? [], found.count)
                }
                self.last = end
                isDone = count < Self.page
                return text.isEmpty ? nil : text
            }
        }
    }

    /// One row as a JSON object.
    private enum Line {
        static func text(of row: SQLRow, _ columns: [String]) -> String {
            let members = zip(columns, row.values).map { name, value in
                let content =
                    switch value {
                    case .null, .blob: "null"
                    case .integer(let number): String(number)
                    case .double(let number): number.isFinite ? "\(number)" : "null"
                    // A text always encodes.
                    case .text(let text): (try? JSONText(encoding: text).text) ?? "null"
                    }
                return "\"\(name)\":\(content)"
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }
}
