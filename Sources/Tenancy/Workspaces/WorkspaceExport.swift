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
        let tables = Self.all.map { table in
            File(name: table.file, content: Rows(database: database, workspace: workspace, table: table))
        }
        let audit = File(name: "audit.jsonl", content: log.export(from: workspace, as: .jsonLines))
        return ([audit] + tables).sorted { $0.name < $1.name }
    }

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
                    // The first comparison alone is one that an index answers where tables are joined.
                    let rest = last.isEmpty ? "" : "AND \(table.key[0]) >= $2 AND (\(key)) > (\(places))"
                    let found = try connection.query(
                        """
                        SELECT \(table.columns.joined(separator: ", ")) FROM \(table.source)
                        WHERE \(table.owner) = $1 \(rest) ORDER BY \(key) LIMIT \(Self.page)
                        """, [table.value(workspace)] + last)
                    var text = ""
                    for row in found { text += try Line.text(of: row, table.columns) + "\n" }
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
        /// Columns that hold JSON, given as the API shows it.
        private static let documents: Set<String> = ["input", "result", "failure", "content", "data", "payload"]

        static func text(of row: SQLRow, _ columns: [String]) throws(StorageError) -> String {
            var members: [String] = []
            for (name, value) in zip(columns, row.values) {
                switch name {
                case "mask_low": members.append("\"permissions\":\(try permissions(of: row, columns))")
                case "mask_high": break
                default: members.append("\"\(name)\":\(content(of: value, isDocument: documents.contains(name)))")
                }
            }
            return "{" + members.joined(separator: ",") + "}"
        }

        private static func content(of value: SQLValue, isDocument: Bool) -> String {
            switch value {
            case .null, .blob: "null"
            case .integer(let number): String(number)
            case .double(let number): number.isFinite ? "\(number)" : "null"
            case .text(let text) where isDocument:
                // Encoded once more, so that it takes one line.
                (try? JSONText(encoding: JSONText(trusted: text).withoutObjectKeys).text) ?? "null"
            // A text always encodes.
            case .text(let text): (try? JSONText(encoding: text).text) ?? "null"
            }
        }

        /// The names of what a role or a key allows; the built-in roles have theirs in the program.
        private static func permissions(of row: SQLRow, _ columns: [String]) throws(StorageError) -> String {
            let builtIn = columns.contains("builtin") ? try row.optionalText("builtin").flatMap(BuiltInRole.init) : nil
            let permissions = if let builtIn { builtIn.permissions } else { try row.permissions() }
            return "[" + permissions.permissions.map { "\"\($0.rawValue)\"" }.joined(separator: ",") + "]"
        }
    }
}
