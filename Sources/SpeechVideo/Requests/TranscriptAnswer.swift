import Endpoints
import Engine
import Foundation
import Model
import NIOCore
import Storage

/// Waits for a transcription and answers with its transcript.
struct TranscriptAnswer: Sendable {
    let services: WorkloadServices
    let request: EndpointRequest
    let format: TranscriptFormat

    /// The transcript, or nil when the time is over first.
    ///
    /// - Throws: `Problem` when the transcription failed.
    func waiting(for id: JobID, atMost limit: Duration) async throws -> EndpointResponse? {
        let workspace = request.principal.workspace
        let changes = services.reading.changes(of: id)
        let finished = try await withThrowingTaskGroup(of: Job?.self) { group in
            group.addTask {
                if let job = try await services.reading.job(id, in: workspace), job.state.isTerminal { return job }
                for await _ in changes {
                    if let job = try await services.reading.job(id, in: workspace), job.state.isTerminal { return job }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let finished else { return nil }
        guard finished.state == .succeeded else {
            throw Problem(
                .unprocessable, finished.failure?.message ?? "The transcription was \(finished.state.rawValue).")
        }
        return try await transcript(of: id)
    }

    private func transcript(of id: JobID) async throws -> EndpointResponse? {
        let artifacts = try await services.reading.artifacts(of: id, in: request.principal.workspace)
        guard let artifact = artifacts.first(where: { $0.name == format.artifact }) else { return nil }
        let content = try await services.objects.get(artifact.object, range: nil)
        guard format == .json else {
            return EndpointResponse(
                status: 200,
                body: .stream(content.body, length: artifact.size, contentType: artifact.contentType))
        }
        var data = Data()
        for try await piece in content.body { data.append(contentsOf: piece.readableBytesView) }
        let transcript = try JSONDecoder().decode(Transcript.self, from: data)
        return try .json(200, ["text": transcript.text])
    }
}
