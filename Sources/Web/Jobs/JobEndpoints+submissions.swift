import Endpoints
import Engine
import Foundation
import Model
import Storage

extension JobEndpoints {
    /// What taking work in may refuse.
    var submissionProblems: [ProblemKind] {
        [.invalidRequest, .conflict, .tooLarge, .unsupportedMedia, .unprocessable, .unavailable, .diskFull]
    }

    var submit: Endpoint {
        Endpoint(
            .post, "/api/v1/jobs", id: "submitJob", summary: "Submits a job of any kind",
            description: """
                As JSON, `input` is the job's input in the form that listKinds shows. As a form, the file becomes the input, \
                and the fields beside `kind` are its options. A queue that is full answers 503 with `Retry-After` and says \
                which bound was reached. The header `traceparent` (W3C Trace Context) stays with the job.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, idempotency: .own, audit: .entry(JobDeeds.submission),
            accepts: [
                .body(JobBody.self),
                .multipart(
                    .object([
                        .init("kind", .string(), required: true, "The kind of the job; one that takes files."),
                        .init("file", .file, required: true, "The file."),
                    ])),
            ],
            answers: SubmittedJob.answers,
            problems: submissionProblems
        ) { request in
            try await submitted(request).response()
        }
    }

    /// Stores the job that the request describes.
    func submitted(_ request: EndpointRequest) async throws -> SubmittedJob {
        guard case .form(let form) = request.body else {
            let body = try request.json(JobBody.self)
            return try await service.submit(
                kind: body.kind, input: .document(body.input), options: try body.options.options,
                for: request)
        }
        var options = form.fields
        guard let kind = options.removeValue(forKey: "kind") else {
            throw Problem(.invalidRequest, "The field 'kind' is missing.", field: "kind")
        }
        guard form.files.count == 1, let file = form.files.first else {
            throw Problem(.unprocessable, "Send exactly one file; for several there is /api/v1/batch.", field: "file")
        }
        return try await service.submit(kind: kind, input: .upload(file, options: options), for: request)
    }
}

/// The JSON form of a job to submit.
private struct JobBody: Decodable, Documented {
    let kind: String
    let input: JSONText
    /// Stand beside the others.
    let options: JobOptionsBody

    static let meanings = JobOptionsBody.meanings.merging([
        "kind": "The kind of the job; see listKinds.", "input": "Its input.",
    ]) { $1 }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(String.self, forKey: .kind)
        input = try container.decode(JSONText.self, forKey: .input)
        options = try JobOptionsBody(from: decoder)
    }

    private enum CodingKeys: String, CodingKey { case kind, input }
}
