import Outbound
import Tenancy

/// Webhooks go where recordings may come from: to the public internet, and to what the operator allows.
struct WebhookPost: WebhookSender {
    private let poster: URLPoster

    init(policy: AddressPolicy) {
        poster = URLPoster(policy: policy)
    }

    func post(
        _ body: String, to url: String, headers: [(name: String, value: String)], timeout: Duration
    ) async throws -> Int {
        try await poster.post(body, to: url, headers: headers, timeout: timeout)
    }
}
