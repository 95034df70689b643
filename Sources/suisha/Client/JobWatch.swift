import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOHTTP1

/// Follows a job until it has ended, over connections that may break.
struct JobWatch: Sendable {
    let client: ServerClient
    let job: String
    /// How long the server may be away before the watch gives up.
    var patience: Duration = .seconds(60)

    /// Calls `receive` for each event, in order and never twice for one id, and returns the job after its end.
    ///
    /// - Parameter after: the id of the last event that is known already.
    /// - Throws: ``CommandFailure`` when the server stays away, or refuses.
    func run(
        after: String? = nil, _ receive: (EventStreamParser.Event) async throws -> Void
    ) async throws -> Answer<JobDocument> {
        var position = after
        var awaySince: ContinuousClock.Instant?
        var pause = Duration.milliseconds(200)
        while true {
            do {
                let asked = try await follow(from: &position) { event in
                    awaySince = nil
                    pause = .milliseconds(200)
                    try await receive(event)
                }
                let answer = try await client.job(job)
                if answer.document.state.isTerminal { return answer }
                awaySince = nil
                if let asked { pause = asked }
            } catch let error as CommandFailure where error.status == .unreachable || error.status == .tryLater {
                let since = awaySince ?? .now
                awaySince = since
                guard since.duration(to: .now) < patience else { throw error }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// One connection, until it ends or breaks. Returns how long the server asks to wait before the next.
    private func follow(
        from position: inout String?, _ receive: (EventStreamParser.Event) async throws -> Void
    ) async throws -> Duration? {
        var headers = [("Accept", "text/event-stream")]
        if let position { headers.append(("Last-Event-ID", position)) }
        let response = try await client.send(
            .GET, "/api/v1/jobs/\(job.pathComponent)/events", headers: headers, deadline: .distantFuture)
        guard response.status == .ok else { return nil }
        var parser = EventStreamParser()
        try await client.read(response) { piece in
            for event in try parser.feed(piece.readableBytesView) where event.type != "reconnect" {
                try await receive(event)
                position = event.id ?? position
            }
        }
        return parser.retryMilliseconds.map { .milliseconds($0) }
    }
}
