package import Endpoints
import Model

/// The operations on projects.
package struct ProjectEndpoints: Sendable {
    let projects: ProjectStore

    package init(projects: ProjectStore) {
        self.projects = projects
    }

    /// All of them.
    package var all: [Endpoint] { [list, create, show, update, delete] }

    private static let id = Endpoint.Parameter.id("The project's id.")

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/projects", id: "listProjects", summary: "Lists the projects, the oldest first",
            access: .needs(.projectsRead), rateClass: .read, parameters: EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them.", .named("ProjectPage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await projects.projects(
                in: request.principal.workspace, after: request.idPosition(), limit: limit + 1)
            return try .json(200, request.page(of: page, limit: limit, position: { $0.id.description }, { $0 }))
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/projects", id: "createProject", summary: "Makes a project", access: .needs(.projectsWrite),
            rateClass: .workspaceWrite, audit: .own("project.created"),
            accepts: [.body(ProjectBody.self)], answers: [.json(201, "The project.", .named("Project"))],
            problems: [.conflict, .unprocessable, .quotaExceeded]
        ) { request in
            let body = try request.json(ProjectBody.self)
            let project = try await projects.create(
                name: body.name.value, description: body.description?.value ?? "", by: Caller(request))
            return try .json(201, project)
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/projects/{id}", id: "getProject", summary: "Shows a project", access: .needs(.projectsRead),
            rateClass: .read, parameters: [Self.id], answers: [.json(200, "The project.", .named("Project"))],
            problems: [.notFound]
        ) { request in
            try .json(200, try await projects.project(request.id(), in: request.principal.workspace))
        }
    }

    private var update: Endpoint {
        Endpoint(
            .put, "/api/v1/projects/{id}", id: "updateProject", summary: "Gives a project another name and description",
            access: .needs(.projectsWrite), rateClass: .workspaceWrite, audit: .own("project.updated"),
            parameters: [Self.id],
            accepts: [.body(ProjectBody.self)],
            answers: [.json(200, "The project as it is now.", .named("Project"))],
            problems: [.notFound, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(ProjectBody.self)
            let project = try await projects.update(
                request.id(), name: body.name.value, description: body.description?.value ?? "", by: Caller(request))
            return try .json(200, project)
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/projects/{id}", id: "deleteProject", summary: "Removes a project",
            description: "What belonged to it stays in the workspace.", access: .needs(.projectsWrite),
            rateClass: .workspaceWrite, audit: .own("project.removed"),
            parameters: [Self.id], answers: [.init(204, "Done.")], problems: [.notFound]
        ) { request in
            try await projects.remove(request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }
}

/// The JSON form of a project to make or to replace.
private struct ProjectBody: Decodable, Documented {
    let name: Line<1, 100>
    let description: Text<0, 1_000>?

    static let meanings = ["name": "Its name, unique in the workspace.", "description": "What it is for."]
}
