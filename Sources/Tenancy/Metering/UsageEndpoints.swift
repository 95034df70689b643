package import Endpoints
import Model

/// The operations on what a workspace uses and may use.
package struct UsageEndpoints: Sendable {
    let usage: UsageLedger
    let quotas: QuotaLedger

    package init(usage: UsageLedger, quotas: QuotaLedger) {
        self.usage = usage
        self.quotas = quotas
    }

    /// All of them.
    package var all: [Endpoint] { [totals, counters] }

    private static let period: Schema = .string(pattern: "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")

    private var totals: Endpoint {
        Endpoint(
            .get, "/api/v1/usage", id: "getUsage", summary: "Shows what the workspace used, by day or by month",
            description: "Days and months are those of UTC. The last 30 days, or the months of this year, unless told.",
            access: .needs(.usageRead), rateClass: .read,
            parameters: [
                .init(.query, "by", .string(values: ["day", "month"]), "`day` unless told."),
                .init(.query, "from", Self.period, "The first day (`2026-03-01`) or month (`2026-03`)."),
                .init(.query, "through", Self.period, "The last one; today's unless told."),
                .init(.query, "meter", .string(), "One meter only."),
            ],
            answers: [.json(200, "The totals, by period and meter.", .named("UsagePage"))], problems: [.unprocessable]
        ) { request in
            let totals = try await usage.totals(
                of: request.principal.workspace, by: try request.choice("by") ?? .day, from: request.query["from"],
                through: request.query["through"], meter: request.query["meter"])
            return try .json(200, Page(items: totals, next: nil))
        }
    }

    private var counters: Endpoint {
        Endpoint(
            .get, "/api/v1/quotas", id: "getQuotas", summary: "Shows the bounds of the plan and what is used of them",
            access: .needs(.usageRead), rateClass: .read,
            answers: [.json(200, "One for each meter.", .named("QuotaPage"))]
        ) { request in
            try .json(200, Page(items: try await quotas.counters(of: request.principal.workspace), next: nil))
        }
    }
}
