import Foundation
package import Model
package import Storage

extension SQLConnection {
    /// Tells the workspace's webhooks of events, in the transaction of what happened: a row for each delivery, sent after the
    /// commit. Nothing is sent of what did not commit, and nothing that committed is lost.
    ///
    /// A webhook with more deliveries waiting than ``WebhookStore/backlogLimit`` gets no more until some have ended; its
    /// `problem` says so.
    package func emit(_ events: WebhookEvent..., in workspace: WorkspaceID) throws(StorageError) {
        try emit(events, in: workspace)
    }

    /// Tells of several events.
    package func emit(_ events: [WebhookEvent], in workspace: WorkspaceID) throws(StorageError) {
        guard !events.isEmpty else { return }
        let receivers = try query(
            "SELECT id, events FROM webhook WHERE workspace = $1 AND is_enabled = 1 ORDER BY id", [SQLValue(workspace)])
        guard !receivers.isEmpty else { return }
        let now = try row("SELECT now_us() AS now").time("now")
        let messages = events.map { event in
            (type: event.type, id: WebhookStore.messageID(), payload: Self.payload(event, at: now))
        }
        for receiver in receivers {
            let webhook: WebhookID = try receiver.id("id")
            let patterns = Webhook.events(try receiver.text("events"))
            let wanted = messages.filter { WebhookEvent.matches($0.type, patterns) }
            guard !wanted.isEmpty else { continue }
            try enqueue(wanted, for: webhook, in: workspace)
        }
    }

    /// Writes deliveries of one webhook and sees that it is looked at.
    func enqueue(
        _ messages: [(type: String, id: String, payload: String)], for webhook: WebhookID, in workspace: WorkspaceID
    ) throws(StorageError) {
        let key = [SQLValue(workspace), SQLValue(webhook)]
        // Looks no further than the bound, however many there are. Index: webhook_delivery_due.
        let excess = try query(
            """
            SELECT 1 AS one FROM webhook_delivery WHERE workspace = $1 AND webhook = $2 AND due_at IS NOT NULL
            LIMIT 1 OFFSET \(WebhookStore.backlogLimit)
            """, key)
        guard excess.isEmpty else {
            try execute(
                "UPDATE webhook SET problem = $3 WHERE workspace = $1 AND id = $2 AND problem IS NULL",
                key + [.text("\(WebhookStore.backlogLimit) deliveries wait; events since then were not kept.")])
            return
        }
        try execute(
            """
            INSERT INTO webhook_delivery (workspace, id, webhook, message, type, payload, state, due_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, 'pending', now_us(), now_us())
            """,
            batch: messages.map { message in
                [
                    SQLValue(workspace), SQLValue(WebhookDeliveryID()), SQLValue(webhook), .text(message.id),
                    .text(message.type), .text(message.payload),
                ]
            })
        // Only the first of a burst writes here, so that transactions of one workspace seldom wait for each other.
        try execute(
            """
            UPDATE webhook SET due_at = now_us()
            WHERE workspace = $1 AND id = $2 AND (due_at IS NULL OR due_at > now_us())
            """, key)
        announce(WebhookStore.signal)
    }

    private static func payload(_ event: WebhookEvent, at time: Timestamp) -> String {
        // The type is one of ours and the data is JSON already.
        "{\"type\":\"\(event.type)\",\"timestamp\":\"\(time)\",\"data\":\(event.data.text)}"
    }
}
