import Endpoints
import HTTPTypes
import NIOCore
import WebSocketServer

/// Words the refusals of handshakes like all others of the API.
enum HandshakeProblem {
    static func describe(_ request: HTTPRequest, _ refusal: HandshakeRefusal) -> (HTTPResponse, ByteBuffer) {
        let kind: ProblemKind =
            switch refusal {
            case .malformed: .invalidRequest
            case .otherVersion: .upgradeRequired
            case .full, .stopping: .unavailable
            }
        return answer(
            Problem(kind, refusal.sentence), to: refusal.response,
            Responder.requestID(request.headerFields[.requestID]))
    }

    /// The problem as the answer to a handshake, with what `response` has already.
    static func answer(_ problem: Problem, to response: HTTPResponse, _ id: String) -> (HTTPResponse, ByteBuffer) {
        let reply = Reply(problem, requestID: id)
        var response = response
        for field in reply.headers { response.headerFields[field.name] = field.value }
        SecurityHeaders.add(to: &response.headerFields)
        response.headerFields[.requestID] = id
        response.headerFields[.date] = HTTPDate.now
        guard case .data(let body) = reply.body else { return (response, ByteBuffer()) }
        return (response, body)
    }
}
