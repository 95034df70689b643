import Endpoints
import Engine
import Foundation
import Model
import Storage

/// The operations of this workload.
enum SpeechVideoEndpoints {
    static func all(_ services: WorkloadServices) -> [Endpoint] {
        [transcribe(services), diagram(services), video(services)]
    }

    private static func transcribe(_ services: WorkloadServices) -> Endpoint {
        let formats: [Endpoint.Answer.Content] = [
            .init("application/json", .any), .init("text/plain", .string()), .init("text/vtt", .string()),
            .init("application/x-subrip", .string()),
        ]
        let form = Schema.object(
            properties(PipelineInput.formSchema()) + [
                .init(
                    "response_format", .string(values: TranscriptFormat.allCases.map(\.rawValue)),
                    "The form of the transcript when the answer carries it; `verbose_json` when left out."),
                .init("model", .string(), "Accepted for OpenAI clients; the server's model is used."),
            ])
        return Endpoint(
            .post, "/api/v1/transcribe", id: "createTranscription", summary: "Turn a recording into a transcript",
            description: """
                Takes the parameters of the OpenAI transcription API. Answers at once with a job; with the header \
                `Prefer: wait=N` it waits up to N seconds, at most 120, and answers with the transcript itself when it is \
                ready by then.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, idempotency: .own, audit: .entry(JobDeeds.submission),
            parameters: [
                .init(.header, "Prefer", .string(maximumLength: 100), "`wait=N` waits for the transcript.")
            ],
            accepts: [.multipart(form), .json(PipelineInput.schema(of: .recording))],
            answers: [
                SubmittedJob.answers[0],
                .init(200, "The transcript, or the first job with this Idempotency-Key.", formats),
            ],
            problems: submissionProblems
        ) { request in
            let format = try TranscriptFormat.asked(in: request)
            let submitted = try await submit(SpeechVideoJobs.transcription, request, services)
            guard let seconds = wait(request.headers["prefer"]) else { return try submitted.response() }
            return try await TranscriptAnswer(services: services, request: request, format: format)
                .waiting(for: submitted.job.id, atMost: seconds) ?? submitted.response()
        }
    }

    private static func diagram(_ services: WorkloadServices) -> Endpoint {
        Endpoint(
            .post, "/api/v1/generate-diagram", id: "createDiagram", summary: "Draw what a text says",
            access: .needs(.jobsWrite), idempotency: .own, audit: .entry(JobDeeds.submission),
            accepts: [.json(PipelineInput.schema(of: .text))],
            answers: SubmittedJob.answers, problems: submissionProblems
        ) { request in
            try await submit(SpeechVideoJobs.diagram, request, services).response()
        }
    }

    private static func video(_ services: WorkloadServices) -> Endpoint {
        let edited = Schema.Property(
            "job", .string(), "With `scenes`: an earlier job whose recording and transcript are used again.")
        return Endpoint(
            .post, "/api/v1/generate-video", id: "createVideo",
            summary: "Turn a recording, a text or edited scenes into a video",
            description: """
                Send a recording as the form field `file`, or JSON with one of `url`, `text` and `scenes`. To change a \
                video, send `job` with the edited `scenes`: only scenes that changed are rendered again.
                """,
            access: .needs(.jobsWrite), rateClass: .upload, idempotency: .own, audit: .entry(JobDeeds.submission),
            accepts: [
                .multipart(PipelineInput.formSchema()),
                .json(.object(properties(PipelineInput.schema(of: .anything)) + [edited])),
            ],
            answers: SubmittedJob.answers, problems: submissionProblems + [.notFound]
        ) { request in
            try await submit(SpeechVideoJobs.video, request, services).response()
        }
    }

    private static let submissionProblems: [ProblemKind] = [
        .invalidRequest, .conflict, .tooLarge, .unsupportedMedia, .unprocessable, .unavailable, .diskFull,
    ]

    private static func properties(_ schema: Schema) -> [Schema.Property] {
        if case .object(let properties) = schema { properties } else { [] }
    }

    // MARK: Submitting

    private static func submit(
        _ kind: String, _ request: EndpointRequest, _ services: WorkloadServices
    ) async throws -> SubmittedJob {
        switch request.body {
        case .form(let form):
            guard form.files.count == 1, let file = form.files.first, file.part == "file" else {
                for file in form.files { try? await services.objects.delete(file.object) }
                let detail = "Send one recording as the form field 'file'; for several use /api/v1/batch."
                throw Problem(.unprocessable, detail, field: "file")
            }
            return try await services.jobs.submit(
                kind: kind, input: .upload(file, options: form.fields), for: request)
        case .json(let data):
            let input: JobInput
            if kind == SpeechVideoJobs.video, let edit = try? JSONDecoder().decode(Edit.self, from: data) {
                input = .prepared(try await edited(edit, request, services))
            } else {
                input = .document(JSONText(trusted: String(decoding: data, as: UTF8.self)))
            }
            return try await services.jobs.submit(kind: kind, input: input, for: request)
        case .none:
            throw Problem(.unsupportedMedia, "The request has no body: send a form with a file, or JSON.")
        }
    }

    private struct Edit: Decodable {
        let job: String
        let scenes: Storyboard
    }

    /// The input of an earlier video with other scenes; its recording and transcript are found by their keys.
    private static func edited(
        _ edit: Edit, _ request: EndpointRequest, _ services: WorkloadServices
    ) async throws -> JSONText {
        guard let id = JobID(edit.job), let job = try await services.reading.job(id, in: request.principal.workspace)
        else { throw Problem(.notFound, "There is no job '\(edit.job)'.", field: "job") }
        guard job.kind == SpeechVideoJobs.video else {
            throw Problem(.unprocessable, "The job '\(edit.job)' made no video.", field: "job")
        }
        do {
            try edit.scenes.validate()
        } catch {
            throw Problem(.unprocessable, "\(error)", field: "scenes")
        }
        var input: PipelineInput = try job.input.decode()
        input.scenes = edit.scenes
        input.text = nil
        return try JSONText(encoding: input)
    }

    /// The seconds of `Prefer: wait=N`, RFC 7240.
    private static func wait(_ header: String?) -> Duration? {
        guard let match = header?.firstMatch(of: /wait=([0-9]{1,4})/), let seconds = Int(match.1) else { return nil }
        return .seconds(min(seconds, 120))
    }
}
