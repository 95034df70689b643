import Endpoints
import Foundation
import Model
import NIOCore
import Storage
import Tenancy
import Testing

/// The endpoints of tenants, called in process as the server calls them: the permission first, then the form of the body,
/// then the handler.
struct TenantAPI {
    let trial: TenantTrial
    let endpoints: [Endpoint]
    private let webhooks: WebhookStore
    private let documents: DocumentStore
    private let cursors = Cursors(ServerKey(Secret(String(repeating: "c", count: 40))))

    init(_ trial: TenantTrial) throws {
        self.trial = trial
        webhooks = WebhookStore(trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
        documents = DocumentStore(trial.tenants, cache: DocumentCache())
        let directory = AccountDirectory(database: trial.database)
        endpoints =
            WorkspaceEndpoints(
                workspaces: trial.workspaces, queues: SQLJobStore(database: trial.database)
            ).all + RoleEndpoints(roles: trial.roles).all
            + MemberEndpoints(members: trial.members, directory: directory).all
            + OrganisationChartEndpoints(chart: OrganisationChart(trial.tenants), directory: directory).all
            + InviteEndpoints(invites: trial.invites, directory: directory).all + AuditEndpoints(log: trial.audit).all
            + UsageEndpoints(usage: trial.usage, quotas: trial.quotas).all
            + ProjectEndpoints(projects: trial.projects).all + DocumentEndpoints(documents: documents).all
            + WebhookEndpoints(webhooks: webhooks).all
    }

    /// Who calls, in a session.
    enum Caller {
        case person(UserID)
        case member(UserID, of: WorkspaceID)
    }

    /// What came back.
    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: String

        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:]
        }
        var items: [[String: Any]] { object["items"] as? [[String: Any]] ?? [] }
        func text(_ name: String) -> String { object[name] as? String ?? "" }
    }

    func call(
        _ operation: String, as caller: Caller, path: [String: String] = [:], query: [String: String] = [:],
        headers: [String: String] = [:], json: String? = nil
    ) async throws -> Answer {
        let endpoint = try #require(endpoints.first { $0.id == operation })
        let principal = try await principal(caller)
        if case .needs(let permission) = endpoint.access, !principal.permissions.contains(permission) {
            throw Problem(.forbidden, "This needs \(permission.rawValue).")
        }
        if let json, case .json(let schema)? = endpoint.accepts.first {
            try StrictJSON(schemas: TenancySchemas.all).check(Data(json.utf8), against: schema)
        }
        let response = try await endpoint.handle(
            EndpointRequest(
                principal: principal, requestID: "req_test", operation: operation, cursors: cursors, path: path,
                query: query, headers: headers, body: json.map { .json(Data($0.utf8)) } ?? .none))
        var body = ""
        switch response.body {
        case .data(let data, _): body = String(decoding: data, as: UTF8.self)
        case .stream(let parts, _, _): for try await part in parts { body += String(buffer: part) }
        default: break
        }
        return Answer(status: response.status, headers: response.headers, body: body)
    }

    private func principal(_ caller: Caller) async throws -> Principal {
        switch caller {
        case .person(let user): return Principal(actor: .user(user), workspace: .local, permissions: [.account])
        case .member(let user, let workspace):
            let access = try await trial.members.access(of: user, in: workspace)
            return Principal(
                actor: .user(user), workspace: workspace, permissions: (access?.permissions() ?? []).union([.account]))
        }
    }

    /// One of everything that a workspace has, by the word in the paths.
    func things(of company: Company) async throws -> [String: String] {
        let boss = try await company.boss()
        let member = try await company.join("editor")
        let role = try await trial.roles.create(name: "R", permissions: [], rank: 1, by: boss)
        let invite = try await trial.invites.invite(email: nil, role: role.id, by: boss)
        let project = try await trial.projects.create(name: "P", by: boss)
        _ = try await documents.put("their-page", .emptyObject, if: nil, by: boss)
        let hook = try await webhooks.create(url: "https://example.com/", events: ["*"], by: boss).webhook
        try await webhooks.test(hook.id, by: boss)
        let delivery = try #require(try await webhooks.deliveries(of: hook.id, in: company.id).first)
        return [
            "members": member.description, "roles": role.id.description, "invites": invite.invite.id.description,
            "projects": project.id.description, "documents": "their-page", "webhooks": hook.id.description,
            "deliveries": delivery.id.description, "org-chart": member.description,
        ]
    }

    /// An id of that kind that nothing has.
    func never(_ kind: String) -> String {
        switch kind {
        case "members", "org-chart": UserID().description
        case "roles": RoleID().description
        case "invites": InviteID().description
        case "projects": ProjectID().description
        case "webhooks": WebhookID().description
        default: "never"
        }
    }
}

extension Endpoint {
    /// Every schema that it declares.
    var schemas: [Schema] {
        let bodies = accepts.map { form in
            switch form {
            case .json(let schema), .multipart(let schema): schema
            }
        }
        return bodies + parameters.map(\.schema) + answers.flatMap(\.content).map(\.schema)
    }
}

extension Schema {
    /// The schemas that it refers to.
    var names: [String] {
        switch self {
        case .named(let name): [name]
        case .array(let element, _, _): element.names
        case .map(let element, _): element.names
        case .nullable(let schema): schema.names
        case .object(let properties): properties.flatMap(\.schema.names)
        default: []
        }
    }
}
