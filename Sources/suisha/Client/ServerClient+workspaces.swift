import Foundation
import Model
import NIOHTTP1

extension ServerClient {
    /// Those that the caller is a member of.
    func workspaces() async throws -> Answer<PageDocument<MembershipDocument>> {
        try Answer(await call(.GET, "/api/v1/workspaces"))
    }

    func workspace() async throws -> Answer<WorkspaceDocument> {
        try Answer(await call(.GET, "/api/v1/workspace"))
    }

    func createWorkspace(_ name: String, shortName: String?) async throws -> Answer<WorkspaceDocument> {
        var body = ["name": name]
        body["slug"] = shortName
        return try Answer(await call(.POST, "/api/v1/workspaces", json: body))
    }

    func renameWorkspace(_ name: String) async throws -> Answer<WorkspaceDocument> {
        try Answer(await call(.PUT, "/api/v1/workspace", json: ["name": name]))
    }

    func deleteWorkspace() async throws -> Answer<WorkspaceDocument> {
        try Answer(await call(.DELETE, "/api/v1/workspace"))
    }

    func restoreWorkspace() async throws -> Answer<WorkspaceDocument> {
        try Answer(await call(.POST, "/api/v1/workspace/restore"))
    }

    /// Makes another member the owner.
    func transferWorkspace(to user: String) async throws {
        _ = try await call(.POST, "/api/v1/workspace/transfer", json: ["member": user])
    }

    func leaveWorkspace() async throws {
        _ = try await call(.POST, "/api/v1/workspace/leave")
    }

    /// The one that somebody means, among the caller's own.
    ///
    /// - Parameter text: an id, a short name, or a name.
    /// - Throws: ``CommandFailure`` when there is none, or several have the name.
    func workspace(named text: String) async throws -> WorkspaceDocument {
        let all = try await self.in(nil).workspaces().document.items.map(\.workspace)
        if let exact = all.first(where: { $0.id == text || $0.slug == text }) { return exact }
        return try Named.one(
            of: all, named: text, title: "workspace", list: "suisha workspace list", name: \.name, others: \.slug)
    }

    /// The id of the workspace that somebody means; an id needs no question to the server.
    func workspaceID(_ text: String) async throws -> String {
        try await WorkspaceID(text) == nil ? workspace(named: text).id : text
    }

    func quotas() async throws -> Answer<PageDocument<QuotaDocument>> {
        try Answer(await call(.GET, "/api/v1/quotas"))
    }

    func usage(_ query: [String: String]) async throws -> Answer<PageDocument<UsageDocument>> {
        try Answer(await call(.GET, "/api/v1/usage", query: query))
    }
}

/// A workspace as the API shows it.
struct WorkspaceDocument: Decodable, Sendable {
    let id: String
    let slug: String
    let name: String
    let state: String
    let plan: String
    let reason: String?
    let createdAt: Timestamp
    let purgeAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, slug, name, state, plan, reason
        case createdAt = "created_at"
        case purgeAt = "purge_at"
    }
}

/// A workspace that the caller is a member of.
struct MembershipDocument: Decodable, Sendable {
    let workspace: WorkspaceDocument
    let role: String
}

/// A bound of the plan.
struct QuotaDocument: Decodable, Sendable {
    let meter: String
    let period: String
    let used: Int64
    let reserved: Int64
    let cap: Int64?
}

/// What was used in a day or a month.
struct UsageDocument: Decodable, Sendable {
    let period: String
    let meter: String
    let quantity: Int64
    let events: Int64
}
