import Endpoints
import Foundation
package import Model
import Storage

/// The webhooks of workspaces: whom to tell of what.
package struct WebhookStore: Sendable {
    package let tenants: TenantDatabase
    package let vault: Vault
    /// Whether addresses without TLS are taken: for tests and networks of one's own.
    package let allowsPlainHTTP: Bool

    /// How many webhooks a workspace may have.
    package static let limit: Int = 50
    /// How many deliveries of one webhook may wait.
    package static let backlogLimit: Int = 10_000
    /// How long the earlier secret signs after a new one was made.
    package static let overlap: Duration = .seconds(86_400)
    /// What wakes whoever sends.
    static let signal = "webhooks"

    package init(_ tenants: TenantDatabase, vault: Vault, allowsPlainHTTP: Bool = false) {
        self.tenants = tenants
        self.vault = vault
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    static func messageID() -> String { "msg_" + WebhookDeliveryID().description.suffix(32) }

    static func place(_ id: WebhookID) -> String { "webhook/\(id)" }

    // MARK: Webhooks

    /// All of them, the oldest first.
    package func webhooks(in workspace: WorkspaceID) async throws -> [Webhook] {
        try await tenants.database.read { connection throws(StorageError) in
            var webhooks: [Webhook] = []
            for row in try connection.query(
                "SELECT \(Webhook.columns) FROM webhook WHERE workspace = $1 ORDER BY id", [SQLValue(workspace)])
            {
                webhooks.append(try Webhook(row))
            }
            return webhooks
        }
    }

    /// One webhook.
    ///
    /// - Throws: `Problem`: `notFound`.
    package func webhook(_ id: WebhookID, in workspace: WorkspaceID) async throws -> Webhook {
        try await tenants.database.look { connection in try Webhook.read(id, in: workspace, on: connection) }
    }

    /// Makes one; the secret in the answer is shown this once.
    package func create(url: String, events: [String], by caller: Caller) async throws -> NewWebhook {
        let events = try checked(url, events)
        let (workspace, id, secret) = (caller.workspace, WebhookID(), WebhookSecret())
        let sealed = try vault.seal(secret.secret, for: Self.place(id))
        let webhook = try await tenants.database.transact { connection in
            try connection.holdName("webhooks/\(workspace)")
            let count = try connection.row(
                "SELECT COUNT(*) AS count FROM webhook WHERE workspace = $1", [SQLValue(workspace)])
            guard try count.integer("count") < Self.limit else {
                throw Problem(.conflict, "The workspace has \(Self.limit) webhooks, as many as it may.")
            }
            try connection.execute(
                """
                INSERT INTO webhook (workspace, id, url, events, secret, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, now_us(), now_us())
                """, [SQLValue(workspace), SQLValue(id), .text(url), .text(events), .text(sealed)])
            try connection.audit(
                AuditRecord(
                    "webhook.created", by: caller, target: id.description, detail: ["url": url, "events": events]),
                in: workspace)
            return try Webhook.read(id, in: workspace, on: connection)
        }
        return NewWebhook(webhook: webhook, secret: secret.secret)
    }

    /// Replaces its address and its events, and turns it on or off. One that is turned on goes on with what waits.
    package func update(
        _ id: WebhookID, url: String, events: [String], isEnabled: Bool, by caller: Caller
    ) async throws -> Webhook {
        let events = try checked(url, events)
        let workspace = caller.workspace
        return try await tenants.database.transact { connection in
            _ = try Webhook.read(id, in: workspace, on: connection)
            try connection.execute(
                """
                UPDATE webhook SET url = $3, events = $4, is_enabled = $5, problem = NULL, updated_at = now_us(),
                    due_at = CASE WHEN $5 = 1 THEN (SELECT MIN(d.due_at) FROM webhook_delivery d
                        WHERE d.workspace = $1 AND d.webhook = $2 AND d.due_at IS NOT NULL) END
                WHERE workspace = $1 AND id = $2
                """, [SQLValue(workspace), SQLValue(id), .text(url), .text(events), SQLValue(isEnabled)])
            connection.announce(Self.signal)
            try connection.audit(
                AuditRecord(
                    "webhook.updated", by: caller, target: id.description,
                    detail: ["url": url, "events": events, "enabled": String(isEnabled)]), in: workspace)
            return try Webhook.read(id, in: workspace, on: connection)
        }
    }

    /// Makes a new secret. The earlier one signs as well for a day, so that the receiver changes over when it likes.
    package func rotateSecret(of id: WebhookID, by caller: Caller) async throws -> NewWebhook {
        let (workspace, secret) = (caller.workspace, WebhookSecret())
        let sealed = try vault.seal(secret.secret, for: Self.place(id))
        let webhook = try await tenants.database.transact { connection in
            _ = try Webhook.read(id, in: workspace, on: connection)
            try connection.execute(
                """
                UPDATE webhook SET previous_secret = secret, previous_until = now_us() + $4, secret = $3,
                    updated_at = now_us() WHERE workspace = $1 AND id = $2
                """, [SQLValue(workspace), SQLValue(id), .text(sealed), .integer(Self.overlap.microseconds)])
            try connection.audit(
                AuditRecord("webhook.secret_rotated", by: caller, target: id.description), in: workspace)
            return try Webhook.read(id, in: workspace, on: connection)
        }
        return NewWebhook(webhook: webhook, secret: secret.secret)
    }

    /// Removes it with its deliveries.
    package func remove(_ id: WebhookID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.database.transact { connection in
            let removed = try connection.execute(
                "DELETE FROM webhook WHERE workspace = $1 AND id = $2", [SQLValue(workspace), SQLValue(id)])
            guard removed == 1 else { throw Problem(.notFound, "There is no webhook \(id).") }
            try connection.audit(
                AuditRecord("webhook.removed", by: caller, target: id.description), in: workspace)
        }
    }

    private func checked(_ url: String, _ events: [String]) throws -> String {
        guard url.utf8.count <= 2_000, let parts = URLComponents(string: url), parts.host?.isEmpty == false,
            parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.scheme == "https" || allowsPlainHTTP && parts.scheme == "http"
        else {
            throw Problem(
                .unprocessable, "A webhook's address begins with https://, and has no password and no '#'.",
                field: "url")
        }
        guard (1...50).contains(events.count), let unknown = events.first(where: { !WebhookEvent.isPattern($0) }) else {
            guard events.isEmpty || events.count > 50 else { return Set(events).sorted().joined(separator: " ") }
            throw Problem(.unprocessable, "A webhook names from 1 to 50 types of events, or '*'.", field: "events")
        }
        throw Problem(
            .unprocessable, "There is no event '\(unknown.prefix(60))'; the reference lists them.", field: "events")
    }
}
