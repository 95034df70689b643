import Endpoints
import Engine
import Model
import Storage

/// What a worker says about one job. Each call carries the epoch, and is refused with `fenced` when the lease is over.
extension WorkerEndpoints {
    private static let job = Endpoint.Parameter(
        .path, "job", JobID.schema, "The job's id: `job_` and 32 hexadecimal digits.")
    private static let problems: [ProblemKind] = [.notFound, .fenced, .unprocessable]
    private static let stop = Endpoint.Answer.json(
        200, "It is written; says whether the job should stop.", .named("StopNotice"))

    var progress: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/jobs/{job}/progress", id: "reportProgress", summary: "Says how far a job is",
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, parameters: [Self.id, Self.job],
            accepts: [.body(ProgressBody.self)],
            answers: [Self.stop], problems: Self.problems
        ) { request in
            let body = try request.json(ProgressBody.self)
            let (_, stop) = try await service.record(try await call(request, body.epoch)) { [body.update(of: $0)] }
            return try .json(200, StopDocument(stop))
        }
    }

    var log: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/jobs/{job}/log", id: "appendLog", summary: "Adds lines to the log of a job",
            description: """
                Up to 500 lines at a time. Messages are cut after 4,096 characters, and once the journal of a job has \
                \(OutsideWorkService.longestLog) entries, further lines are left out; `kept` says how many were not.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, parameters: [Self.id, Self.job],
            accepts: [.body(LogBody.self)],
            answers: [.json(200, "They are written.", .named("LogReceipt"))], problems: Self.problems
        ) { request in
            let body = try request.json(LogBody.self)
            let lines = try body.logLines()
            func room(_ job: HeldJob) -> Int {
                Int(min(Int64(lines.count), max(0, OutsideWorkService.longestLog - job.position)))
            }
            let (job, stop) = try await service.record(try await call(request, body.epoch)) { job in
                lines.prefix(room(job)).map { .log($0) }
            }
            return try .json(200, LogReceiptDocument(kept: room(job), stop: StopDocument(stop)))
        }
    }

    var artifact: Endpoint {
        Endpoint(
            .put, "/api/v1/workers/{id}/jobs/{job}/artifacts/{name}", id: "publishArtifact",
            summary: "Publishes a file that a job made",
            description: "A form with the epoch and one file. A later file of the same name replaces it.",
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob,
            parameters: [
                Self.id, Self.job,
                .init(
                    .path, "name", .string(pattern: WorkerText.fileNamePattern),
                    "The file's name within the job: `report.pdf`."),
            ],
            accepts: [
                .multipart(
                    .object([
                        .init("epoch", .integer(minimum: 1), required: true, "The lease."),
                        .init("file", .file, required: true, "The file."),
                    ]))
            ],
            answers: [Self.stop], problems: Self.problems + [.diskFull]
        ) { request in
            guard case .form(let form) = request.body,
                let epoch = form.fields["epoch"].flatMap({ Int($0) }).flatMap(Epoch.init)
            else {
                throw Problem(
                    .invalidRequest, "The field 'epoch' is missing, or no whole number from 1 on.", field: "epoch")
            }
            guard form.files.count == 1, let file = form.files.first else {
                throw Problem(.unprocessable, "Send exactly one file.", field: "file")
            }
            let name = try WorkerText.fileName(request.path["name"] ?? "")
            let call = try await self.call(request, epoch)
            request.custody.take()
            do {
                return try .json(200, StopDocument(try await service.publish(file, as: name, call)))
            } catch {
                // Without a reply from the database the file may be published.
                if (error as? StorageError)?.code != .unavailable { await service.discard(file) }
                throw error
            }
        }
    }

    var complete: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/jobs/{job}/complete", id: "completeJob", summary: "Ends a job with its result",
            description: "Sending it again after a lost answer changes nothing and succeeds.",
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, parameters: [Self.id, Self.job],
            accepts: [.body(CompletionBody.self)],
            answers: [.init(204, "The job has succeeded.")], problems: Self.problems
        ) { request in
            let body = try request.json(CompletionBody.self)
            let result = try body.checkedResult()
            try await service.complete(try await call(request, body.epoch), result: result)
            return .init(status: 204)
        }
    }

    var fail: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/jobs/{job}/fail", id: "failJob", summary: "Ends an attempt that failed",
            description: """
                A `retryable` failure runs again while attempts are left, after a random delay that doubles its bound each \
                time and is never shorter than `retry_after_ms`. Any other one is the end of the job. Sending it again \
                changes nothing and succeeds.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, parameters: [Self.id, Self.job],
            accepts: [.body(FailureBody.self)],
            answers: [.init(204, "The attempt has ended.")], problems: Self.problems
        ) { request in
            let body = try request.json(FailureBody.self)
            try await service.fail(
                try await call(request, body.epoch), body.failure,
                retryAfter: body.retryAfter.map { .milliseconds($0.value) })
            return .init(status: 204)
        }
    }

    var release: Endpoint {
        Endpoint(
            .post, "/api/v1/workers/{id}/jobs/{job}/release", id: "releaseJob",
            summary: "Hands a job back without spending an attempt",
            description: """
                For a worker that shuts down, and for one that was asked to stop: then the job is canceled. A job that ran \
                longer than its kind allows counts as failed.
                """,
            access: .needs(.workersRun), rateClass: .workers, audit: Self.ofTheJob, parameters: [Self.id, Self.job],
            accepts: [.body(ReleaseBody.self)],
            answers: [.init(204, "The job belongs to nobody.")], problems: Self.problems
        ) { request in
            let body = try request.json(ReleaseBody.self)
            try await service.release(try await call(request, body.epoch))
            return .init(status: 204)
        }
    }

    private func call(_ request: EndpointRequest, _ epoch: Epoch) async throws -> OutsideCall {
        let job = try JobID(parameter: request.path["job"] ?? "", "job")
        return OutsideCall(worker: try await worker(of: request), job: job, epoch: Int64(epoch.value))
    }
}
