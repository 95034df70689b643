import Endpoints
package import Model
import Storage

/// A receiver outside that is told of events in a workspace.
package struct Webhook: Hashable, Sendable, Encodable {
    package let id: WebhookID
    package let url: String
    /// Types of events, beginnings such as `job.*`, or `*`.
    package let events: [String]
    package let isEnabled: Bool
    /// Why it was turned off.
    package let problem: String?
    /// Until when the secret before this one signs as well.
    package let previousUntil: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case id, url, events, problem
        case isEnabled = "enabled"
        case previousUntil = "previous_secret_until"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    static let columns = "id, url, events, is_enabled, problem, previous_until, created_at, updated_at"

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("id")
        url = try row.text("url")
        events = Self.events(try row.text("events"))
        isEnabled = try row.bool("is_enabled")
        problem = try row.optionalText("problem")
        previousUntil = try row.optionalTime("previous_until")
        createdAt = try row.time("created_at")
        updatedAt = try row.time("updated_at")
    }

    /// One webhook.
    ///
    /// - Throws: `Problem`: the same one for a webhook that never was and for one of another workspace.
    static func read(_ id: WebhookID, in workspace: WorkspaceID, on connection: any SQLConnection) throws -> Webhook {
        let rows = try connection.query(
            "SELECT \(columns) FROM webhook WHERE workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)])
        guard let row = rows.first else { throw Problem(.notFound, "There is no webhook \(id).") }
        return try Webhook(row)
    }

    /// The column: words with spaces between.
    static func events(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

/// A webhook that was just made or has a new secret, which is shown once.
package struct NewWebhook: Sendable {
    package let webhook: Webhook
    package let secret: Secret
}

/// One event on its way to one receiver, or how that ended.
package struct WebhookDelivery: Hashable, Sendable, Encodable {
    package let id: WebhookDeliveryID
    package let webhook: WebhookID
    /// The same in every attempt, also when it is sent again by hand: receivers know by it what they have.
    package let message: String
    package let type: String
    package let payload: JSONText
    package let state: String
    /// How often it was tried.
    package let attempts: Int
    /// When it is tried next.
    package let dueAt: Timestamp?
    /// What the receiver answered last.
    package let status: Int?
    package let problem: String?
    package let createdAt: Timestamp
    package let finishedAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, webhook, message, type, payload, state, attempts, status, problem
        case dueAt = "due_at"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
    }

    static let columns = """
        id, webhook, message, type, payload, state, attempt, due_at, status, problem, created_at, finished_at
        """

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("id")
        webhook = try row.id("webhook")
        message = try row.text("message")
        type = try row.text("type")
        payload = try row.json("payload")
        state = try row.text("state")
        attempts = Int(try row.integer("attempt"))
        dueAt = try row.optionalTime("due_at")
        status = try row.optionalInteger("status").map { Int($0) }
        problem = try row.optionalText("problem")
        createdAt = try row.time("created_at")
        finishedAt = try row.optionalTime("finished_at")
    }
}

/// Marks ids of deliveries.
package enum WebhookDeliveryTag: IdentifierKind {
    /// What stands before the digits.
    package static let prefix: String = "delivery"
}

/// Names one delivery of a webhook.
package typealias WebhookDeliveryID = Identifier<WebhookDeliveryTag>
