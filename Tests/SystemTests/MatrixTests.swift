import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Every operation that the running server declares, called by everybody who must not.
    @Suite("B3: every route and everybody")
    struct Matrix {
        private static let limits = [
            "SUISHA_LIMITS_RATE":
                "sign-in=off, workspace-write=off, read=off, standard=off, upload=off, org-chart=off, workers=off, audit-check=off"
        ]

        private struct Operation: Sendable {
            let id: String
            let method: String
            let path: String
            /// nil for one that is open to everybody.
            let permission: String?
        }

        private static let viewer: Set<String> = [
            "jobs:read", "queues:read", "schedules:read", "workspace:read", "members:read", "roles:read",
            "documents:read", "org-chart:read", "projects:read", "comments:read", "comments:write",
        ]
        private static let editor = viewer.union([
            "jobs:write", "schedules:write", "documents:write", "projects:write", "usage:read",
        ])
        private static let notOfAdmins: Set<String> = ["workspace:delete", "workspace:transfer", "billing:write"]

        @Test("whoever lacks the permission is refused, whichever way they come", .timeLimit(.minutes(10)))
        func refusals() async throws {
            try await Installation.with(Self.limits) { installation in
                let (_, api) = try await installation.server()
                let owner = try await installation.owner(at: api.url)
                let operations = try await Self.operations(of: owner)
                let acme = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Acme"}"#).text("id")
                _ = try await owner.send("PUT", "/api/v1/operator/workspaces/\(acme)/plan", #"{"plan": "enterprise"}"#)
                let inAcme = owner.in(acme)
                // What is measured is open to this machine.
                let guarded = operations.filter { $0.permission != nil && $0.id != "getMetrics" }
                #expect(guarded.count > 100)

                // Nobody, and people of elsewhere.
                let elsewhere = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Other"}"#).text("id")
                let stranger = try await Self.member("admin", "stranger", owner.in(elsewhere), installation)
                for operation in guarded {
                    let nobody = try await Self.call(operation, as: Visitor(at: api.url))
                    #expect(nobody == 401, "\(operation.id): \(nobody)")
                    let foreign = try await Self.call(operation, as: stranger.in(acme))
                    #expect(foreign == 404, "\(operation.id): \(foreign)")
                }

                // Each role.
                for (role, held) in [("viewer", Self.viewer), ("editor", Self.editor)] {
                    let member = try await Self.member(role, role, inAcme, installation)
                    try await Self.expectRefusals(guarded, of: member.in(acme)) { !held.contains($0) }
                }
                let admin = try await Self.member("admin", "admin", inAcme, installation)
                try await Self.expectRefusals(guarded, of: admin.in(acme)) { Self.notOfAdmins.contains($0) }

                // Each scope of a key.
                let scopes = Set(guarded.compactMap(\.permission)).subtracting(["account:use", "server:operate"])
                for scope in scopes.sorted() {
                    let made = try await inAcme.send(
                        "POST", "/api/v1/keys", #"{"name": "k", "permissions": ["\#(scope)"]}"#)
                    let key = Visitor(at: api.url, token: try made.text("secret"))
                    try await Self.expectRefusals(guarded, of: key) { $0 != scope }
                }

                // A workspace that is suspended.
                let boss = try await Self.member("owner", "boss", inAcme, installation)
                let suspended = try await owner.send(
                    "POST", "/api/v1/operator/workspaces/\(acme)/suspend", #"{"reason": "unpaid"}"#)
                #expect(suspended.status == 200, "\(suspended.all)")
                try await Self.expectRefusals(guarded, of: boss.in(acme)) { !$0.hasSuffix(":read") }
                try await Self.expectRefusals(guarded, of: admin.in(acme)) { _ in true }
            }
        }

        /// Somebody new in the workspace of whoever invites.
        private static func member(
            _ role: String, _ name: String, _ host: Visitor, _ installation: Installation
        ) async throws -> Visitor {
            let id = try await Accounts.role(role, host)
            let invited = try await host.send("POST", "/api/v1/invites", #"{"role": "\#(id)"}"#)
            return try await Accounts.guest(name, of: try invited.text("token"), installation, at: host.url)
        }

        /// Calls those operations whose permission somebody does not have.
        private static func expectRefusals(
            _ operations: [Operation], of visitor: Visitor, _ lacks: (String) -> Bool
        ) async throws {
            for operation in operations {
                guard let permission = operation.permission, permission != "account:use", lacks(permission) else {
                    continue
                }
                let status = try await call(operation, as: visitor)
                #expect(status == 403, "\(operation.id): \(status)")
            }
        }

        private static func call(_ operation: Operation, as visitor: Visitor) async throws -> Int {
            let path = operation.path.replacing(/\{[^}]*\}/) { _ in "0193f0a1c2d37abc8def0123456789ab" }
            let body = operation.method == "GET" || operation.method == "DELETE" ? nil : "{}"
            return try await visitor.send(operation.method, path, body).status
        }

        private static func operations(of visitor: Visitor) async throws -> [Operation] {
            let reply = try await visitor.send("GET", "/api/v1/openapi.json")
            let document = try JSONSerialization.jsonObject(with: reply.body) as? [String: Any]
            let paths = try #require(document?["paths"] as? [String: [String: [String: Any]]])
            return paths.flatMap { path, operations in
                operations.map { method, operation in
                    Operation(
                        id: operation["operationId"] as? String ?? "", method: method.uppercased(), path: path,
                        permission: operation["x-permission"] as? String)
                }
            }.sorted { $0.id < $1.id }
        }
    }
}
