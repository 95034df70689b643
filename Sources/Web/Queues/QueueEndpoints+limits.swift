import Endpoints
import Engine
import Model
import Storage

extension QueueEndpoints {
    var listCaps: Endpoint {
        Endpoint(
            .get, "/api/v1/caps", id: "listCaps",
            summary: "Lists the bounds on how many jobs run under one name at once",
            description: "Those of the workspace, and those that all workspaces share.",
            access: .needs(.queuesRead), rateClass: .read,
            answers: [.json(200, "The caps, by name; those that were used or set.", .named("CapPage"))]
        ) { request in
            try .json(200, Page(items: try await queues.caps(in: request.principal.workspace), next: nil))
        }
    }

    var setCap: Endpoint {
        Endpoint(
            .put, "/api/v1/caps/{key}", id: "setCap", summary: "Sets a cap of the workspace",
            description: """
                Holds at once, also for jobs that are there. Caps that all workspaces share belong to the operator and \
                cannot be set here.
                """,
            access: .needs(.queuesWrite), audit: .entry("cap.set"),
            parameters: [
                .init(
                    .path, "key", .string(pattern: #"^[!-.0-\[\]-~]{1,120}$"#),
                    "The cap's name, such as `repository:website`.")
            ],
            accepts: [.body(CapBody.self)],
            answers: [.json(200, "The cap as it is now.", .named("Cap"))], problems: [.unprocessable]
        ) { request in
            let workspace = request.principal.workspace
            let name = request.path["key"] ?? ""
            let slots = try request.json(CapBody.self).slots.value
            try await queues.setCap(Cap(CapKey(checking: name, in: workspace, field: "key"), slots: slots))
            let status = try await queues.caps(in: workspace).first { $0.key == name && !$0.isShared }
            return try .json(
                200, status ?? CapStatus(key: name, slots: slots, taken: 0, waiting: 0, isShared: false))
        }
    }

    var showLimits: Endpoint {
        Endpoint(
            .get, "/api/v1/limits", id: "getLimits", summary: "Shows what the workspace gets of the workers",
            access: .needs(.queuesRead), rateClass: .read, answers: [.json(200, "The limits.", .named("Limits"))]
        ) { request in
            try .json(200, LimitsAnswer(try await queues.limit(of: request.principal.workspace)))
        }
    }

    var setLimits: Endpoint {
        Endpoint(
            .put, "/api/v1/limits", id: "setLimits", summary: "Sets what the workspace gets of the workers",
            description: "Both members replace what was there; `slots` left out or null means no bound. Holds at once.",
            // Its plan says what a workspace gets; another one than the server's own would give itself more.
            access: .needs(.operate), audit: .entry("limits.set"), accepts: [.body(LimitsBody.self)],
            answers: [.json(200, "The limits as they are now.", .named("Limits"))], problems: [.unprocessable]
        ) { request in
            let body = try request.json(LimitsBody.self)
            let workspace = request.principal.workspace
            try await queues.setLimit(
                WorkspaceLimit(weight: body.weight.value, slots: body.slots?.value), of: workspace)
            return try .json(200, LimitsAnswer(try await queues.limit(of: workspace)))
        }
    }
}

/// The JSON form of a cap to set.
private struct CapBody: Decodable, Documented {
    let slots: Whole<1, 100_000>

    static let meanings = ["slots": "How many run at once."]
}

/// What a workspace gets of the workers, as callers send it.
private struct LimitsBody: Decodable, Documented {
    let weight: Whole<1, 1_000>
    let slots: Whole<1, 100_000>?

    static let meanings = [
        "weight": "Its part against other busy workspaces: twice the weight is twice the working time.",
        "slots": "How many of its jobs may be ready or running at once; null for no bound.",
    ]
}

/// What a workspace gets of the workers, as callers see it.
private struct LimitsAnswer: Encodable, Sendable {
    let limit: WorkspaceLimit

    init(_ limit: WorkspaceLimit) {
        self.limit = limit
    }

    /// Writes null where there is no bound, so that the answer can be sent back as it is.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(limit.weight, forKey: .weight)
        try container.encode(limit.slots, forKey: .slots)
    }

    private enum CodingKeys: String, CodingKey {
        case weight, slots
    }
}
