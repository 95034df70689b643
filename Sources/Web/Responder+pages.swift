import Endpoints
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

extension Responder {
    /// A refusal for people: with the navigation around it where they are known.
    func page(
        of problem: Problem, _ request: Request, _ id: String, to principal: Principal?, on channel: any Channel
    ) async -> Reply {
        let path = request.method == .get ? request.head.path : nil
        var reader: PageRenderer.Reader?
        // What is around a page comes from the database, which may be what is away, and which a flood must not reach.
        if ![.unauthenticated, .tooMany].contains(problem.kind), problem.kind.status < 500,
            let principal = await visitor(principal, of: request, id, on: channel)
        {
            let call = EndpointRequest(
                principal: principal, requestID: id, operation: "refusal", cursors: cursors, path: [:], query: [:],
                headers: request.joinedHeaders, body: .none, client: "")
            reader = try? await frame.reader(of: call, at: path ?? "/")
        }
        return frame.renderer.refusal(problem, for: reader, path: path, headers: request.headers, requestID: id)
    }

    /// Who looks at the page. Nobody has asked yet where the address is none of this server's.
    private func visitor(
        _ principal: Principal?, of request: Request, _ id: String, on channel: any Channel
    ) async -> Principal? {
        if let principal { return principal }
        guard request.headers[.cookie] != nil, let target = RequestTarget("/"),
            case .found(let home, _) = routes.match(.get, target)
        else { return nil }
        return try? await countingStrangers(request.head, peer: channel.remoteAddress, at: home, request: id) {
            try await gate.identify(request.head, for: home)
        }
    }
}
