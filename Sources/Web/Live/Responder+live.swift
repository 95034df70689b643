import Endpoints
import Foundation
import HTTPTypes
import Live
import Model
import NIOCore
import Tenancy

extension Responder {
    /// Carries out an operation of the API for somebody with a live connection, as if it had been called by itself: the same
    /// permission, limits, checks, answers kept for keys, and records.
    func perform(
        _ command: LiveCommand, as head: HTTPRequest, peer: SocketAddress?, request id: String
    ) async throws -> LiveOutcome {
        let started = ContinuousClock.now
        var caller: Caller?
        var span: RequestSpan?
        do {
            guard let route = routes.route(of: command.operation) else {
                throw Problem(.notFound, "This server has no operation \(command.operation).")
            }
            span = RequestSpan(tracer, "LIVE", route, traceparent: nil, request: id)
            let client = limits.addresses.shown(head, peer: peer)
            let principal = try await countingStrangers(head, peer: peer, at: route, request: id) {
                try await gate.identify(head, for: route)
            }
            if let principal { onCall(principal.actor) }
            span?.isOf(principal)
            caller = principal.map { Caller($0, request: id, address: client.isEmpty ? nil : client) }
            _ = try await limits.admit(head, from: principal, to: route.endpoint, peer: peer)
            try gate.check(principal, for: route)
            let call = EndpointRequest(
                principal: principal ?? .nobody, requestID: id, operation: command.operation, cursors: cursors,
                path: command.path, headers: try headers(of: head, command),
                body: try body(of: command, route.endpoint),
                client: client)
            let response = try await RequestSpan.within(span) { try await kept(call, by: route.endpoint) }
            record(command, status: response.status, id, since: started, nil, span)
            guard case .data(let data, _) = response.body else {
                return LiveOutcome(status: response.status, data: nil)
            }
            return LiveOutcome(
                status: response.status, data: JSONText(trusted: String(decoding: data, as: UTF8.self)))
        } catch {
            audit.note(
                error, of: command.operation, by: caller,
                else: stranger(limits.addresses.shown(head, peer: peer), request: id))
            record(command, status: Problem(error).kind.status, id, since: started, error, span)
            throw error
        }
    }

    private func headers(of head: HTTPRequest, _ command: LiveCommand) throws -> [String: String] {
        var headers: [String: String] = [:]
        for field in head.headerFields { headers[field.name.canonicalName] = field.value }
        headers["idempotency-key"] = command.idempotencyKey
        try Self.checkKey(command.idempotencyKey)
        return headers
    }

    private func body(of command: LiveCommand, _ endpoint: Endpoint) throws -> EndpointRequest.RequestBody {
        guard let text = command.body?.text else { return .none }
        let data = Data(text.utf8)
        for form in endpoint.accepts {
            if case .json(let schema) = form { try bodies.strict.check(data, against: schema) }
        }
        return .json(data)
    }

    private func kept(_ call: EndpointRequest, by endpoint: Endpoint) async throws -> EndpointResponse {
        guard endpoint.idempotency == .kept else { return try await carriedOut(call, by: endpoint) }
        return try await keptAnswers.answering(call, from: call.principal.actor.description) {
            try await carriedOut(call, by: endpoint)
        }
    }

    private func carriedOut(_ call: EndpointRequest, by endpoint: Endpoint) async throws -> EndpointResponse {
        try await audit.noting(call, of: endpoint) { try await endpoint.handle(call) }
    }

    private func record(
        _ command: LiveCommand, status: Int, _ id: String, since started: ContinuousClock.Instant,
        _ failure: (any Error)?, _ span: RequestSpan?
    ) {
        record(method: "LIVE", command.operation, status: status, id, since: started, failure, span)
    }
}

/// Somebody at the other end of a WebSocket.
struct SocketCaller: LiveCaller {
    let responder: Responder
    /// The handshake, whose headers say who it is.
    let head: HTTPRequest
    let route: Route
    let principal: Principal
    let peer: SocketAddress?
    /// The id of the handshake; each command has one that begins with it.
    let requestID: String

    var workspace: WorkspaceID { principal.workspace }

    func checkListening() async throws {
        guard principal.actor != .serverToken else { return }
        let now = try await responder.gate.identify(head, for: route)
        try responder.gate.check(now, for: route)
        guard now?.workspace == principal.workspace else {
            throw Problem(.notFound, "The workspace is not yours any more.")
        }
    }

    func perform(_ command: LiveCommand) async throws -> LiveOutcome {
        try await responder.perform(command, as: head, peer: peer, request: RequestID().description)
    }

    func refusal(_ error: any Error) -> LiveOutcome {
        let problem = Problem(error)
        return LiveOutcome(
            status: problem.kind.status,
            // A struct of strings and a number always encodes.
            data: try? JSONText(encoding: ProblemDocument(problem, requestID: requestID)))
    }
}
