package import Model

/// Something that receivers outside can be told of.
package struct WebhookEvent: Hashable, Sendable {
    /// One of ``types``.
    package let type: String
    /// What happened, a JSON object without secrets.
    package let data: JSONText

    package init(_ type: String, data: JSONText) {
        self.type = type
        self.data = data
    }

    /// Every type, with what it tells.
    package static let types: [(name: String, meaning: String)] = [
        ("job.succeeded", "A job has its result."),
        ("job.failed", "A job has failed for good."),
        ("job.expired", "A job was not started before its deadline."),
        ("job.canceled", "A job was ended on request."),
        ("workspace.renamed", "The workspace has another name."),
        ("workspace.transferred", "The workspace has another owner."),
        ("workspace.suspended", "The workspace was stopped."),
        ("workspace.resumed", "The workspace works again."),
        ("workspace.deleted", "The workspace will be removed."),
        ("workspace.restored", "The workspace will not be removed."),
        ("workspace.plan_changed", "The workspace has another plan."),
        ("invite.created", "Somebody was invited."),
        ("invite.accepted", "Somebody became a member."),
        ("member.role_changed", "A member has another role."),
        ("member.removed", "A member was removed."),
        ("member.left", "A member left."),
        ("project.created", "A project was made."),
        ("project.updated", "A project was changed."),
        ("project.removed", "A project was removed."),
        ("document.created", "A document was made."),
        ("document.updated", "A document was changed."),
        ("document.removed", "A document was removed."),
        ("webhook.test", "Somebody asked for a test."),
    ]

    static let names: Set<String> = Set(types.map(\.name))

    /// What an entry of the audit log tells outside; nil for what stays inside.
    init?(_ record: AuditRecord, in workspace: WorkspaceID) {
        guard record.outcome == .done, Self.names.contains(record.action) else { return nil }
        let data = AuditData(
            workspace: workspace, actor: record.actor, target: record.target, detail: record.detail)
        guard let text = try? JSONText(encoding: data) else { return nil }
        self.init(record.action, data: text)
    }

    private struct AuditData: Encodable {
        let workspace: WorkspaceID
        let actor: String
        let target: String?
        let detail: JSONText
    }

    /// Whether a webhook's list of types, of beginnings with a dot and star, or a star alone, has this type.
    static func matches(_ type: String, _ patterns: [String]) -> Bool {
        patterns.contains { pattern in
            pattern == "*" || pattern == type || pattern.hasSuffix(".*") && type.hasPrefix(pattern.dropLast())
        }
    }

    /// Whether a pattern can match anything.
    static func isPattern(_ pattern: String) -> Bool {
        names.contains { matches($0, [pattern]) }
    }
}
