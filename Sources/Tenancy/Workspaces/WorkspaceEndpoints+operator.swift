import Endpoints
import Model

/// What only who runs the server does.
extension WorkspaceEndpoints {
    private static let id = Endpoint.Parameter.id("The workspace's id.")

    var listAll: Endpoint {
        Endpoint(
            .get, "/api/v1/operator/workspaces", id: "listAllWorkspaces", summary: "Lists the workspaces of the server",
            access: .needs(.operate), rateClass: .read,
            parameters: [
                .init(.query, "state", .string(values: WorkspaceState.allCases.map(\.rawValue)), "Those in one state.")
            ] + EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them, the oldest first.", .named("WorkspacePage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await workspaces.everyWorkspace(
                in: request.choice("state"), after: request.idPosition(), limit: limit + 1)
            return try .json(200, request.page(of: page, limit: limit, position: { $0.id.description }, { $0 }))
        }
    }

    var suspend: Endpoint {
        Endpoint(
            .post, "/api/v1/operator/workspaces/{id}/suspend", id: "suspendWorkspace", summary: "Stops a workspace",
            description: "Its owners may read what is there; nobody does anything else.", access: .needs(.operate),
            audit: .own("workspace.suspended"),
            parameters: [Self.id], accepts: [.body(Suspension.self)],
            answers: [.json(200, "The workspace as it is now.", .named("Workspace"))],
            problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            let reason = try request.json(Suspension.self).reason.value
            return try .json(200, try await workspaces.suspend(request.id(), reason: reason, by: Caller(request)))
        }
    }

    var resume: Endpoint {
        Endpoint(
            .post, "/api/v1/operator/workspaces/{id}/resume", id: "resumeWorkspace", summary: "Ends a suspension",
            access: .needs(.operate), audit: .own("workspace.resumed"), parameters: [Self.id],
            answers: [.json(200, "The workspace as it is now.", .named("Workspace"))], problems: [.notFound, .conflict]
        ) { request in
            try .json(200, try await workspaces.resume(request.id(), by: Caller(request)))
        }
    }

    var setPlan: Endpoint {
        Endpoint(
            .put, "/api/v1/operator/workspaces/{id}/plan", id: "setPlan", summary: "Gives a workspace another plan",
            description: "Holds at once. What it has above the new bounds stays; nothing is added to it.",
            access: .needs(.operate), audit: .own("workspace.plan_changed"), parameters: [Self.id],
            accepts: [.body(PlanChoice.self)],
            answers: [.json(200, "The workspace as it is now.", .named("Workspace"))],
            problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            let plan = try request.json(PlanChoice.self).plan
            return try .json(
                200, try await workspaces.setPlan(plan, of: request.id(), by: Caller(request), queues: queues))
        }
    }
}

/// The JSON form of a suspension.
private struct Suspension: Decodable, Documented {
    let reason: Line<1, 500>

    static let meanings = ["reason": "Shown to its owners."]
}

/// The JSON form of the choice of a plan.
private struct PlanChoice: Decodable, Documented {
    let plan: String

    static let meanings = ["plan": "The plan's name."]
}
