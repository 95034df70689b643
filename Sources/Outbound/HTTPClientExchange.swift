package import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends requests to providers with AsyncHTTPClient.
package struct HTTPClientExchange: HTTPExchange {
    private let client: HTTPClient

    /// - Parameter client: must not follow redirects; its owner shuts it down.
    package init(client: HTTPClient) {
        self.client = client
    }

    package func send(
        _ request: HTTPExchangeRequest, maximumBytes: Int, timeout: Duration
    ) async throws -> HTTPExchangeResponse {
        let place = request.url.host() ?? "the provider"
        var outgoing = HTTPClientRequest(url: request.url.absoluteString)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let final = outgoing
        do {
            return try await Deadline.run(within: timeout) {
                let response = try await client.execute(final, timeout: TimeAmount(timeout))
                return HTTPExchangeResponse(
                    status: Int(response.status.code),
                    headers: response.headers.map { (name: $0.name, value: $0.value) },
                    body: Data(try await response.body.collect(upTo: maximumBytes).readableBytesView))
            }
        } catch is NIOTooManyBytesError {
            throw OutboundError(.tooLarge, "\(place) answered with more than \(maximumBytes) bytes.")
        } catch {
            throw OutboundError(failure: error, at: place)
        }
    }
}

extension OutboundError {
    /// What a failure of the client means, in words without the URL, which may hold a secret.
    init(failure: any Error, at place: String) {
        switch failure {
        case let known as OutboundError:
            self =
                known.code == .timedOut ? .init(.timedOut, "\(place) did not answer in time; try again later.") : known
        case let client as HTTPClientError
        where [.connectTimeout, .readTimeout, .deadlineExceeded, .tlsHandshakeTimeout].contains(client):
            self.init(.timedOut, "\(place) did not answer in time; try again later.")
        case let client as HTTPClientError:
            self.init(.unreachable, "The connection to \(place) failed: \(client.shortDescription).")
        default:
            self.init(.unreachable, "\(place) cannot be reached; check the name and that the server runs.")
        }
    }
}
