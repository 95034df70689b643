import Endpoints
package import Model
import Storage

/// The documents of workspaces. Reads come from a cache, which a change updates before it is answered.
package struct DocumentStore: Sendable {
    package let tenants: TenantDatabase
    package let cache: DocumentCache

    /// The longest content.
    package static let sizeLimit: ByteCount = .kibibytes(256)
    /// How many documents a workspace may have.
    package static let countLimit: Int = 1_000
    /// How long a removed name is remembered; longer than any cache.
    private static let removedFor: Duration = .seconds(86_400)

    package init(_ tenants: TenantDatabase, cache: DocumentCache) {
        self.tenants = tenants
        self.cache = cache
    }

    /// One document.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func document(_ name: String, in workspace: WorkspaceID) async throws -> Document {
        let found = try await cache.document(DocumentKey(workspace: workspace, name: name)) {
            try await tenants.database.read { connection throws(StorageError) in
                let rows = try connection.query(
                    """
                    SELECT \(Document.columns) FROM document WHERE workspace = $1 AND name = $2 AND is_removed = 0
                    """, [SQLValue(workspace), .text(name)])
                return if let row = rows.first { try Document(row) } else { nil }
            }
        }
        guard let found else { throw Document.missing(name) }
        return found
    }

    /// A page of documents, by name.
    package func documents(
        in workspace: WorkspaceID, after: String? = nil, limit: Int = 100
    ) async throws -> [DocumentSummary] {
        try await tenants.database.read { connection throws(StorageError) in
            var documents: [DocumentSummary] = []
            for row in try connection.query(
                """
                SELECT name, version, \(connection.dialect.isPostgres ? "octet_length(content)" : "length(CAST(content AS BLOB))")
                    AS size, updated_by, updated_at
                FROM document WHERE workspace = $1 AND is_removed = 0 AND name > $2 ORDER BY name LIMIT \(max(limit, 1))
                """, [SQLValue(workspace), .text(after ?? "")])
            {
                documents.append(
                    DocumentSummary(
                        name: try row.text("name"), version: try row.integer("version"),
                        size: try row.integer("size"), updatedBy: try row.text("updated_by"),
                        updatedAt: try row.time("updated_at")))
            }
            return documents
        }
    }

    /// Makes a document, or replaces one.
    ///
    /// - Throws: `Problem`: `preconditionFailed` when the condition does not hold; `preconditionRequired` when it is there and
    ///   the caller did not say which version is meant.
    package func put(
        _ name: String, _ content: JSONText, if condition: DocumentCondition?, by caller: Caller
    ) async throws -> Document {
        try Self.check(name)
        guard content.text.utf8.count <= Self.sizeLimit.bytes else {
            throw Problem(.tooLarge, "A document has at most \(Self.sizeLimit) of JSON.")
        }
        let workspace = caller.workspace
        let document = try await tenants.database.transact { connection in
            var current = try Self.locked(name, in: workspace, on: connection)
            if current.version == nil {
                // Counted below; whoever adds another one has to wait, before either locks more.
                try connection.holdName("documents/\(workspace)")
                current = try Self.locked(name, in: workspace, on: connection)
            }
            try Self.check(condition, against: current)
            if current.version == nil { try Self.makeRoom(in: workspace, on: connection) }
            let rows = try connection.query(
                """
                INSERT INTO document (workspace, name, version, content, updated_by, updated_at)
                VALUES ($1, $2, 1, $3, $4, now_us())
                ON CONFLICT (workspace, name) DO UPDATE SET version = document.version + 1, content = excluded.content,
                    is_removed = 0, updated_by = excluded.updated_by, updated_at = excluded.updated_at
                    WHERE document.version = $5
                RETURNING \(Document.columns)
                """,
                [
                    SQLValue(workspace), .text(name), SQLValue(content),
                    .text(caller.principal.actor.description), .integer(current.row ?? 0),
                ])
            // Nothing comes back when somebody else made it at the same time.
            guard let row = rows.first else { throw Self.changed(nil) }
            let document = try Document(row)
            try connection.audit(
                AuditRecord(
                    current.version == nil ? "document.created" : "document.updated", by: caller, target: name,
                    detail: ["version": String(document.version)]), in: workspace)
            return document
        }
        await cache.changed(DocumentKey(workspace: workspace, name: name), version: document.version, to: document)
        return document
    }

    /// Removes a document.
    ///
    /// - Throws: `Problem`: `notFound`; `preconditionFailed` when the condition does not hold.
    package func remove(_ name: String, if condition: DocumentCondition?, by caller: Caller) async throws {
        let workspace = caller.workspace
        let version = try await tenants.database.transact { connection in
            let current = try Self.locked(name, in: workspace, on: connection)
            guard let version = current.version else { throw Document.missing(name) }
            if let condition { try Self.check(condition, against: current) }
            try connection.execute(
                """
                UPDATE document SET is_removed = 1, content = '{}', version = version + 1, updated_at = now_us()
                WHERE workspace = $1 AND name = $2
                """, [SQLValue(workspace), .text(name)])
            try connection.audit(AuditRecord("document.removed", by: caller, target: name), in: workspace)
            return version + 1
        }
        await cache.changed(DocumentKey(workspace: workspace, name: name), version: version, to: nil)
    }

    // MARK: Parts

    /// The versions of a name: that of its row, and that of the document if it is not removed.
    private typealias Current = (row: Int64?, version: Int64?)

    private static func locked(
        _ name: String, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Current {
        let rows = try connection.query(
            """
            SELECT version, is_removed FROM document WHERE workspace = $1 AND name = $2 \(connection.dialect.forUpdate)
            """, [SQLValue(workspace), .text(name)])
        guard let row = rows.first else { return (nil, nil) }
        let version = try row.integer("version")
        return (version, try row.bool("is_removed") ? nil : version)
    }

    private static func check(_ condition: DocumentCondition?, against current: Current) throws {
        switch (condition, current.version) {
        case (nil, .some):
            throw Problem(
                .preconditionRequired,
                "The document is there; send its ETag as If-Match, so that no change of somebody else is lost.")
        case (nil, nil), (.absent, nil), (.present, .some): return
        case (.versions(let versions), .some(let version)) where versions.contains(version): return
        case (_, let version): throw changed(version)
        }
    }

    private static func changed(_ version: Int64?) -> Problem {
        let state = version.map { "It has the version \($0) now" } ?? "It was made or removed in the meantime"
        return Problem(.preconditionFailed, "\(state); read it again and repeat the change.")
    }

    private static func makeRoom(in workspace: WorkspaceID, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM document WHERE workspace = $1 AND is_removed = 1 AND updated_at < now_us() - $2",
            [SQLValue(workspace), .integer(removedFor.microseconds)])
        let count = try connection.row(
            "SELECT COUNT(*) AS count FROM document WHERE workspace = $1 AND is_removed = 0", [SQLValue(workspace)])
        guard try count.integer("count") < countLimit else {
            throw Problem(.conflict, "The workspace has \(countLimit) documents, as many as it may; remove one first.")
        }
    }

    static func check(_ name: String) throws {
        guard (1...100).contains(name.utf8.count), !name.hasPrefix("."),
            name.utf8.allSatisfy({ byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "-_.".utf8.contains(byte)
            })
        else {
            throw Problem(
                .unprocessable, "A document's name has 1 to 100 of a-z, 0-9, '-', '_' and '.', and no '.' first.",
                field: "name")
        }
    }
}
