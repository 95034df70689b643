import Endpoints
import Foundation
import Model

extension Screens {
    /// The workspace: what it is, what it uses, what it may use.
    var overview: Screen {
        Screen("/workspace", "getWorkspace", .workspace, title: "nav_overview") { request, texts in
            let workspace: WorkspaceDocument = try await operations.read("getWorkspace", for: request)
            let quotas: PageList<QuotaDocument> = try await operations.items("getQuotas", for: request)
            let usage: PageList<UsageDocument> = try await operations.items("getUsage", for: request)
            let meters = Dictionary(grouping: usage.items, by: \.meter).sorted { $0.key < $1.key }
            let members: PageList<MemberDocument> = try await operations.items(
                "listMembers", for: request, query: ["limit": "100"])
            return [
                "space": workspace, "stateLabel": texts("workspace_\(workspace.state)"),
                "isDeleting": workspace.state == "deleting", "isActive": workspace.state == "active",
                "quotas": quotas.items.map { QuotaView($0, texts) }, "hasQuotas": !quotas.items.isEmpty,
                "meters": meters.map { UsageView(meter: $0.key, totals: $0.value, texts) },
                "hasUsage": !meters.isEmpty,
                "others": members.items.filter { $0.user != request.principal.actor.description }.map { member in
                    ["value": member.user, "label": member.name ?? member.email ?? member.user]
                },
            ]
        }
    }
}

/// A bound of the plan as the API shows it.
private struct QuotaDocument: Decodable {
    let meter: String
    let used: Int64
    let reserved: Int64
    let cap: Int64?
}

/// A total as the API shows it.
private struct UsageDocument: Decodable {
    let meter: String
    let period: String
    let quantity: Int64
}

/// How much of a bound is used, as a bar.
private struct QuotaView {
    let label: String
    let used: String
    let cap: String
    let isBounded: Bool
    let percent: Int
    let isNearEnd: Bool

    init(_ quota: QuotaDocument, _ texts: PageTexts) {
        let used = quota.used + quota.reserved
        label = texts.label("meter", quota.meter)
        self.used = Amount.text(used, of: quota.meter, texts)
        cap = quota.cap.map { Amount.text($0, of: quota.meter, texts) } ?? texts("quota_unbounded")
        isBounded = quota.cap != nil
        percent = quota.cap.map { $0 > 0 ? Int(min(100, 100 * used / $0)) : 100 } ?? 0
        isNearEnd = percent >= 90
    }
}

/// What was used of one thing, day by day.
private struct UsageView {
    struct Day {
        let period: String
        let quantity: Int64
        let text: String
    }

    let label: String
    let total: String
    let days: [Day]

    init(meter: String, totals: [UsageDocument], _ texts: PageTexts) {
        label = texts.label("meter", meter)
        total = Amount.text(totals.reduce(0) { $0 + $1.quantity }, of: meter, texts)
        days = totals.sorted { $0.period < $1.period }.map {
            Day(period: $0.period, quantity: $0.quantity, text: Amount.text($0.quantity, of: meter, texts))
        }
    }
}

/// A quantity in the unit that its meter's name ends with.
private enum Amount {
    static func text(_ quantity: Int64, of meter: String, _ texts: PageTexts) -> String {
        if meter.hasSuffix("_bytes") { return ByteCount(quantity).description }
        if meter.hasSuffix("_ms") { return quantity == 0 ? "0" : texts.span(.milliseconds(quantity)) }
        return String(quantity)
    }
}
