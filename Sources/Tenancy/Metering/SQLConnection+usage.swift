import Endpoints
package import Model
package import Storage

extension SQLConnection {
    /// Counts what was used, in the transaction of what used it: the event first, and only if it is new the totals of its day
    /// and month. False for one that was told before.
    ///
    /// - Throws: `Problem`: `conflict` for an event of the same name that says something else.
    package func record(_ event: UsageEvent, in workspace: WorkspaceID) throws -> Bool {
        try check(event)
        let hash = event.payloadHash
        let made = try execute(
            """
            INSERT INTO usage_event (workspace, source, event, meter, quantity, occurred_at, recorded_at, payload_hash)
            VALUES ($1, $2, $3, $4, $5, $6, now_us(), $7) ON CONFLICT DO NOTHING
            """,
            [
                SQLValue(workspace), .text(event.source), .text(event.id), .text(event.meter),
                .integer(event.quantity), SQLValue(event.occurredAt), .text(hash),
            ])
        guard made == 1 else {
            let known = try query(
                "SELECT payload_hash FROM usage_event WHERE workspace = $1 AND source = $2 AND event = $3",
                [SQLValue(workspace), .text(event.source), .text(event.id)])
            guard try known.first?.text("payload_hash") == hash else {
                throw Problem(
                    .conflict, "The event '\(event.id)' of '\(event.source)' was told before with other content.")
            }
            return false
        }
        try execute(
            """
            INSERT INTO usage_total (workspace, meter, period, quantity, events) VALUES ($1, $2, $3, $4, 1)
            ON CONFLICT (workspace, meter, period) DO UPDATE SET
                quantity = usage_total.quantity + excluded.quantity, events = usage_total.events + 1
            """,
            batch: [event.occurredAt.day, Month(of: event.occurredAt).description].map { period in
                [SQLValue(workspace), .text(event.meter), .text(period), .integer(event.quantity)]
            })
        return true
    }

    private func check(_ event: UsageEvent) throws {
        guard (1...60).contains(event.meter.utf8.count),
            event.meter.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
        else {
            throw Problem(.unprocessable, "A meter's name has 1 to 60 of a-z, 0-9 and '_'.", field: "meter")
        }
        guard (1...200).contains(event.source.utf8.count), (1...200).contains(event.id.utf8.count) else {
            throw Problem(.unprocessable, "An event has a source and an id, of at most 200 bytes each.", field: "id")
        }
        guard (0...(1 << 53)).contains(event.quantity) else {
            throw Problem(.unprocessable, "A quantity must lie between 0 and 2^53.", field: "quantity")
        }
    }
}
