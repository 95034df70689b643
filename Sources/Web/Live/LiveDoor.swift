import Endpoints
import HTTPTypes
import Live
import Model

/// Reads what the address of a live connection says instead of headers: a ticket, a workspace.
struct LiveDoor: Sendable {
    let tickets: LiveTickets

    /// The request with the header fields that its address stands for.
    ///
    /// - Throws: `Problem` 401 for a ticket that is not good.
    func admitted(_ request: HTTPRequest, _ target: RequestTarget) async throws -> HTTPRequest {
        var request = request
        if let ticket = target.query["ticket"] {
            // Whoever the headers say, a ticket is for whoever made it.
            for name in [HTTPField.Name.authorization, .cookie, .workspace] { request.headerFields[name] = nil }
            for (name, value) in try await tickets.redeem(ticket) {
                if let name = HTTPField.Name(name) { request.headerFields[name] = value }
            }
        } else if let workspace = target.query["workspace"], request.headerFields[.workspace] == nil {
            request.headerFields[.workspace] = workspace
        }
        return request
    }
}
