package import Model
import Storage

/// One entry of a workspace's audit log, a link of its chain.
package struct AuditEntry: Hashable, Sendable, Encodable {
    package let workspace: WorkspaceID
    /// 1, 2, 3 … without gaps.
    package let sequence: Int64
    package let at: Timestamp
    package let actor: String
    package let action: String
    package let target: String?
    package let outcome: String
    package let detail: JSONText
    package let request: String?
    package let address: String?
    /// The hash of the entry before; 64 zeros for the first.
    package let previousHash: String
    /// The SHA-256 of ``AuditChain/bytes(of:)``, in hexadecimal.
    package let hash: String

    private enum CodingKeys: String, CodingKey {
        case sequence = "seq"
        case previousHash = "previous_hash"
        case workspace, at, actor, action, target, outcome, detail, request, address, hash
    }

    static let columns = """
        workspace, seq, at, actor, action, target, outcome, detail, request, address, previous_hash, hash
        """

    init(_ row: SQLRow) throws(StorageError) {
        workspace = try row.id("workspace")
        sequence = try row.integer("seq")
        at = try row.time("at")
        actor = try row.text("actor")
        action = try row.text("action")
        target = try row.optionalText("target")
        outcome = try row.text("outcome")
        detail = try row.json("detail")
        request = try row.optionalText("request")
        address = try row.optionalText("address")
        previousHash = try row.text("previous_hash")
        hash = try row.text("hash")
    }

    /// The entry that follows another.
    init(_ record: AuditRecord, in workspace: WorkspaceID, sequence: Int64, at: Timestamp, after previousHash: String) {
        self.workspace = workspace
        self.sequence = sequence
        self.at = at
        actor = record.actor
        action = record.action
        target = record.target
        outcome = record.outcome.rawValue
        detail = record.detail
        request = record.request
        address = record.address
        self.previousHash = previousHash
        hash = AuditChain.hash(
            workspace: workspace, sequence: sequence, at: at, previousHash: previousHash,
            texts: [actor, action, target, outcome, detail.text, request, address])
    }

    /// What its hash has to be.
    var expectedHash: String {
        AuditChain.hash(
            workspace: workspace, sequence: sequence, at: at, previousHash: previousHash,
            texts: [actor, action, target, outcome, detail.text, request, address])
    }

    /// The columns, in order.
    var values: [SQLValue] {
        [
            SQLValue(workspace), .integer(sequence), SQLValue(at), .text(actor), .text(action), SQLValue(target),
            .text(outcome), SQLValue(detail), SQLValue(request), SQLValue(address), .text(previousHash), .text(hash),
        ]
    }
}
