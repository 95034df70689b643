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
            access: .needs(.queuesWrite),
            parameters: [.init(.path, "key", .string(), "The cap's name, such as `repository:website`.")],
            accepts: [
                .json(
                    .object([
                        .init("slots", .integer(minimum: 1, maximum: 100_000), required: true, "How many run at once.")
                    ]))
            ],
            answers: [.json(200, "The cap as it is now.", .named("Cap"))], problems: [.unprocessable]
        ) { request in
            let workspace = request.principal.workspace
            let name = request.path["key"] ?? ""
            let slots = try request.json(CapBody.self).slots
            guard JobOptions.slots.contains(slots) else {
                throw Problem(.unprocessable, "A cap has from 1 to 100000 slots.", field: "slots")
            }
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
            try .json(200, LimitsDocument(try await queues.limit(of: request.principal.workspace)))
        }
    }

    var setLimits: Endpoint {
        Endpoint(
            .put, "/api/v1/limits", id: "setLimits", summary: "Sets what the workspace gets of the workers",
            description: "Both members replace what was there; `slots` left out or null means no bound. Holds at once.",
            access: .needs(.queuesWrite), accepts: [.json(.named("Limits"))],
            answers: [.json(200, "The limits as they are now.", .named("Limits"))], problems: [.unprocessable]
        ) { request in
            let body = try request.json(LimitsDocument.self)
            guard LimitsDocument.weights.contains(body.weight) else {
                throw Problem(.unprocessable, "The weight must lie between 1 and 1000.", field: "weight")
            }
            guard body.slots.map(JobOptions.slots.contains) ?? true else {
                throw Problem(
                    .unprocessable, "The slots must lie between 1 and 100000, or be null for no bound.", field: "slots")
            }
            let workspace = request.principal.workspace
            try await queues.setLimit(WorkspaceLimit(weight: body.weight, slots: body.slots), of: workspace)
            return try .json(200, LimitsDocument(try await queues.limit(of: workspace)))
        }
    }
}

/// The JSON form of a cap to set.
private struct CapBody: Decodable {
    let slots: Int
}

/// What a workspace gets of the workers, as callers see and send it.
private struct LimitsDocument: Codable, Sendable {
    let weight: Int
    let slots: Int?

    static let weights: ClosedRange<Int> = 1...1_000

    init(_ limit: WorkspaceLimit) {
        weight = limit.weight
        slots = limit.slots
    }

    /// Writes null where there is no bound, so that the answer can be sent back as it is.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(weight, forKey: .weight)
        try container.encode(slots, forKey: .slots)
    }

    private enum CodingKeys: String, CodingKey {
        case weight, slots
    }
}
