import Endpoints
package import Model
import Storage

/// What workspaces used, by day and by month.
package struct UsageLedger: Sendable {
    package let tenants: TenantDatabase

    package init(_ tenants: TenantDatabase) {
        self.tenants = tenants
    }

    /// The totals of a span of time.
    package enum Grain: String, Hashable, Sendable, CaseIterable {
        case day, month

        /// How long its periods are written: `2026-03-01`, `2026-03`.
        fileprivate var length: Int { self == .day ? 10 : 7 }
        /// How many one answer may have for each meter.
        fileprivate var limit: Int { self == .day ? 366 : 120 }
    }

    /// What was used of one meter in one period.
    package struct Total: Hashable, Sendable, Encodable {
        package let meter: String
        package let period: String
        package let quantity: Int64
        package let events: Int64
    }

    /// Counts what was used, in a transaction of its own. False for an event that was told before.
    ///
    /// - Throws: `Problem`: `conflict` for an event of the same name that says something else.
    package func record(_ event: UsageEvent, in workspace: WorkspaceID) async throws -> Bool {
        try await tenants.database.transact { connection in try connection.record(event, in: workspace) }
    }

    /// The totals between two periods, both included, by period and meter. Index: the primary key.
    ///
    /// - Parameters:
    ///   - from: `2026-03-01`, or `2026-03` for months.
    ///   - through: the last one; by default, today's.
    /// - Throws: `Problem` for what is no period, and for more of them than one answer has.
    package func totals(
        of workspace: WorkspaceID, by grain: Grain, from: String? = nil, through: String? = nil, meter: String? = nil
    ) async throws -> [Total] {
        let from = try from.map { try Self.checked($0, grain, "from") }
        let through = try through.map { try Self.checked($0, grain, "through") }
        return try await tenants.database.look { connection in
            let now = try connection.row("SELECT now_us() AS now").time("now")
            let last = through ?? (grain == .day ? now.day : Month(of: now).description)
            let first = from ?? (grain == .day ? (now + .seconds(-29 * 86_400)).day : String(last.prefix(4)) + "-01")
            var values: [SQLValue] = [SQLValue(workspace), .text(first), .text(last), SQLValue(grain.length)]
            if let meter { values.append(.text(meter)) }
            // One more than fits tells that there are more.
            let periods = try connection.row(
                """
                SELECT COUNT(DISTINCT period) AS count FROM usage_total
                WHERE workspace = $1 AND period >= $2 AND period <= $3 AND length(period) = $4
                    \(meter == nil ? "" : "AND meter = $5")
                """, values)
            guard try periods.integer("count") <= grain.limit else {
                throw Problem(
                    .unprocessable, "One answer has at most \(grain.limit) periods; ask for a shorter span.",
                    field: "from")
            }
            var totals: [Total] = []
            for row in try connection.query(
                """
                SELECT meter, period, quantity, events FROM usage_total
                WHERE workspace = $1 AND period >= $2 AND period <= $3 AND length(period) = $4
                    \(meter == nil ? "" : "AND meter = $5")
                ORDER BY period, meter
                """, values)
            {
                totals.append(
                    Total(
                        meter: try row.text("meter"), period: try row.text("period"),
                        quantity: try row.integer("quantity"), events: try row.integer("events")))
            }
            return totals
        }
    }

    private static func checked(_ text: String, _ grain: Grain, _ field: String) throws -> String {
        let suffix = grain == .day ? "T00:00:00Z" : "-01T00:00:00Z"
        guard text.utf8.count == grain.length, Timestamp(text + suffix) != nil else {
            let form = grain == .day ? "2026-03-01" : "2026-03"
            throw Problem(.unprocessable, "The parameter '\(field)' has the form \(form).", field: field)
        }
        return text
    }
}
