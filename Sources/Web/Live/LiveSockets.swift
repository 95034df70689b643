import Endpoints
import HTTPTypes
import Live
import Model
import NIOCore
import Tenancy
import WebSocketServer

/// Lets WebSockets in at the address of listenLive, and runs a live session over each.
struct LiveSockets: Sendable {
    let responder: Responder
    let hub: LiveHub
    let drain: Drain

    /// The longest time in milliseconds that a client is asked to stay away when the server stops.
    private static let longestAway = 5_000

    /// Decides about a handshake. Whatever is refused is refused with the problem document that a request would get.
    func decide(_ request: HTTPRequest, _ peer: SocketAddress?) async -> WebSocketDecision {
        let started = ContinuousClock.now
        let id = Responder.requestID(request.headerFields[.requestID])
        guard let target = RequestTarget(request.path ?? ""),
            case .found(let route, _) = responder.routes.match(request.method, target),
            route.endpoint.id == LiveEndpoints.listening
        else { return .refuse }
        do {
            guard !drain.hasBegun else { throw LiveSockets.stopping }
            let caller = try await admit(request, target, route, peer, id)
            return .accept([.requestID: id]) { await serve($0, caller, since: started) }
        } catch {
            let problem = Problem(error)
            responder.record(
                method: "GET", route.endpoint.id, status: problem.kind.status, id, since: started, error)
            return answer(problem, id)
        }
    }

    private static var stopping: Problem {
        Problem(.unavailable, "The server stops; connect again in a moment.", retryAfter: .seconds(2))
    }

    private func admit(
        _ request: HTTPRequest, _ target: RequestTarget, _ route: Route, _ peer: SocketAddress?, _ id: String
    ) async throws -> SocketCaller {
        try route.endpoint.check(query: target.query)
        // Browsers send cookies along with handshakes that other sites make them begin.
        if request.headerFields[.authorization] == nil, target.query["ticket"] == nil {
            try responder.gate.hosts.checkHandshake(request)
        }
        var (head, principal) = try await responder.countingStrangers(request, peer: peer, at: route, request: id) {
            let head = try await responder.door.admitted(request, target)
            guard let principal = try await responder.gate.identify(head, for: route) else {
                throw Problem(.unauthenticated, "Sign in first.")
            }
            return (head, principal)
        }
        do {
            _ = try await responder.limits.admit(head, from: principal, to: route.endpoint, peer: peer)
            try responder.gate.check(principal, for: route)
        } catch {
            let client = responder.limits.addresses.shown(head, peer: peer)
            responder.audit.note(
                error, of: route.endpoint.id,
                by: Caller(principal, request: id, address: client.isEmpty ? nil : client))
            throw error
        }
        // Stays in this workspace, whatever the browser chooses later.
        head.headerFields[.workspace] = principal.workspace.description
        return SocketCaller(
            responder: responder, head: head, route: route, principal: principal, peer: peer, requestID: id)
    }

    private func serve(
        _ connection: WebSocketConnection, _ caller: SocketCaller, since started: ContinuousClock.Instant
    ) async {
        let session = LiveSession(hub: hub, caller: caller, transport: SocketTransport(connection: connection))
        let close = await session.run(SocketTexts(messages: connection.messages)) {
            await drain.wait()
            guard drain.hasBegun else { return nil }
            // Spread out, so that not every client comes back at the same moment.
            return .milliseconds(Int.random(in: 200...Self.longestAway))
        }
        await connection.close(WebSocketCloseCode(rawValue: close.code), reason: close.reason)
        responder.record(
            method: "GET", caller.route.endpoint.id, status: 101, caller.requestID, since: started, nil,
            isEndless: true)
    }

    private func answer(_ problem: Problem, _ id: String) -> WebSocketDecision {
        let (response, body) = HandshakeProblem.answer(
            problem, to: HTTPResponse(status: .init(code: problem.kind.status)), id)
        return .answer(response, body)
    }
}
