import Endpoints
import Engine
import Foundation
import Model
import Storage

extension JobEndpoints {
    var showBatch: Endpoint {
        Endpoint(
            .get, "/api/v1/batches/{id}", id: "getBatch", summary: "Shows how far a batch is", access: .needs(.jobsRead),
            rateClass: .read,
            parameters: [.init(.path, "id", .string(), "The batch's id: `batch_` and 32 hexadecimal digits.")],
            answers: [.json(200, "The batch.", .named("Batch"))], problems: [.notFound]
        ) { request in
            let id = try BatchID(parameter: request.path["id"] ?? "", "id")
            guard let batch = try await reading.batch(id, in: request.principal.workspace) else {
                throw Problem(.notFound, "There is no batch \(id).")
            }
            return try .json(200, BatchDocument(batch))
        }
    }

    var submitBatch: Endpoint {
        Endpoint(
            .post, "/api/v1/batch", id: "submitBatch", summary: "Submits up to 1,000 jobs of one kind",
            description: """
                As JSON, `items` are the inputs of the jobs. As a form, each file becomes a job, and the other fields \
                apply to every one. All jobs are stored, or none.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, idempotent: true,
            accepts: [
                .json(
                    .object([
                        .init("kind", .string(), required: true, "The kind of the jobs; see listKinds."),
                        .init("items", .array(of: .any, maximumItems: 1_000), required: true, "One input for each job."),
                    ])),
                .multipart(
                    .object([
                        .init("kind", .string(), required: true, "The kind of the jobs; one that takes files."),
                        .init("files", .array(of: .file, maximumItems: 1_000), required: true, "One file for each job."),
                    ])),
            ],
            answers: [
                .json(201, "The batch is stored.", .named("Batch")),
                .json(200, "The same batch was stored before.", .named("Batch")),
            ], problems: [.invalidRequest, .unprocessable, .conflict, .tooLarge, .unsupportedMedia, .unavailable, .diskFull]
        ) { request in
            let (kind, inputs) = try inputs(of: request)
            let submitted = try await service.submitBatch(kind: kind, inputs: inputs, for: request)
            let document = BatchDocument(submitted.batch)
            return try .json(submitted.existing ? 200 : 201, document, headers: ["Location": document.url])
        }
    }

    private func inputs(of request: EndpointRequest) throws -> (kind: String, inputs: [JSONText]) {
        guard case .form(let form) = request.body else {
            let body = try request.json(BatchBody.self)
            return (body.kind, body.items)
        }
        guard let name = form.fields["kind"] else {
            throw Problem(.invalidRequest, "The field 'kind' is missing.", field: "kind")
        }
        let kind = try service.kind(name)
        guard let input = kind.inputFromUpload else {
            throw Problem(.unprocessable, "Jobs of the kind '\(name)' are not made from files.", field: "kind")
        }
        let options = form.fields.filter { $0.key != "kind" }
        return (name, try form.files.map { try input($0, options) })
    }
}

/// The JSON form of a batch.
private struct BatchBody: Decodable {
    let kind: String
    let items: [JSONText]
}
