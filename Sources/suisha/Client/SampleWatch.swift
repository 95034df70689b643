import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Follows what a server measures, over connections that may break.
struct SampleWatch: Sendable {
    let client: ServerClient
    /// Nil for all nodes together.
    var node: String?
    /// How many seconds to follow; nil for as long as the server is there.
    var limit: Int?
    /// How long the server may be away before the watch gives up.
    var patience: Duration = .seconds(60)

    /// Why a connection is no longer read.
    private struct Enough: Error {}

    /// Calls `receive` for each second, in order and never twice.
    ///
    /// - Throws: ``CommandFailure`` when the server stays away, refuses, or measures nothing.
    func run(_ receive: (EventStreamParser.Event) async throws -> Void) async throws {
        var (position, count) = (String?.none, 0)
        var newest = ContinuousClock.now
        var pause = Duration.milliseconds(200)
        while true {
            do {
                let asked = try await follow(from: position) { event in
                    try await receive(event)
                    position = event.id ?? position
                    (newest, pause) = (.now, .milliseconds(200))
                    count += 1
                    if count == limit { throw Enough() }
                }
                if let asked { pause = asked }
                guard newest.duration(to: .now) < patience else {
                    throw CommandFailure("The server sends nothing any more.", .unreachable)
                }
            } catch is Enough {
                return
            } catch let error as CommandFailure where error.status == .unreachable || error.status == .tryLater {
                guard position != nil, newest.duration(to: .now) < patience else { throw error }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(5))
        }
    }

    /// One connection, until it ends or breaks. Returns how long the server asks to wait before the next.
    private func follow(
        from position: String?, _ receive: (EventStreamParser.Event) async throws -> Void
    ) async throws -> Duration? {
        var headers = [("Accept", "text/event-stream")]
        if let position { headers.append(("Last-Event-ID", position)) }
        let response = try await client.send(
            .GET, "/api/v1/operations/samples/live", query: node.map { ["node": $0] } ?? [:], headers: headers,
            deadline: .distantFuture)
        var parser = EventStreamParser()
        var silentSince = ContinuousClock.now
        try await client.read(response) { piece in
            for event in try parser.feed(piece.readableBytesView) where event.type != "reconnect" {
                silentSince = .now
                try await receive(event)
            }
            // The server shows that it lives, and has nothing to say.
            guard silentSince.duration(to: .now) < patience / 2 else {
                throw CommandFailure(
                    """
                    The server measures nothing\(node.map { " of a node '\($0)'" } ?? ""). 'suisha config' shows whether \
                    operations.sampling is on.
                    """)
            }
        }
        return parser.retryMilliseconds.map { .milliseconds($0) }
    }
}
