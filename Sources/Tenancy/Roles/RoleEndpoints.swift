package import Endpoints
import Model

/// The operations on roles.
package struct RoleEndpoints: Sendable {
    let roles: RoleStore

    package init(roles: RoleStore) {
        self.roles = roles
    }

    /// All of them.
    package var all: [Endpoint] { [list, create, show, update, delete] }

    private static let id = Endpoint.Parameter.id("The role's id.")
    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/roles", id: "listRoles", summary: "Lists the roles, the highest rank first",
            access: .needs(.rolesRead), rateClass: .read, answers: [.json(200, "All of them.", .named("RolePage"))]
        ) { request in
            try .json(200, Page(items: try await roles.roles(in: request.principal.workspace), next: nil))
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/roles", id: "createRole", summary: "Makes a role of chosen permissions",
            access: .needs(.rolesWrite), rateClass: .workspaceWrite, audit: .own("role.created"),
            accepts: [.body(RoleBody.self)],
            answers: [.json(201, "The role.", .named("Role"))], problems: [.forbidden, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(RoleBody.self)
            return try .json(
                201,
                try await roles.create(
                    name: body.name.value, permissions: body.permissions, rank: body.rank.value, by: Caller(request)))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/roles/{id}", id: "getRole", summary: "Shows a role", access: .needs(.rolesRead),
            rateClass: .read, parameters: [Self.id], answers: [.json(200, "The role.", .named("Role"))],
            problems: [.notFound]
        ) { request in
            try .json(200, try await roles.role(request.id(), in: request.principal.workspace))
        }
    }

    private var update: Endpoint {
        Endpoint(
            .put, "/api/v1/roles/{id}", id: "updateRole", summary: "Replaces a role of the workspace's own",
            description: "Holds at once for everybody who has it. The rules are those for a new role.",
            access: .needs(.rolesWrite), rateClass: .workspaceWrite, audit: .own("role.updated"), parameters: [Self.id],
            accepts: [.body(RoleBody.self)],
            answers: [.json(200, "The role as it is now.", .named("Role"))],
            problems: [.forbidden, .notFound, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(RoleBody.self)
            return try .json(
                200,
                try await roles.update(
                    request.id(), name: body.name.value, permissions: body.permissions, rank: body.rank.value,
                    by: Caller(request)))
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/roles/{id}", id: "deleteRole", summary: "Removes a role that nobody has",
            access: .needs(.rolesWrite), rateClass: .workspaceWrite, audit: .own("role.removed"), parameters: [Self.id],
            answers: [.init(204, "Done.")],
            problems: [.forbidden, .notFound, .conflict]
        ) { request in
            try await roles.remove(request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }
}

/// The JSON form of a role to make or to replace.
private struct RoleBody: Decodable, Documented {
    let name: Line<1, 60>
    let permissions: PermissionSet
    let rank: Whole<1, 999>

    static let meanings = [
        "name": "Its name, unique in the workspace.", "permissions": "What it allows; only what you may do.",
        "rank": "Below yours.",
    ]
}
