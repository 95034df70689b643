import Foundation
import Model

/// Workspaces, people, roles, keys and what they did, as text for people.
enum TenantText {
    /// A table of workspaces.
    ///
    /// - Parameter current: the id of the one that commands act in.
    static func table(_ memberships: [MembershipDocument], current: String?) -> String {
        TextTable.text(
            head: ["", "SHORT NAME", "NAME", "ROLE", "PLAN", "STATE", "ID"],
            rows: memberships.map { membership in
                let workspace = membership.workspace
                return [
                    workspace.id == current ? "*" : "", workspace.slug, workspace.name, membership.role, workspace.plan,
                    workspace.state, workspace.id,
                ]
            })
    }

    /// Everything about one workspace.
    static func page(_ workspace: WorkspaceDocument) -> String {
        var lines = [
            ("workspace", workspace.id), ("name", workspace.name), ("short name", workspace.slug),
            ("state", workspace.state), ("plan", workspace.plan), ("created", workspace.createdAt.description),
        ]
        if let reason = workspace.reason { lines.append(("reason", reason)) }
        if let end = workspace.purgeAt { lines.append(("removed", "\(end), unless it is restored")) }
        return TextTable.page(lines)
    }

    /// A table of members.
    static func table(_ members: [MemberDocument]) -> String {
        TextTable.text(
            head: ["E-MAIL ADDRESS", "NAME", "ROLE", "TITLE", "SINCE", "ID"],
            rows: members.map {
                [$0.email ?? "-", $0.name ?? "-", $0.roleName, $0.title ?? "-", $0.joinedAt.description, $0.user]
            })
    }

    /// A table of open invitations.
    static func table(_ invites: [InviteDocument], roles: [RoleDocument]) -> String {
        let names = Dictionary(roles.map { ($0.id, $0.name) }) { first, _ in first }
        return TextTable.text(
            head: ["FOR", "ROLE", "UNTIL", "ID"],
            rows: invites.map {
                [$0.email ?? "whoever has the link", names[$0.role] ?? $0.role, $0.expiresAt.description, $0.id]
            })
    }

    /// A table of roles.
    static func table(_ roles: [RoleDocument]) -> String {
        TextTable.text(
            head: ["NAME", "RANK", "BUILT IN", "ID", "MAY"],
            rows: roles.map { role in
                [
                    role.name, "\(role.rank)", role.builtIn == nil ? "-" : "yes", role.id,
                    role.permissions.joined(separator: " "),
                ]
            })
    }

    /// A table of keys.
    static func table(_ keys: [KeyDocument]) -> String {
        TextTable.text(
            head: ["NAME", "BEGINS", "STATE", "USED", "OWNER", "MAY"],
            rows: keys.map { key in
                [
                    key.name, key.prefix, state(of: key), key.lastUsedAt?.description ?? "never", key.owner,
                    key.permissions.joined(separator: " "),
                ]
            })
    }

    /// A table of service accounts.
    static func table(_ accounts: [ServiceAccountDocument]) -> String {
        TextTable.text(
            head: ["NAME", "STATE", "SINCE", "ID"],
            rows: accounts.map {
                [$0.name, $0.disabledAt == nil ? "works" : "disabled", $0.createdAt.description, $0.id]
            })
    }

    private static func state(of key: KeyDocument, at now: Timestamp = .now) -> String {
        if key.revokedAt != nil { return "revoked" }
        guard let end = key.expiresAt else { return "works" }
        return end > now ? "until \(end)" : "expired"
    }

    /// A table of entries of the audit log.
    static func table(_ entries: [AuditEntryDocument]) -> String {
        TextTable.text(
            head: ["AT", "ACTOR", "ACTION", "OUTCOME", "TARGET"],
            rows: entries.map { [$0.at.description, $0.actor, $0.action, $0.outcome, $0.target ?? "-"] })
    }

    /// A table of usage.
    static func table(_ usage: [UsageDocument]) -> String {
        TextTable.text(
            head: ["PERIOD", "METER", "QUANTITY", "EVENTS"],
            rows: usage.map { [$0.period, $0.meter, quantity($0.quantity, of: $0.meter), "\($0.events)"] })
    }

    /// A table of quotas.
    static func table(_ quotas: [QuotaDocument]) -> String {
        TextTable.text(
            head: ["METER", "PERIOD", "USED", "SET ASIDE", "BOUND"],
            rows: quotas.map { quota in
                [
                    quota.meter, quota.period.isEmpty ? "-" : quota.period, quantity(quota.used, of: quota.meter),
                    quantity(quota.reserved, of: quota.meter),
                    quota.cap.map { quantity($0, of: quota.meter) } ?? "none",
                ]
            })
    }

    /// A quantity in the unit that its meter's name ends with.
    static func quantity(_ quantity: Int64, of meter: String) -> String {
        if meter.hasSuffix("_bytes") { return ByteCount(quantity).description }
        if meter.hasSuffix("_ms") { return TimeText.text(.seconds(quantity / 1_000)) }
        return "\(quantity)"
    }
}
