package import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Traces
import Tracing

/// Sends requests to providers with AsyncHTTPClient.
package struct HTTPClientExchange: HTTPExchange {
    private let client: HTTPClient

    /// - Parameter client: must not follow redirects; its owner shuts it down.
    package init(client: HTTPClient) {
        self.client = client
    }

    /// A client as providers need it: no redirects, bounded waits, and a refused connection is told at once. Its owner
    /// shuts it down.
    package static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(300))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func send(
        _ request: HTTPExchangeRequest, maximumBytes: Int, timeout: Duration
    ) async throws -> HTTPExchangeResponse {
        // Not the path: it may hold a secret.
        try await RecordedSpan.child(
            request.method, .client,
            [
                "http.request.method": .string(request.method), "server.address": .string(request.url.host() ?? ""),
                "server.port": .int64(Int64(request.url.port ?? (request.url.scheme == "http" ? 80 : 443))),
            ]
        ) { span in
            var request = request
            if let span { request.headers.append(("traceparent", span.trace.traceparent)) }
            let response = try await exchange(request, maximumBytes, timeout)
            span?.add(["http.response.status_code": .int64(Int64(response.status))])
            if response.status >= 400 { span?.fail(String(response.status)) }
            return response
        }
    }

    private func exchange(
        _ request: HTTPExchangeRequest, _ maximumBytes: Int, _ timeout: Duration
    ) async throws -> HTTPExchangeResponse {
        let place = request.url.host() ?? "the provider"
        var outgoing = HTTPClientRequest(url: request.url.absoluteString)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let final = outgoing
        do {
            return try await Deadline.run(within: timeout, orThrow: .tooSlow(place)) {
                let response = try await client.execute(final, timeout: TimeAmount(timeout))
                return HTTPExchangeResponse(
                    status: Int(response.status.code),
                    headers: response.headers.map { (name: $0.name, value: $0.value) },
                    body: Data(try await response.body.collect(upTo: maximumBytes).readableBytesView))
            }
        } catch is NIOTooManyBytesError {
            throw OutboundError(.tooLarge, "\(place) answered with more than \(maximumBytes) bytes.")
        } catch {
            throw OutboundError.meaning(of: error, at: place)
        }
    }
}
