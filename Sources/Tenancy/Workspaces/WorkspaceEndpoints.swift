package import Endpoints
import Model
package import Storage

/// The operations on workspaces as wholes. All but the list, the making and the operator's are about the workspace that the
/// caller acts in, so none of them takes the id of another.
package struct WorkspaceEndpoints: Sendable {
    let workspaces: WorkspaceStore
    let members: MemberStore
    let queues: any QueueControl

    package init(workspaces: WorkspaceStore, queues: any QueueControl) {
        self.workspaces = workspaces
        members = MemberStore(workspaces.tenants)
        self.queues = queues
    }

    /// All of them.
    package var all: [Endpoint] {
        [list, create, show, rename, delete, restore, transfer, rights, plans, listAll, suspend, resume, setPlan]
    }

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/workspaces", id: "listWorkspaces", summary: "Lists the workspaces that you are in",
            access: .needs(.account), rateClass: .read,
            answers: [.json(200, "All of them, with your role and rights.", .named("MyWorkspacePage"))]
        ) { request in
            let accesses = try await members.accesses(of: request.person)
            return try .json(200, Page(items: accesses.map(MyWorkspace.init), next: nil))
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/workspaces", id: "createWorkspace", summary: "Makes a workspace that you own",
            access: .needs(.account),
            rateClass: .workspaceWrite, audit: .own("workspace.created"), accepts: [.body(NewWorkspace.self)],
            answers: [.json(201, "The workspace.", .named("Workspace"))], problems: [.conflict, .unprocessable]
        ) { request in
            let body = try request.json(NewWorkspace.self)
            let workspace = try await workspaces.create(
                name: body.name.value, slug: body.slug?.value, owner: request.person, by: Caller(request))
            return try .json(201, workspace)
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/workspace", id: "getWorkspace", summary: "Shows the workspace that you act in",
            access: .needs(.workspaceRead), rateClass: .read,
            answers: [.json(200, "The workspace.", .named("Workspace"))]
        ) { request in
            try .json(200, try await workspaces.workspace(request.principal.workspace))
        }
    }

    private var rename: Endpoint {
        Endpoint(
            .put, "/api/v1/workspace", id: "renameWorkspace", summary: "Gives the workspace another name",
            access: .needs(.workspaceWrite), rateClass: .workspaceWrite, audit: .own("workspace.renamed"),
            accepts: [.body(NewName.self)],
            answers: [.json(200, "The workspace as it is now.", .named("Workspace"))],
            problems: [.conflict, .unprocessable]
        ) { request in
            let name = try request.json(NewName.self).name.value
            return try .json(200, try await workspaces.rename(name, by: Caller(request)))
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/workspace", id: "deleteWorkspace", summary: "Deletes the workspace",
            description: "Nothing in it works any more. Until `purge_at` it can be restored; then it is gone for good.",
            access: .needs(.workspaceDelete), rateClass: .workspaceWrite, audit: .own("workspace.deleted"),
            answers: [.json(200, "The workspace with the time at which it goes.", .named("Workspace"))],
            problems: [.conflict, .unprocessable]
        ) { request in
            try .json(200, try await workspaces.delete(by: Caller(request)))
        }
    }

    private var restore: Endpoint {
        Endpoint(
            .post, "/api/v1/workspace/restore", id: "restoreWorkspace", summary: "Brings a deleted workspace back",
            access: .needs(.workspaceDelete), rateClass: .workspaceWrite, audit: .own("workspace.restored"),
            answers: [.json(200, "The workspace as it is now.", .named("Workspace"))], problems: [.conflict]
        ) { request in
            try .json(200, try await workspaces.restore(by: Caller(request)))
        }
    }

    private var transfer: Endpoint {
        Endpoint(
            .post, "/api/v1/workspace/transfer", id: "transferWorkspace",
            summary: "Makes another member the owner of the workspace",
            description: "You become an admin.", access: .needs(.workspaceTransfer),
            rateClass: .workspaceWrite, audit: .own("workspace.transferred"), accepts: [.body(NewOwner.self)],
            answers: [.init(204, "Done.")], problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            try await workspaces.transfer(to: request.json(NewOwner.self).member, by: Caller(request))
            return .init(status: 204)
        }
    }

    private var rights: Endpoint {
        Endpoint(
            .get, "/api/v1/workspace/permissions", id: "getPermissions", summary: "Shows what you may do here",
            description: "What is left of your role, your key, the plan and the state of the workspace together.",
            access: .needs(.workspaceRead), rateClass: .read,
            answers: [.json(200, "Who you are here and what you may do.", .named("Rights"))]
        ) { request in
            try .json(200, Rights(request.principal))
        }
    }

    private var plans: Endpoint {
        Endpoint(
            .get, "/api/v1/plans", id: "listPlans", summary: "Lists the plans of this server",
            access: .needs(.account), rateClass: .read,
            answers: [.json(200, "From the smallest to the largest.", .named("PlanPage"))]
        ) { _ in
            try .json(200, Page(items: workspaces.tenants.plans.plans, next: nil))
        }
    }
}

/// The JSON form of a workspace to make.
private struct NewWorkspace: Decodable, Documented {
    let name: Line<1, 100>
    let slug: Formed<SlugForm>?

    static let meanings = [
        "name": "Its name for people.", "slug": "Its name in addresses; made of the name when left out.",
    ]
}

/// The JSON form of another name.
private struct NewName: Decodable, Documented {
    let name: Line<1, 100>

    static let meanings = ["name": "Its new name."]
}

/// The JSON form of another owner.
private struct NewOwner: Decodable, Documented {
    let member: UserID

    static let meanings = ["member": "The id of the member."]
}

/// A workspace in the list of those that somebody is in.
private struct MyWorkspace: Encodable, Sendable {
    let workspace: Workspace
    let role: String
    let permissions: PermissionSet

    init(_ access: Access) {
        workspace = access.workspace
        role = access.role.name
        permissions = access.permissions()
    }
}

/// Who somebody is in a workspace, and what they may do.
private struct Rights: Encodable, Sendable {
    let actor: String
    let workspace: WorkspaceID
    let permissions: PermissionSet

    init(_ principal: Principal) {
        actor = principal.actor.description
        workspace = principal.workspace
        permissions = principal.permissions
    }
}
