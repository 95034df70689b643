import Endpoints
import Engine
import Model
import Storage

/// The operations of workers outside this program: they register, take jobs, and say how these go.
struct WorkerEndpoints: Sendable {
    let service: OutsideWorkService
    let drain: Drain

    /// All of them.
    var all: [Endpoint] {
        [register, lease, heartbeat, close, progress, log, artifact, complete, fail, release]
    }

    /// Many a second, by programs; a job's own journal has who ran it and how that went.
    static let ofTheJob = Endpoint.Audit.none("The journal of the job tells it.")

    static let id = Endpoint.Parameter(
        .path, "id", WorkerSessionID.schema, "The worker's id: `worker_` and 32 hexadecimal digits.")

    private var register: Endpoint {
        Endpoint(
            .post, "/api/v1/workers", id: "registerWorker",
            summary: "Opens a session for a worker and its kinds of jobs",
            description: """
                New kinds are added to the workspace and known ones changed. They stay when the worker goes: jobs can be \
                submitted, and wait. The session lasts as long as its lease, from each heartbeat on.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: .entry("worker.registered"),
            accepts: [.body(RegistrationBody.self)],
            answers: [.json(201, "The session.", .named("Worker"))],
            problems: [.invalidRequest, .conflict, .unprocessable, .unavailable]
        ) { request in
            let registration = try request.json(RegistrationBody.self)
            let worker = registration.worker(in: request.principal.workspace)
            try await service.register(worker, kinds: try registration.outsideKinds())
            request.deeds.add(to: [worker.id.description])
            return try .json(
                201, WorkerDocument(worker), headers: ["Location": "/api/v1/workers/\(worker.id)"])
        }
    }

    private var lease: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/lease", id: "leaseJobs",
            summary: "Takes jobs for a worker, and waits for the first",
            description: """
                Answers as soon as there is a job, and with an empty list when there is none after `wait_ms` or when the \
                server stops. Each job is this worker's alone, under its `epoch`, while heartbeats come.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, waits: true, parameters: [Self.id],
            accepts: [.body(LeaseBody.self)],
            answers: [.json(200, "The jobs, best first.", .named("LeasedJobs"))],
            problems: [.notFound, .lapsed, .unprocessable, .unavailable]
        ) { request in
            let body = try request.json(LeaseBody.self)
            let worker = try await worker(of: request)
            let wait = Duration.milliseconds(body.wait?.value ?? 0)
            let jobs = try await service.lease(limit: body.limit?.value ?? 1, wait: wait, for: worker) {
                await waitForEnd(of: request)
            }
            let timeouts = jobs.isEmpty ? [:] : try await service.timeouts(in: worker.workspace)
            let documents = jobs.map { leased in
                let timeout = timeouts[leased.job.kind] ?? .zero
                return LeasedJobsDocument.Item(leased, timeout: min(timeout, leased.allowance ?? timeout))
            }
            return try .json(200, LeasedJobsDocument(jobs: documents))
        }
    }

    private var heartbeat: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/heartbeat", id: "sendHeartbeat", summary: "Extends the leases of a worker",
            description: """
                Send one each `heartbeat_ms`. The answer holds every job that is still this worker's; stop working on any \
                other one. A job that runs longer than its kind allows is asked to stop; one lease later it is ended here.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: .none("It says only that the worker is there."),
            parameters: [Self.id],
            answers: [.json(200, "What the worker holds.", .named("HeldJobs"))], problems: [.notFound, .lapsed]
        ) { request in
            let worker = try await worker(of: request)
            return try .json(200, HeldJobsDocument(jobs: try await service.heartbeat(worker).map { .init($0) }))
        }
    }

    private var close: Endpoint {
        Endpoint(
            .delete, "/api/v1/workers/{id}", id: "closeWorker", summary: "Ends the session of a worker",
            description: "Jobs that it still holds go back without spending an attempt.",
            access: .needs(.workersRun), rateClass: .workers, audit: .entry("worker.closed"), parameters: [Self.id],
            answers: [.init(204, "It has ended.")],
            problems: [.notFound]
        ) { request in
            try await service.close(try await worker(of: request))
            return .init(status: 204)
        }
    }

    /// Returns when there is no use in waiting: the worker went away, or the server stops.
    private func waitForEnd(of request: EndpointRequest) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain.wait() }
            group.addTask { await request.presence.waitForLeave() }
            await group.next()
            group.cancelAll()
        }
    }

    /// The worker that the path names.
    func worker(of request: EndpointRequest) async throws -> OutsideWorker {
        let id = try WorkerSessionID(parameter: request.path["id"] ?? "", "id")
        return try await service.worker(id, in: request.principal.workspace)
    }
}
