import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Posts a document to a URL of a stranger, without letting the URL reach inside: every address of its host is checked, and
/// the connection is made to a checked address and no other. No redirect is followed; the answer's body is thrown away.
package struct URLPoster: Sendable {
    private let policy: AddressPolicy
    private let resolver: HostResolver

    /// How much of an answer is read before the connection is closed.
    private static let answerLimit = 65_536

    package init(policy: AddressPolicy, resolver: HostResolver = .system) {
        self.policy = policy
        self.resolver = resolver
    }

    /// Posts `body` and returns the status of the answer, which may be any.
    ///
    /// - Throws: ``OutboundError`` when there was no answer, `forbiddenAddress` for a host that leads inside.
    package func post(
        _ body: String, to url: String, headers: [(name: String, value: String)], timeout: Duration
    ) async throws -> Int {
        let target = try Target(url)
        return try await Deadline.run(within: timeout, orThrow: .tooSlow(target.host)) {
            let addresses = try await resolver.addresses(target.host)
            guard let address = addresses.first else {
                throw OutboundError(.unreachable, "There is no host named \(target.host); check the address.")
            }
            try policy.check(addresses, of: target)
            do {
                return try await HostClient.with(target, at: address, connect: timeout, idle: timeout) { client in
                    try await Self.send(body, to: target, headers, by: client, timeout)
                }
            } catch {
                throw OutboundError.meaning(of: error, at: target.host)
            }
        }
    }

    private static func send(
        _ body: String, to target: Target, _ headers: [(name: String, value: String)], by client: HTTPClient,
        _ timeout: Duration
    ) async throws -> Int {
        var request = HTTPClientRequest(url: target.url.absoluteString)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !request.headers.contains(name: "User-Agent") { request.headers.add(name: "User-Agent", value: "Suisha") }
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await client.execute(request, timeout: TimeAmount(timeout))
        // Read, so that the receiver sees its answer taken; a long one is cut off.
        _ = try? await response.body.collect(upTo: answerLimit)
        return Int(response.status.code)
    }
}
