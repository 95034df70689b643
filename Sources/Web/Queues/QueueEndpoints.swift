import Endpoints
import Engine
import Model
import Storage

/// The operations on queues: the jobs of one kind in the caller's workspace.
struct QueueEndpoints: Sendable {
    let queues: any QueueControl
    let service: JobService

    /// All of them.
    var all: [Endpoint] {
        [list, pause, resume, drain, listCaps, setCap, showLimits, setLimits]
    }

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/queues", id: "listQueues",
            summary: "Lists the queues that have unfinished jobs or a mode that was set",
            access: .needs(.queuesRead), rateClass: .read,
            answers: [.json(200, "The workspace's queues, by kind.", .named("QueuePage"))]
        ) { request in
            try .json(200, Page(items: try await queues.queues(in: request.principal.workspace), next: nil))
        }
    }

    private var pause: Endpoint {
        switching(
            to: .paused, "pause", summary: "Starts no more jobs of a kind",
            description: "Jobs that workers have go on; new ones are taken in and wait.")
    }

    private var resume: Endpoint {
        switching(
            to: .running, "resume", summary: "Starts the jobs of a kind again",
            description: "Ends both a pause and a drain.")
    }

    private var drain: Endpoint {
        switching(
            to: .draining, "drain", summary: "Takes no more jobs of a kind",
            description: "Those that are there run; new ones are refused with 503 until the queue is resumed.")
    }

    private func switching(
        to mode: QueueMode, _ verb: String, summary: String, description: String
    ) -> Endpoint {
        Endpoint(
            .post, "/api/v1/queues/{kind}/\(verb)", id: "\(verb)Queue", summary: summary, description: description,
            access: .needs(.queuesWrite), audit: .entry("queue.\(Self.deed(mode))"),
            parameters: [.init(.path, "kind", .string(pattern: KindName.pattern), "The kind of its jobs.")],
            answers: [.json(200, "The queue as it is now.", .named("Queue"))], problems: [.notFound]
        ) { request in
            let workspace = request.principal.workspace
            let kind = request.path["kind"] ?? ""
            try await checkExists(kind, in: workspace)
            try await queues.setMode(mode, of: kind, in: workspace)
            let status = try await queues.queues(in: workspace).first { $0.kind == kind }
            return try .json(200, status ?? QueueStatus(kind: kind, mode: mode, states: [:], oldestWaiting: nil))
        }
    }

    private static func deed(_ mode: QueueMode) -> String {
        switch mode {
        case .running: "resumed"
        case .paused: "paused"
        case .draining: "drained"
        }
    }

    /// A queue exists where its kind does, or where it has jobs of a kind that used to.
    private func checkExists(_ kind: String, in workspace: WorkspaceID) async throws {
        let kinds = try await service.allKinds(in: workspace).map(\.name)
        if kinds.contains(kind) { return }
        let known = try await queues.queues(in: workspace).map(\.kind)
        guard !known.contains(kind) else { return }
        let names = Set(known + kinds).sorted().joined(separator: ", ")
        throw Problem(.notFound, "There is no queue '\(kind.prefix(100))'; there are: \(names).", field: "kind")
    }
}
