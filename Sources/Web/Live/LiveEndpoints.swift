import Endpoints
import Live
import Model

/// Listening without a WebSocket, and tickets for one.
struct LiveEndpoints: Sendable {
    let hub: LiveHub
    let tickets: LiveTickets

    /// All of them.
    var all: [Endpoint] { [listen, ticket] }

    /// The operation that is also the address of the WebSocket.
    static let listening = "listenLive"

    private var listen: Endpoint {
        Endpoint(
            .get, "/api/v1/live", id: Self.listening, summary: "Listens to a stream live",
            description: """
                With a WebSocket handshake: everything that docs/live.md describes, over one connection. Otherwise \
                server-sent events of one stream, each with a message of that protocol as its data and, if it has a place in the stream, with an \
                id to go on from. With `Accept: application/json` what there is by now, for those who ask again.
                """,
            access: .needs(.jobsRead), rateClass: .read,
            parameters: [
                .init(
                    .query, "stream", .string(pattern: LiveStreamName.pattern),
                    "`job:job_…`, `workspace:ws_…/jobs` or `system`; needed without a WebSocket."),
                .init(
                    .query, "after", .string(pattern: LivePosition.pattern),
                    "The position of the last event that the reader has: `epoch:seq`."),
                .init(
                    .header, "Last-Event-ID", .string(pattern: LivePosition.pattern),
                    "Like `after`; browsers send it when they reconnect."),
                .init(
                    .query, "workspace", WorkspaceID.schema,
                    "Like the header `X-Workspace`, for those who cannot set it."),
                .init(
                    .query, "ticket", .string(minimumLength: 1, maximumLength: 100),
                    "A ticket from createLiveTicket, instead of a header or a cookie."),
            ],
            answers: [
                .init(
                    200, "The events; in JSON the messages that there are.",
                    [
                        .init("text/event-stream", .any),
                        .init(
                            "application/json",
                            .object([.init("messages", .array(of: .any), required: true, "Messages, oldest first.")])),
                    ])
            ], problems: [.notFound, .invalidRequest, .unavailable]
        ) { request in
            guard let stream = request.query["stream"].flatMap({ LiveStreamName($0) }) else {
                throw Problem(
                    .invalidRequest, "The parameter 'stream' must be job:job_…, workspace:ws_…/jobs or system.",
                    field: "stream")
            }
            let events = try await LiveEvents(
                stream, after: try Self.position(of: request), hub: hub,
                caller: AdmittedReader(workspace: request.principal.workspace))
            guard request.prefers("application/json", over: "text/event-stream") else {
                return EndpointResponse(status: 200, body: .events(ServerSentFrames(events: events)))
            }
            let messages = events.available().map { JSONText(trusted: $0.text) }
            let body = #"{"messages":[\#(messages.map(\.text).joined(separator: ","))]}"#
            return EndpointResponse(
                status: 200, headers: ["Cache-Control": "no-store"],
                body: .data(.init(body.utf8), contentType: "application/json"))
        }
    }

    private var ticket: Endpoint {
        Endpoint(
            .post, "/api/v1/live/tickets", id: "createLiveTicket", summary: "Makes a ticket for one live connection",
            description: """
                For whoever cannot send headers with a WebSocket handshake. The ticket goes into the address, works once, within 30 seconds, on any \
                node, and has the rights that the caller has for as long as the caller has them.
                """,
            access: .needs(.jobsRead), idempotency: .unused,
            audit: .none("It opens one connection with the rights that its maker has already."),
            answers: [
                .json(
                    201, "The ticket.",
                    .object([
                        .init("ticket", .string(), required: true, "Goes into the parameter `ticket`."),
                        .init("expires_in", .integer(), required: true, "For how many seconds it can be used."),
                    ]))
            ]
        ) { request in
            var fields = ["x-workspace": request.principal.workspace.description]
            // What says who calls, as the gate reads it.
            for name in ["authorization", "cookie"] where fields.count == 1 { fields[name] = request.headers[name] }
            return try .json(
                201,
                NewTicket(
                    ticket: try await tickets.issue(for: fields),
                    expiresIn: Int(LiveTickets.lifetime.components.seconds)))
        }
    }

    private static func position(of request: EndpointRequest) throws -> LivePosition? {
        for (name, text) in [
            ("Last-Event-ID", request.headers["last-event-id"]), ("after", request.query["after"]),
        ] {
            guard let text, !text.isEmpty else { continue }
            guard let position = LivePosition(text) else {
                throw Problem(.invalidRequest, "The position must be epoch:seq, as events have it.", field: name)
            }
            return position
        }
        return nil
    }
}

/// A ticket as it is given out.
private struct NewTicket: Encodable {
    let ticket: String
    let expiresIn: Int

    private enum CodingKeys: String, CodingKey {
        case ticket
        case expiresIn = "expires_in"
    }
}

/// A reader whom the gate let in, and whose rights are looked at by whoever writes the answer.
private struct AdmittedReader: LiveCaller {
    let workspace: WorkspaceID

    func checkListening() async throws {}

    func perform(_ command: LiveCommand) async throws -> LiveOutcome {
        throw Problem(.methodNotAllowed, "Commands go over a WebSocket, or to their own operations.")
    }

    func refusal(_ error: any Error) -> LiveOutcome { LiveOutcome(status: Problem(error).kind.status, data: nil) }
}

/// Messages as server-sent events.
private struct ServerSentFrames: AsyncSequence, Sendable {
    typealias Element = ServerSentEvent
    typealias Failure = any Error

    let events: LiveEvents

    func makeAsyncIterator() -> Iterator { Iterator(frames: events.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var frames: LiveEvents.Iterator

        mutating func next() async throws -> ServerSentEvent? {
            guard let frame = await frames.next(isolation: #isolation) else { return nil }
            return ServerSentEvent(id: frame.position?.description, type: frame.type, data: frame.text)
        }
    }
}
