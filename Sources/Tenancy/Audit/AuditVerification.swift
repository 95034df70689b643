package import Model
import Storage

/// What a walk along a workspace's chain found.
package struct AuditVerification: Hashable, Sendable, Encodable {
    package let workspace: WorkspaceID
    /// How many entries hold together, from the first on.
    package let entries: Int64
    /// The hash of the last of them. Kept somewhere else and given to a later check, it also proves that the log was not
    /// put back to an earlier state together with its head.
    package let hash: String
    /// What is wrong; nil when nothing is.
    package let problem: String?

    /// A place in a chain that somebody wrote down.
    package struct Anchor: Hashable, Sendable {
        package let sequence: Int64
        package let hash: String

        package init(sequence: Int64, hash: String) {
            self.sequence = sequence
            self.hash = hash
        }

        /// Reads `128:9f86…`; nil for anything else.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1].utf8.count == 64 else {
                return nil
            }
            self.init(sequence: sequence, hash: parts[1].lowercased())
        }
    }
}

/// Walks along a chain, entry by entry.
struct AuditWalk {
    private(set) var sequence: Int64 = 0
    private(set) var hash = AuditChain.origin

    /// What is wrong with the next entry; nil when it follows.
    mutating func follow(_ entry: AuditEntry, anchor: AuditVerification.Anchor?) -> String? {
        guard entry.sequence == sequence + 1 else {
            return entry.sequence <= sequence
                ? "Entry \(entry.sequence) is there twice: entries were reordered or copied."
                : "Entry \(sequence + 1) is missing; the next that is there is \(entry.sequence)."
        }
        guard entry.previousHash == hash else {
            return "Entry \(entry.sequence) does not follow the one before it: it was changed, moved or put in."
        }
        guard entry.expectedHash == entry.hash else {
            return "Entry \(entry.sequence) is not what was written: its hash does not match its content."
        }
        if let anchor, anchor.sequence == entry.sequence, anchor.hash != entry.hash {
            return "Entry \(entry.sequence) is not the one whose hash was noted: the log was written anew."
        }
        (sequence, hash) = (entry.sequence, entry.hash)
        return nil
    }
}

extension AuditLog {
    /// Walks along the whole chain of a workspace; finds an edit, a deletion, a changed order and a missing end.
    ///
    /// - Parameter anchor: a place that an earlier check gave.
    package func verify(
        _ workspace: WorkspaceID, anchor: AuditVerification.Anchor? = nil
    ) async throws -> AuditVerification {
        // The end as of now: what is appended meanwhile is the next check's.
        let head = try await head(of: workspace)
        var walk = AuditWalk()
        func found(_ problem: String?) -> AuditVerification {
            .init(workspace: workspace, entries: walk.sequence, hash: walk.hash, problem: problem)
        }
        while walk.sequence < head.sequence {
            let entries = try await page(in: workspace, filter: AuditFilter(), after: walk.sequence)
            guard !entries.isEmpty else {
                return found(
                    "The log ends at entry \(walk.sequence), and \(head.sequence) were written: its end is gone.")
            }
            for entry in entries where walk.sequence < head.sequence {
                if let problem = walk.follow(entry, anchor: anchor) { return found(problem) }
            }
        }
        guard walk.hash == head.hash else {
            return found("The last entry is not the one that was written last: the log or its head was changed.")
        }
        let rest = try await page(in: workspace, filter: AuditFilter(), after: head.sequence)
        let now = try await self.head(of: workspace)
        if let surplus = rest.last, surplus.sequence > now.sequence {
            return found("There are entries after \(now.sequence), the last one: the head was changed.")
        }
        if let anchor, anchor.sequence > walk.sequence {
            return found(
                "The log ends at entry \(walk.sequence), before \(anchor.sequence), which was noted: its end is gone.")
        }
        return found(nil)
    }

    private func head(of workspace: WorkspaceID) async throws -> AuditVerification.Anchor {
        try await tenants.database.read { connection throws(StorageError) in
            let rows = try connection.query(
                "SELECT seq, hash FROM audit_head WHERE workspace = $1", [SQLValue(workspace)])
            guard let row = rows.first else { return .init(sequence: 0, hash: AuditChain.origin) }
            return .init(sequence: try row.integer("seq"), hash: try row.text("hash"))
        }
    }

    /// The workspaces that have a log, after one, in order.
    package func workspaces(after: WorkspaceID? = nil, limit: Int = 100) async throws -> [WorkspaceID] {
        try await tenants.database.read { connection throws(StorageError) in
            let rows = try connection.query(
                "SELECT workspace FROM audit_head WHERE workspace > $1 ORDER BY workspace LIMIT \(max(limit, 1))",
                [.text(after?.sql ?? "00000000-0000-0000-0000-000000000000")])
            var ids: [WorkspaceID] = []
            for row in rows { ids.append(try row.id("workspace")) }
            return ids
        }
    }
}
