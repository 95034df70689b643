package import Foundation

/// One request to a provider and its whole answer. For documents of bounded size; files are streamed by ``URLFetcher``.
package protocol HTTPExchange: Sendable {
    /// Sends `request` and reads the whole answer.
    ///
    /// Any HTTP status is an answer, not an error. Redirects are not followed.
    ///
    /// - Parameters:
    ///   - maximumBytes: a longer answer fails instead of filling memory.
    ///   - timeout: from connecting to the last byte.
    /// - Throws: ``OutboundError`` when no whole answer arrived.
    func send(_ request: HTTPExchangeRequest, maximumBytes: Int, timeout: Duration) async throws -> HTTPExchangeResponse
}

/// What to send to a provider.
package struct HTTPExchangeRequest: Sendable {
    /// `GET`, `POST` …
    package var method: String
    package var url: URL
    package var headers: [(name: String, value: String)]
    package var body: Data

    package init(method: String = "POST", url: URL, headers: [(name: String, value: String)] = [], body: Data = Data())
    {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What a provider answered.
package struct HTTPExchangeResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Data

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, compared without case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
