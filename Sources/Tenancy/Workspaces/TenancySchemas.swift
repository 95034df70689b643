package import Endpoints
import Model

/// The schemas of what this target's endpoints answer.
package enum TenancySchemas {
    /// By the names under which answers refer to them.
    package static let all: [String: Schema] = [workspaces, people, limits, contents].reduce(into: [:]) { all, part in
        all.merge(part) { first, _ in first }
    }

    static func page(of name: String) -> Schema {
        .object([
            .init("items", .array(of: .named(name)), required: true, "The items."),
            .init("next", .string(), "Pass it as `after` to get the next page; missing on the last one."),
        ])
    }

    static let time: Schema = .string(format: "date-time")
    static let permissionNames: Schema = .array(
        of: .string(values: PermissionSet.grantable.permissions.map(\.rawValue)))

    private static let workspaces: [String: Schema] = [
        "Workspace": .object([
            .init("id", .string(), required: true, "Its id."),
            .init("slug", .string(), required: true, "Its name in addresses."),
            .init("name", .string(), required: true, "Its name for people."),
            .init(
                "state", .string(values: WorkspaceState.allCases.map(\.rawValue)), required: true,
                "Whether it works."),
            .init("reason", .string(), "Why it is suspended."),
            .init("plan", .string(), required: true, "The name of its plan."),
            .init("created_at", time, required: true, "When it was made."),
            .init("updated_at", time, required: true, "When it changed last."),
            .init("purge_at", time, "When it goes for good; missing while nobody has deleted it."),
        ]),
        "WorkspacePage": page(of: "Workspace"),
        "MyWorkspace": .object([
            .init("workspace", .named("Workspace"), required: true, "The workspace."),
            .init("role", .string(), required: true, "The name of your role there."),
            .init("permissions", permissionNames, required: true, "What you may do there now."),
        ]),
        "MyWorkspacePage": page(of: "MyWorkspace"),
        "Rights": .object([
            .init("actor", .string(), required: true, "Who you are: `user_…`, `service_…` or `server`."),
            .init("workspace", .string(), required: true, "The workspace that you act in."),
            .init("permissions", .array(of: .string()), required: true, "What you may do."),
        ]),
        "Plan": .object([
            .init("name", .string(), required: true, "Its name."),
            .init("title", .string(), required: true, "Its name for people."),
            .init("limits", .any, required: true, "Bounds by meter: an object of numbers; what is missing has none."),
            .init("weight", .integer(minimum: 1, maximum: 1_000), required: true, "Its part of the workers."),
            .init("slots", .integer(minimum: 1), "How many jobs run at once; missing for no bound."),
            .init("band", .integer(minimum: 0), required: true, "The most urgent band of its jobs: 0 or 1."),
            .init(
                "retention_days", .integer(minimum: 1),
                "How long finished jobs are kept; missing for as long as the server's settings say."),
            .init("withheld", permissionNames, required: true, "What nobody may do with this plan."),
        ]),
        "PlanPage": page(of: "Plan"),
    ]

    private static let people: [String: Schema] = [
        "Role": .object([
            .init("id", .string(), required: true, "Its id."),
            .init("name", .string(), required: true, "Its name."),
            .init("built_in", .string(values: BuiltInRole.allCases.map(\.rawValue)), "Which built-in role it is."),
            .init("permissions", permissionNames, required: true, "What it allows."),
            .init("rank", .integer(minimum: 1, maximum: 1_000), required: true, "Who has it acts on lower ranks."),
        ]),
        "RolePage": page(of: "Role"),
        "Member": .object([
            .init("user", .string(), required: true, "The person's id."),
            .init("name", .string(), "The person's name."),
            .init("email", .string(format: "email"), "The person's address."),
            .init("role", .string(), required: true, "The id of the role."),
            .init("role_name", .string(), required: true, "The name of the role."),
            .init("title", .string(), "What the person does here."),
            .init("manager", .string(), "To whom the person reports."),
            .init("joined_at", time, required: true, "Since when."),
        ]),
        "MemberPage": page(of: "Member"),
        "Invite": .object([
            .init("id", .string(), required: true, "Its id; not its secret."),
            .init("email", .string(format: "email"), "For whom; missing when it is for whoever has the link."),
            .init("role", .string(), required: true, "The id of the role that it gives."),
            .init("created_by", .string(), required: true, "Who invites."),
            .init("created_at", time, required: true, "Since when."),
            .init("expires_at", time, required: true, "Until when it can be accepted."),
            .init("token", .string(), "The secret of a new link; shown this once."),
        ]),
        "InvitePage": page(of: "Invite"),
    ]

    private static let limits: [String: Schema] = [
        "AuditEntry": .object([
            .init("workspace", .string(), required: true, "The workspace."),
            .init("seq", .integer(minimum: 1), required: true, "1, 2, 3 … without gaps."),
            .init("at", time, required: true, "When."),
            .init("actor", .string(), required: true, "Who: `user_…`, `service_…`, `server`, `anonymous`."),
            .init("action", .string(), required: true, "What was done."),
            .init("target", .string(), "To what."),
            .init(
                "outcome", .string(values: AuditRecord.Outcome.allCases.map(\.rawValue)), required: true,
                "How it ended."),
            .init("detail", .any, required: true, "What else is known: an object."),
            .init("request", .string(), "In which request."),
            .init("address", .string(), "From where."),
            .init("previous_hash", .string(), required: true, "The hash of the entry before."),
            .init("hash", .string(), required: true, "The hash of this one."),
        ]),
        "AuditPage": page(of: "AuditEntry"),
        "AuditVerification": .object([
            .init("workspace", .string(), required: true, "The workspace."),
            .init("entries", .integer(minimum: 0), required: true, "How many entries hold together from the first on."),
            .init("hash", .string(), required: true, "The hash of the last of them; worth keeping elsewhere."),
            .init("problem", .string(), "What is wrong; missing when nothing is."),
        ]),
        "Quota": .object([
            .init("meter", .string(values: Meter.allCases.map(\.rawValue)), required: true, "What is counted."),
            .init("period", .string(), required: true, "The month, or nothing where there is none."),
            .init("used", .integer(minimum: 0), required: true, "How much is used."),
            .init("reserved", .integer(minimum: 0), required: true, "How much is set aside for what is under way."),
            .init("cap", .integer(minimum: 0), "The plan's bound; missing where it sets none."),
        ]),
        "QuotaPage": page(of: "Quota"),
        "UsageTotal": .object([
            .init("meter", .string(), required: true, "What was used."),
            .init("period", .string(), required: true, "The day or the month, in UTC."),
            .init("quantity", .integer(minimum: 0), required: true, "How much."),
            .init("events", .integer(minimum: 1), required: true, "In how many events."),
        ]),
        "UsagePage": page(of: "UsageTotal"),
    ]

    private static let contents: [String: Schema] = [
        "Project": .object([
            .init("id", .string(), required: true, "Its id."),
            .init("name", .string(), required: true, "Its name."),
            .init("description", .string(), required: true, "What it is for."),
            .init("created_by", .string(), required: true, "Who made it."),
            .init("created_at", time, required: true, "When it was made."),
            .init("updated_at", time, required: true, "When it changed last."),
        ]),
        "ProjectPage": page(of: "Project"),
        "Document": .object([
            .init("name", .string(), required: true, "Its name."),
            .init("version", .integer(minimum: 1), required: true, "Grows with each change; also its ETag."),
            .init("size", .integer(minimum: 0), required: true, "How many bytes its content has."),
            .init("updated_by", .string(), required: true, "Who changed it last."),
            .init("updated_at", time, required: true, "When it changed last."),
        ]),
        "DocumentPage": page(of: "Document"),
        "DocumentVersion": .object([
            .init("name", .string(), required: true, "Its name."),
            .init("version", .integer(minimum: 1), required: true, "The version that it has now."),
            .init("updated_at", time, required: true, "When it changed."),
        ]),
        "OrgChartPlace": .object([
            .init("user", .string(), required: true, "The person's id."),
            .init("name", .string(), "The person's name."),
            .init("email", .string(format: "email"), "The person's address."),
            .init("title", .string(), "What the person does."),
            .init("manager", .string(), "To whom the person reports."),
            .init("depth", .integer(minimum: 0), required: true, "How many stand above."),
            .init("reports", .integer(minimum: 0), required: true, "How many report to the person."),
        ]),
        "OrgChart": page(of: "OrgChartPlace"),
        "Webhook": .object([
            .init("id", .string(), required: true, "Its id."),
            .init("url", .string(format: "uri"), required: true, "Where it sends."),
            .init("events", .array(of: .string()), required: true, "Of what."),
            .init("enabled", .boolean, required: true, "Whether it is on."),
            .init("problem", .string(), "Why it was turned off, or what it misses."),
            .init("previous_secret_until", time, "Until when the earlier secret signs as well."),
            .init("secret", .string(), "What checks its signatures; shown once, when it is new."),
            .init("created_at", time, required: true, "When it was made."),
            .init("updated_at", time, required: true, "When it changed last."),
        ]),
        "WebhookPage": page(of: "Webhook"),
        "WebhookDelivery": .object([
            .init("id", .string(), required: true, "Its id."),
            .init("webhook", .string(), required: true, "The webhook's id."),
            .init("message", .string(), required: true, "The `webhook-id` that the receiver sees."),
            .init("type", .string(), required: true, "The type of the event."),
            .init("payload", .any, required: true, "What is sent."),
            .init("state", .string(values: ["pending", "delivered", "failed"]), required: true, "How it stands."),
            .init("attempts", .integer(minimum: 0), required: true, "How often it was tried."),
            .init("due_at", time, "When it is tried next."),
            .init("status", .integer(), "What the receiver answered last."),
            .init("problem", .string(), "What was wrong last."),
            .init("created_at", time, required: true, "Since when."),
            .init("finished_at", time, "When it ended."),
        ]),
        "WebhookDeliveryPage": page(of: "WebhookDelivery"),
    ]
}
