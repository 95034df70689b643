package import Endpoints
package import Model

/// Who does something and in which request: what entries of the audit log say of it.
package struct Caller: Hashable, Sendable {
    /// Who, in which workspace, with which rights.
    package let principal: Principal
    /// The id of the request; nil outside of one.
    package let request: String?
    /// Where the request came from; nil where nobody knows.
    package let address: String?

    package init(_ principal: Principal, request: String? = nil, address: String? = nil) {
        self.principal = principal
        self.request = request
        self.address = address
    }

    /// Who called an endpoint.
    package init(_ request: EndpointRequest) {
        self.init(
            request.principal, request: request.requestID, address: request.client.isEmpty ? nil : request.client)
    }

    /// The server itself, at work in a workspace.
    package static func server(in workspace: WorkspaceID) -> Caller {
        .init(Principal(actor: .serverToken, workspace: workspace, permissions: .all))
    }

    /// The workspace that the caller acts in.
    package var workspace: WorkspaceID { principal.workspace }
}
