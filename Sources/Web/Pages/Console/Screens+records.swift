import Endpoints
import Foundation
import Model
import Tenancy

extension Screens {
    /// Receivers outside that are told what happens.
    var webhooks: Screen {
        Screen("/workspace/webhooks", "listWebhooks", .webhooks, title: "nav_webhooks") { request, texts in
            let hooks: PageList<WebhookDocument> = try await operations.read("listWebhooks", for: request)
            return [
                "hooks": hooks.items.map { hook in
                    ["hook": hook, "types": texts.list("action", hook.events)] as [String: Any]
                },
                "hasHooks": !hooks.items.isEmpty, "choices": Self.eventChoices([], texts),
            ]
        }
    }

    /// One receiver with what was sent to it.
    var webhook: Screen {
        Screen(
            "/workspace/webhooks/{id}", "getWebhook", .webhook, title: "webhook_title", section: "/workspace/webhooks"
        ) { request, texts in
            let path = ["id": request.path["id"] ?? ""]
            let hook: WebhookDocument = try await operations.read("getWebhook", for: request, path: path)
            let deliveries: PageList<DeliveryDocument> = try await operations.items(
                "listWebhookDeliveries", for: request, path: path,
                query: ["limit": "50", "after": request.query["after"] ?? ""])
            var fields: [String: Any] = [
                "hook": hook, "choices": Self.eventChoices(hook.events, texts),
                "deliveries": deliveries.items.map { delivery in
                    [
                        "delivery": delivery, "stateLabel": texts.label("delivery", delivery.state),
                        "tone": ["delivered": "done", "failed": "failed"][delivery.state] ?? "waiting",
                        "payload": (try? JSONText(encoding: delivery.payload).indented) ?? "",
                    ] as [String: Any]
                },
                "hasDeliveries": !deliveries.items.isEmpty,
            ]
            fields["next"] = deliveries.next.map {
                Self.address("/workspace/webhooks/\(hook.id)", ["after": $0])
            }
            return fields
        }
    }

    /// The types of events as boxes to tick; what a receiver asks for beside them is kept.
    private static func eventChoices(_ chosen: [String], _ texts: PageTexts) -> [[String: Any]] {
        let types = ["*"] + WebhookEvent.types.map(\.name)
        return (types + chosen.filter { !types.contains($0) }).enumerated().map { index, name in
            [
                "index": index, "value": name, "isChosen": chosen.contains(name),
                "label": texts.label("action", name),
            ]
        }
    }

    /// What was done and refused.
    var audit: Screen {
        Screen("/workspace/audit", "listAudit", .audit, title: "nav_audit") { request, texts in
            let filter = AuditFilterView(request)
            let page: PageList<AuditDocument> = try await operations.read(
                "listAudit", for: request,
                query: filter.query.merging(["limit": "50", "after": request.query["after"] ?? ""]) { $1 })
            let ids = page.items.flatMap { [$0.actor, $0.target ?? ""] }
            let names = try await AuditNames(of: ids, operations, for: request, texts)
            var fields: [String: Any] = [
                "entries": page.items.map { entry in
                    var fields: [String: Any] = [
                        "entry": entry, "isRefused": entry.outcome == "refused",
                        "action": texts.label("action", entry.action),
                        "detail": (try? JSONText(encoding: entry.detail).indented) ?? "",
                        "hasDetail": entry.detail != .object([:]) && entry.detail != .null,
                    ]
                    fields["actor"] = names[entry.actor]
                    fields["target"] = entry.target.flatMap { names[$0] }
                    return fields
                },
                "hasEntries": !page.items.isEmpty, "filter": filter.shown, "isFiltered": !filter.query.isEmpty,
                "actors": names.actors(chosen: filter.shown["actor"]),
                "actions": texts.labels("action").filter { !($0["value"] ?? "").hasSuffix("*") },
                "exports": ["csv", "jsonl"].map { format in
                    [
                        "label": format.uppercased(),
                        "href": Self.address(
                            "/api/v1/audit/export", filter.query.merging(["format": format]) { $1 }),
                    ]
                },
                "outcomes": ["done", "refused"].map { (outcome: String) in
                    [
                        "value": outcome, "label": texts("outcome_\(outcome)"),
                        "isCurrent": outcome == filter.shown["outcome"],
                    ] as [String: Any]
                },
            ]
            fields["next"] = page.next.map {
                Self.address("/workspace/audit", filter.shown.merging(["after": $0]) { $1 })
            }
            if request.query["verify"] != nil {
                let found: VerificationDocument = try await operations.read("verifyAudit", for: request)
                fields["verified"] =
                    [
                        "isGood": found.problem == nil,
                        "text": found.problem ?? texts("audit_holds", ["n": String(found.entries)]),
                    ] as [String: Any]
            }
            return fields
        }
    }
}

/// The filters of the audit log, as the form holds them and as the API takes them.
private struct AuditFilterView {
    let shown: [String: String]

    init(_ request: EndpointRequest) {
        let names = ["actor", "action", "target", "outcome", "from", "until"]
        shown = Dictionary(
            uniqueKeysWithValues: names.compactMap { name in request.value(name).map { (name, $0) } })
    }

    /// Days become the moments at which they begin, in UTC.
    var query: [String: String] {
        var query = shown
        for name in ["from", "until"] {
            if let day = shown[name], day.count == 10 { query[name] = day + "T00:00:00Z" }
        }
        return query
    }
}

private struct WebhookDocument: Decodable {
    let id: String
    let url: String
    let events: [String]
    let enabled: Bool
    let problem: String?
    let createdAt: PageTime
}

private struct DeliveryDocument: Decodable {
    let id: String
    let type: String
    let state: String
    let attempts: Int
    let status: Int?
    let problem: String?
    let payload: JSONTree
    let createdAt: PageTime
    let dueAt: PageTime?
}

private struct AuditDocument: Decodable {
    let seq: Int64
    let at: PageTime
    let actor: String
    let action: String
    let target: String?
    let outcome: String
    let address: String?
    let request: String?
    let detail: JSONTree
}

private struct VerificationDocument: Decodable {
    let entries: Int64
    let problem: String?
}
