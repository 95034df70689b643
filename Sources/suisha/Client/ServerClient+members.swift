import Foundation
import Model
import NIOHTTP1

extension ServerClient {
    func members(after: String? = nil) async throws -> Answer<PageDocument<MemberDocument>> {
        var query = ["limit": "100"]
        query["after"] = after
        return try Answer(await call(.GET, "/api/v1/members", query: query))
    }

    /// The member that somebody means.
    ///
    /// - Parameter text: an id or an e-mail address.
    func member(_ text: String) async throws -> MemberDocument {
        let all = try await PageDocument.all { try await members(after: $0) }
        if let exact = all.first(where: { $0.user == text }) { return exact }
        return try Named.one(of: all, named: text, title: "member", list: "suisha member list") { $0.email ?? $0.user }
    }

    func setRole(_ role: String, of user: String) async throws -> Answer<MemberDocument> {
        try Answer(await call(.PUT, "/api/v1/members/\(user.pathComponent)/role", json: ["role": role]))
    }

    func removeMember(_ user: String) async throws {
        _ = try await call(.DELETE, "/api/v1/members/\(user.pathComponent)")
    }

    func invite(_ request: InviteRequest) async throws -> Answer<InviteDocument> {
        try Answer(await call(.POST, "/api/v1/invites", json: request))
    }

    // MARK: Invitations

    func invites(after: String? = nil) async throws -> Answer<PageDocument<InviteDocument>> {
        var query = ["limit": "100"]
        query["after"] = after
        return try Answer(await call(.GET, "/api/v1/invites", query: query))
    }

    /// The open invitation that somebody means.
    ///
    /// - Parameter text: an id or an e-mail address.
    func invite(_ text: String) async throws -> InviteDocument {
        let all = try await PageDocument.all { try await invites(after: $0) }
        if let exact = all.first(where: { $0.id == text }) { return exact }
        return try Named.one(of: all, named: text, title: "open invitation", list: "suisha member invites") {
            $0.email ?? $0.id
        }
    }

    func revokeInvite(_ id: String) async throws {
        _ = try await call(.DELETE, "/api/v1/invites/\(id.pathComponent)")
    }

    func acceptInvite(_ token: Secret) async throws -> Answer<WorkspaceDocument> {
        try Answer(await call(.POST, "/api/v1/invites/accept", json: ["token": token.revealed]))
    }

    // MARK: Roles

    func roles() async throws -> Answer<PageDocument<RoleDocument>> {
        try Answer(await call(.GET, "/api/v1/roles"))
    }

    /// The role that somebody means.
    ///
    /// - Parameter text: an id or a name.
    func role(_ text: String) async throws -> RoleDocument {
        let all = try await roles().document.items
        if let exact = all.first(where: { $0.id == text }) { return exact }
        return try Named.one(of: all, named: text, title: "role", list: "suisha role list", name: \.name)
    }

    func createRole(_ request: RoleRequest) async throws -> Answer<RoleDocument> {
        try Answer(await call(.POST, "/api/v1/roles", json: request))
    }

    func updateRole(_ id: String, _ request: RoleRequest) async throws -> Answer<RoleDocument> {
        try Answer(await call(.PUT, "/api/v1/roles/\(id.pathComponent)", json: request))
    }

    func deleteRole(_ id: String) async throws {
        _ = try await call(.DELETE, "/api/v1/roles/\(id.pathComponent)")
    }
}

/// A member as the API shows it.
struct MemberDocument: Decodable, Sendable {
    let user: String
    let name: String?
    let email: String?
    let role: String
    let roleName: String
    let title: String?
    let joinedAt: Timestamp

    private enum CodingKeys: String, CodingKey {
        case user, name, email, role, title
        case roleName = "role_name"
        case joinedAt = "joined_at"
    }
}

/// An invitation to make.
struct InviteRequest: Encodable, Sendable {
    let role: String
    var email: String?
    var expires: Duration?

    private enum CodingKeys: String, CodingKey {
        case role, email
        case expires = "expires_in"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encodeIfPresent(email, forKey: .email)
        try container.encodeIfPresent(expires.map { $0.components.seconds }, forKey: .expires)
    }
}

/// An invitation as the API shows it.
struct InviteDocument: Decodable, Sendable {
    let id: String
    let email: String?
    let role: String
    let expiresAt: Timestamp
    /// For a link; only in the answer that makes the invitation.
    let token: String?

    private enum CodingKeys: String, CodingKey {
        case id, email, role, token
        case expiresAt = "expires_at"
    }
}

/// A role as the API shows it.
struct RoleDocument: Decodable, Sendable {
    let id: String
    let name: String
    let rank: Int
    let permissions: [String]
    let builtIn: String?

    private enum CodingKeys: String, CodingKey {
        case id, name, rank, permissions
        case builtIn = "built_in"
    }
}

/// A role to make, or what to replace one by.
struct RoleRequest: Encodable, Sendable {
    var name: String
    var rank: Int
    var permissions: [String]
}
