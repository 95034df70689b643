import Endpoints
package import Model
import Storage

extension WebhookStore {
    /// The deliveries of a webhook, the newest first. Index: webhook_delivery_list.
    package func deliveries(
        of webhook: WebhookID, in workspace: WorkspaceID, before: WebhookDeliveryID? = nil, limit: Int = 100
    ) async throws -> [WebhookDelivery] {
        try await tenants.database.look { connection in
            _ = try Webhook.read(webhook, in: workspace, on: connection)
            let before = before.map { [SQLValue($0)] } ?? []
            var deliveries: [WebhookDelivery] = []
            for row in try connection.query(
                """
                SELECT \(WebhookDelivery.columns) FROM webhook_delivery
                WHERE workspace = $1 AND webhook = $2 \(before.isEmpty ? "" : "AND id < $3")
                ORDER BY id DESC LIMIT \(max(limit, 1))
                """, [SQLValue(workspace), SQLValue(webhook)] + before)
            {
                deliveries.append(try WebhookDelivery(row))
            }
            return deliveries
        }
    }

    /// Sends what was sent before once more, under the same message id.
    package func redeliver(
        _ id: WebhookDeliveryID, of webhook: WebhookID, by caller: Caller
    ) async throws {
        let workspace = caller.workspace
        try await tenants.database.transact { connection in
            let rows = try connection.query(
                """
                SELECT \(WebhookDelivery.columns) FROM webhook_delivery
                WHERE workspace = $1 AND webhook = $2 AND id = $3
                """, [SQLValue(workspace), SQLValue(webhook), SQLValue(id)])
            guard let row = rows.first else { throw Problem(.notFound, "There is no delivery \(id).") }
            let delivery = try WebhookDelivery(row)
            guard try Webhook.read(webhook, in: workspace, on: connection).isEnabled else {
                throw Problem(.conflict, "The webhook is turned off; turn it on first.")
            }
            try connection.enqueue(
                [(delivery.type, delivery.message, delivery.payload.text)], for: webhook, in: workspace)
            try connection.audit(
                AuditRecord("webhook.redelivered", by: caller, target: id.description), in: workspace)
        }
    }

    /// Sends an event that means nothing, so that somebody sees whether it arrives.
    package func test(_ webhook: WebhookID, by caller: Caller) async throws {
        let workspace = caller.workspace
        try await tenants.database.transact { connection in
            guard try Webhook.read(webhook, in: workspace, on: connection).isEnabled else {
                throw Problem(.conflict, "The webhook is turned off; turn it on first.")
            }
            let time = try connection.row("SELECT now_us() AS now").time("now")
            let payload = "{\"type\":\"webhook.test\",\"timestamp\":\"\(time)\",\"data\":{\"webhook\":\"\(webhook)\"}}"
            try connection.enqueue([("webhook.test", Self.messageID(), payload)], for: webhook, in: workspace)
        }
    }

    /// Forgets deliveries that ended long ago, a limited number at a time; returns how many. Index:
    /// webhook_delivery_finished.
    package func prune(olderThan age: Duration = .seconds(30 * 86_400), limit: Int = 1_000) async throws -> Int {
        try await tenants.database.write { connection throws(StorageError) in
            try connection.execute(
                """
                DELETE FROM webhook_delivery WHERE (workspace, id) IN (
                    SELECT workspace, id FROM webhook_delivery WHERE finished_at < now_us() - $1
                    ORDER BY finished_at LIMIT \(max(limit, 1)))
                """, [.integer(age.microseconds)])
        }
    }
}
