import ChildProcesses
import Endpoints
package import Engine
import Model
import Outbound

/// The kinds of jobs of this workload.
package enum SpeechVideoJobs {
    static let transcription = "transcribe"
    static let diagram = "generate-diagram"
    static let video = "generate-video"

    /// Every kind.
    package static func kinds(_ tools: SpeechVideoTools) -> [JobKind] {
        [
            kind(
                transcription, "Turns a recording into a transcript with times.", .recording,
                [.probe, .normalize, .transcribe], tools, transcribe),
            kind(diagram, "Draws what a text says.", .text, [.analyse, .draw], tools, drawDiagram),
            kind(
                video, "Turns a recording, a text or edited scenes into a narrated video with diagrams.", .anything,
                Stage.allCases, tools, makeVideo),
        ]
    }

    /// What people find in `result`.
    private struct Summary: Encodable {
        var language: String?
        var durationSeconds: Double
        var text: String?
        var scenes: Int?
        var notice: String?

        private enum CodingKeys: String, CodingKey {
            case language, text, scenes, notice
            case durationSeconds = "duration"
        }
    }

    private static let noSpeech = "No speech was found in the recording, so there is nothing to show."

    private static func transcribe(_ pipeline: Pipeline) async throws -> Summary {
        let (recording, info) = try await pipeline.probe()
        let transcript = try await pipeline.transcribe(try await pipeline.normalize(recording, info), info)
        return Summary(
            language: transcript.language, durationSeconds: info.duration.seconds,
            text: String(transcript.text.prefix(2_000)), notice: transcript.words.isEmpty ? noSpeech : nil)
    }

    private static func drawDiagram(_ pipeline: Pipeline) async throws -> Summary {
        let transcript = try await pipeline.readText(pipeline.input.text ?? "")
        let storyboard = try await pipeline.analyse(transcript)
        _ = try await pipeline.draw(storyboard)
        return Summary(
            language: storyboard.language, durationSeconds: storyboard.duration.seconds,
            scenes: storyboard.scenes.count)
    }

    private static func makeVideo(_ pipeline: Pipeline) async throws -> Summary {
        var narration: StoredFile?
        let transcript: Transcript
        if pipeline.input.upload != nil || pipeline.input.url != nil {
            let (recording, info) = try await pipeline.probe()
            let normalized = try await pipeline.normalize(recording, info)
            narration = normalized.narration
            transcript = try await pipeline.transcribe(normalized, info)
        } else if let text = pipeline.input.text {
            transcript = try await pipeline.readText(text)
        } else {
            transcript = Transcript(
                language: pipeline.input.scenes?.language ?? "", duration: pipeline.input.scenes?.duration ?? .zero,
                text: "", segments: [], words: [], engine: "", model: "")
        }
        let storyboard = try await pipeline.analyse(transcript)
        var summary = Summary(
            language: transcript.language, durationSeconds: transcript.duration.seconds,
            text: String(transcript.text.prefix(2_000)), scenes: storyboard.scenes.count)
        guard !storyboard.scenes.isEmpty else {
            summary.notice = noSpeech
            return summary
        }
        let drawings = try await pipeline.draw(storyboard)
        let segments = try await pipeline.render(storyboard, drawings)
        try await pipeline.mux(storyboard, drawings, segments, narration: narration, transcript: transcript)
        return summary
    }

    private static func kind(
        _ name: String, _ summary: String, _ form: PipelineInput.Form, _ stages: [Stage], _ tools: SpeechVideoTools,
        _ run: @escaping @Sendable (Pipeline) async throws -> Summary
    ) -> JobKind {
        let fromUpload: @Sendable (EndpointRequest.UploadedFile, [String: String]) throws -> JSONText = {
            file, options in
            try JSONText(encoding: PipelineInput.fromUpload(file, options: options))
        }
        return JobKind(
            name: name, summary: summary, input: PipelineInput.schema(of: form), stages: stages.map(\.rawValue),
            validate: { document in try JSONText(encoding: PipelineInput.fromDocument(document, as: form)) },
            inputFromUpload: form == .text ? nil : fromUpload,
            run: { context in
                do {
                    return try JSONText(encoding: try await run(Pipeline(stages, tools, context)))
                } catch {
                    throw failure(for: error)
                }
            })
    }

    /// What a failed stage means for the job.
    private static func failure(for error: any Error) -> any Error {
        switch error {
        case let error as MediaError:
            JobFailure(code: "\(error.code)", message: error.message, retryable: false)
        case let error as ProcessFailure:
            JobFailure(
                code: error.code == .notFound ? "program-missing" : "program-failed", message: error.message,
                retryable: error.isWorthARetry)
        case let error as OutboundError:
            JobFailure(
                code: "fetch-\(error.code)", message: error.message,
                retryable: [.unreachable, .timedOut].contains(error.code))
        default: error
        }
    }
}

extension ProcessFailure {
    /// A missing program stays missing until somebody installs it; everything else may pass.
    fileprivate var isWorthARetry: Bool { code != .notFound }
}
