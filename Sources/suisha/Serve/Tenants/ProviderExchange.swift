import AsyncHTTPClient
import Foundation
import Model
import Outbound
import Tenancy

/// Carries requests to identity providers. The operator names them, so they may be anywhere.
struct ProviderExchange: IdentityProviderTransport {
    /// Lasts as long as the process.
    private static let exchange = HTTPClientExchange(client: HTTPClientExchange.makeClient())
    private static let timeout: Duration = .seconds(10)

    func send(_ request: ProviderRequest) async throws -> ProviderResponse {
        guard let url = URL(string: request.url) else {
            throw OutboundError(.invalidURL, "An identity provider names an address that is none.")
        }
        var outgoing = HTTPExchangeRequest(method: "GET", url: url, headers: [("Accept", "application/json")])
        if let body = request.body {
            outgoing.method = "POST"
            outgoing.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            outgoing.body = Data(body.utf8)
        }
        if let authorization = request.authorization {
            outgoing.headers.append(("Authorization", authorization.revealed))
        }
        let answer = try await Self.exchange.send(
            outgoing, maximumBytes: ProviderResponse.maximumBytes, timeout: Self.timeout)
        return ProviderResponse(status: answer.status, body: Array(answer.body))
    }
}
