import Endpoints
import Engine
import Foundation
import Model
import Storage

extension JobEndpoints {
    var showBatch: Endpoint {
        Endpoint(
            .get, "/api/v1/batch/{id}", id: "getBatch", summary: "Shows how far a batch is", access: .needs(.jobsRead),
            rateClass: .read,
            parameters: [.init(.path, "id", BatchID.schema, "The batch's id: `batch_` and 32 hexadecimal digits.")],
            answers: [.json(200, "The batch.", .named("Batch"))], problems: [.notFound]
        ) { request in
            let id = try BatchID(parameter: request.path["id"] ?? "", "id")
            guard let batch = try await reading.batch(id, in: request.principal.workspace) else {
                throw Problem(.notFound, "There is no batch \(id).")
            }
            return try .json(200, try await document(of: batch, in: request.principal.workspace))
        }
    }

    var submitBatch: Endpoint {
        Endpoint(
            .post, "/api/v1/batch", id: "submitBatch", summary: "Submits up to 1,000 jobs of one kind",
            description: """
                As JSON, `items` are the inputs of the jobs. As a form, each file becomes a job, and the other fields \
                apply to every one. All jobs are stored, or none. A job given as `then` runs once all of them have ended, \
                however they did.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, idempotency: .own, audit: .entry(JobDeeds.batch),
            accepts: [
                .body(BatchBody.self),
                .multipart(
                    .object([
                        .init("kind", .string(), required: true, "The kind of the jobs; one that takes files."),
                        .init(
                            "files", .array(of: .file, maximumItems: 1_000), required: true, "One file for each job."),
                    ])),
            ],
            answers: [
                .json(202, "The batch is stored, its jobs will run.", .named("Batch")),
                .json(200, "The same Idempotency-Key was used before: the first batch.", .named("Batch")),
            ],
            problems: submissionProblems
        ) { request in
            let batch = try batch(in: request)
            let submitted = try await service.submitBatch(
                kind: batch.kind, inputs: batch.inputs, gathering: batch.then.map { ($0.kind, $0.input) }, for: request)
            let document = try await document(of: submitted.batch, in: request.principal.workspace)
            return try .json(submitted.existing ? 200 : 202, document, headers: ["Location": document.url])
        }
    }

    private func document(of batch: Batch, in workspace: WorkspaceID) async throws -> BatchDocument {
        // The job that gathers has the digits of the batch, so it is found without being noted anywhere.
        let last = try await reading.job(batch.id.gatheringJob, in: workspace)
        return BatchDocument(batch, then: last?.id)
    }

    private func batch(in request: EndpointRequest) throws -> (kind: String, inputs: [JobInput], then: BatchBody.Then?)
    {
        guard case .form(let form) = request.body else {
            let body = try request.json(BatchBody.self)
            return (body.kind, body.items.values.map(JobInput.document), body.then)
        }
        var options = form.fields
        guard let kind = options.removeValue(forKey: "kind") else {
            throw Problem(.invalidRequest, "The field 'kind' is missing.", field: "kind")
        }
        return (kind, form.files.map { .upload($0, options: options) }, nil)
    }
}

/// The JSON form of a batch.
private struct BatchBody: Decodable, Documented {
    let kind: String
    let items: Many<JSONText, 1, 1_000>
    let then: Then?

    static let meanings = [
        "kind": "The kind of the jobs; see listKinds.", "items": "One input for each job.",
        "then": "A job that runs when all of these have ended.",
    ]

    /// The job that runs when all have ended.
    struct Then: Decodable, Documented {
        let kind: String
        let input: JSONText

        static let meanings = ["kind": "Its kind.", "input": "Its input."]
    }
}
