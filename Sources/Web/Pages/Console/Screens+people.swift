import Endpoints
import Foundation
import Model

extension Screens {
    /// Who is in the workspace, and who was invited.
    var members: Screen {
        Screen("/workspace/members", "listMembers", .members, title: "nav_members") { request, texts in
            let page: PageList<MemberDocument> = try await operations.read(
                "listMembers", for: request, query: ["limit": "50", "after": request.query["after"] ?? ""])
            let roles: PageList<RoleDocument> = try await operations.items("listRoles", for: request)
            let invites: PageList<InviteDocument> = try await operations.items(
                "listInvites", for: request, query: ["limit": "100"])
            let options = roles.items.sorted { $0.rank > $1.rank }
            var fields: [String: Any] = [
                "members": page.items.map { member in
                    [
                        "member": member, "isOwner": roles.items.first { $0.id == member.role }?.builtIn == "owner",
                        "isSelf": member.user == request.principal.actor.description,
                        "who": member.name ?? member.email ?? member.user,
                        "roleLabel": roles.items.first { $0.id == member.role }?.label(texts) ?? member.roleName,
                        "options": options.filter { $0.builtIn != "owner" }.map { role in
                            ["value": role.id, "label": role.label(texts), "isCurrent": role.id == member.role]
                                as [String: Any]
                        },
                    ] as [String: Any]
                },
                "roles": options.filter { $0.builtIn != "owner" }.map { role in
                    ["value": role.id, "label": role.label(texts), "isCurrent": role.builtIn == "viewer"]
                        as [String: Any]
                },
                "invites": invites.items.map { invite in
                    [
                        "invite": invite, "who": invite.email ?? texts("invite_by_link"),
                        "roleLabel": roles.items.first { $0.id == invite.role }?.label(texts) ?? invite.role,
                    ] as [String: Any]
                },
                "hasInvites": !invites.items.isEmpty,
            ]
            fields["next"] = page.next.map { Self.address("/workspace/members", ["after": $0]) }
            return fields
        }
    }

    /// Which role may do what.
    var roles: Screen {
        Screen("/workspace/roles", "listRoles", .roles, title: "nav_roles") { request, texts in
            let page: PageList<RoleDocument> = try await operations.read("listRoles", for: request)
            let roles = page.items.sorted { $0.rank > $1.rank }
            let permissions = Permission.allCases.filter { $0 != .account && $0 != .operate }.sorted { $0.bit < $1.bit }
            let edited = roles.first { $0.id == request.query["edit"] && $0.builtIn == nil }
            var fields: [String: Any] = [
                "columns": roles.map { ["label": $0.label(texts), "rank": $0.rank] as [String: Any] },
                "rows": permissions.map { permission in
                    [
                        "name": permission.rawValue, "label": texts.label("permission", permission.rawValue),
                        "cells": roles.map { ["isAllowed": $0.permissions.contains(permission.rawValue)] },
                    ] as [String: Any]
                },
                "custom": roles.filter { $0.builtIn == nil }.map { ["id": $0.id, "name": $0.name] },
                "choices": permissions.enumerated().map { index, permission in
                    [
                        "index": index, "value": permission.rawValue,
                        "label": texts.label("permission", permission.rawValue),
                        "isChosen": edited?.permissions.contains(permission.rawValue) ?? false,
                    ] as [String: Any]
                },
            ]
            fields["edited"] = edited.map { ["id": $0.id, "name": $0.name, "rank": String($0.rank)] }
            return fields
        }
    }

    /// Keys of programs.
    var keys: Screen {
        Screen("/workspace/keys", "listKeys", .keys, title: "nav_keys") { request, texts in
            let keys: PageList<KeyDocument> = try await operations.read("listKeys", for: request)
            // By name, with those that are disabled; the API makes keys for those beyond, too.
            let services: [ServiceAccountDocument] = try await operations.firstThousand(
                "listServiceAccounts", for: request)
            let names = Dictionary(services.map { ($0.id, $0.name) }) { first, _ in first }
            let mine = request.principal.permissions.permissions.filter { $0 != .operate }
            return [
                "keys": keys.items.map { key in
                    [
                        "key": key, "isGood": key.revokedAt == nil,
                        "owner": names[key.owner]
                            ?? (key.owner == request.principal.actor.description
                                ? texts("keys_yours") : key.owner),
                        "scopes": texts.list("permission", key.permissions),
                    ] as [String: Any]
                },
                "hasKeys": !keys.items.isEmpty,
                "services": services.filter { $0.disabledAt == nil }, "hasServices": !services.isEmpty,
                "choices": mine.enumerated().map { index, permission in
                    [
                        "index": index, "value": permission.rawValue,
                        "label": texts.label("permission", permission.rawValue),
                    ] as [String: Any]
                },
                "lifetimes": [30, 90, 365].map { days in
                    ["value": String(days * 86_400), "label": texts("keys_days", ["n": String(days)])]
                },
            ]
        }
    }
}

/// A member as the API shows it.
struct MemberDocument: Decodable {
    let user: String
    let name: String?
    let email: String?
    let role: String
    let roleName: String
    let joinedAt: PageTime
}

/// A role as the API shows it.
struct RoleDocument: Decodable {
    let id: String
    let name: String
    let builtIn: String?
    let rank: Int
    let permissions: [String]

    /// Its name; of those that every workspace has, in the reader's language.
    func label(_ texts: PageTexts) -> String { builtIn.map { texts.label("role", $0) } ?? name }
}

private struct InviteDocument: Decodable {
    let id: String
    let email: String?
    let role: String
    let expiresAt: PageTime
}

/// An API key as the API shows it.
struct KeyDocument: Decodable {
    let id: String
    let name: String
    let owner: String
    let prefix: String
    let permissions: [String]
    let createdAt: PageTime
    let expiresAt: PageTime?
    let lastUsedAt: PageTime?
    let revokedAt: PageTime?
}

/// A service account as the API shows it.
struct ServiceAccountDocument: Decodable {
    let id: String
    let name: String
    let createdAt: PageTime
    let disabledAt: PageTime?
}
