import AsyncHTTPClient
package import Foundation
package import Model
import NIOCore
import NIOHTTP1

/// Copies what a URL of a stranger leads to into a file, without letting the URL reach inside.
///
/// Every host is resolved here, every address checked, and the connection made to a checked address and no other: a name
/// that answers differently the second time gains nothing. Each redirect is checked like the first URL. No cookies, no
/// credentials, no proxy.
package struct URLFetcher: Sendable {
    /// How much and how long.
    package struct Limits: Sendable {
        package var redirects: Int = 5
        /// How many addresses of one host are tried.
        package var addresses: Int = 3
        /// For each address, until its server accepts.
        package var connect: Duration = .seconds(10)
        /// After this long a body must have come at `minimumBytesPerSecond` on average: a server that drips holds a worker.
        package var slowGrace: Duration = .seconds(60)
        package var minimumBytesPerSecond: Double = 1_024
        /// The longest silence.
        package var idle: Duration = .seconds(30)
        /// From the first lookup to the last byte.
        package var total: Duration = .seconds(1_800)

        package init() {}
    }

    private let policy: AddressPolicy
    private let resolver: HostResolver
    private let limits: Limits

    package init(policy: AddressPolicy, resolver: HostResolver = .system, limits: Limits = Limits()) {
        self.policy = policy
        self.resolver = resolver
        self.limits = limits
    }

    /// Fetches `url` into `file`, which appears only when it is whole.
    ///
    /// - Returns: the name that the server gives the file, or the last part of the path.
    /// - Throws: ``OutboundError``, whose code says whether to try again; `CancellationError` when cancelled.
    package func fetch(_ url: String, to file: URL, maximumBytes: ByteCount) async throws -> String {
        defer { PartialDownload.discard(file) }
        let first = try Target(url)
        let tooLong = OutboundError(
            .timedOut, "Fetching from \(first.host) took longer than \(limits.total.components.seconds) seconds.")
        return try await Deadline.run(within: limits.total, orThrow: tooLong) {
            var target = first
            for _ in 0...limits.redirects {
                switch try await visit(target, file, maximumBytes) {
                case .file(let name): return name
                case .redirect(let location): target = try Target(location, from: target)
                }
            }
            throw OutboundError(
                .tooManyRedirects,
                "\(first.host) redirects more than \(limits.redirects) times; give the final address.")
        }
    }

    private enum Visit: Sendable {
        case file(name: String)
        case redirect(to: String)
    }

    private func visit(_ target: Target, _ file: URL, _ maximumBytes: ByteCount) async throws -> Visit {
        let addresses = try await resolver.addresses(target.host)
        guard !addresses.isEmpty else {
            throw OutboundError(.unreachable, "There is no host named \(target.host); check the address.")
        }
        try policy.check(addresses, of: target)
        var failure: any Error = OutboundError.tooSlow(target.host)
        for address in addresses.prefix(limits.addresses) {
            do {
                return try await HostClient.with(target, at: address, connect: limits.connect, idle: limits.idle) {
                    client in
                    try await receive(client, target, file, maximumBytes)
                }
            } catch let unconnected as Unconnected {
                failure = OutboundError.meaning(of: unconnected.cause, at: target.host)
            } catch {
                throw OutboundError.meaning(of: error, at: target.host)
            }
        }
        throw failure
    }

    /// The server's address did not take the connection; another one may.
    private struct Unconnected: Error {
        let cause: any Error
    }

    private func receive(
        _ client: HTTPClient, _ target: Target, _ file: URL, _ maximumBytes: ByteCount
    ) async throws -> Visit {
        let response = try await request(client, target)
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "Location") {
            return .redirect(to: location)
        }
        try Self.checkAnswer(status, response.headers, of: target.host)
        let tooLarge = OutboundError(
            .tooLarge, "The file at \(target.host) is larger than the \(maximumBytes) that are taken.")
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int64($0) }),
            length > maximumBytes.bytes
        {
            throw tooLarge
        }
        var download = try PartialDownload(of: file)
        let began = ContinuousClock.now
        for try await buffer in response.body {
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            if seconds > limits.slowGrace / .seconds(1), Double(download.size) < seconds * limits.minimumBytesPerSecond
            {
                throw OutboundError(
                    .refused,
                    "\(target.host) sends too slowly to wait for; download the recording and upload it instead.")
            }
            guard download.size + Int64(buffer.readableBytes) <= maximumBytes.bytes else { throw tooLarge }
            try await download.append(buffer)
        }
        try await download.finish()
        return .file(
            name: FileName(disposition: response.headers.first(name: "Content-Disposition"), url: target.url).text)
    }

    private func request(_ client: HTTPClient, _ target: Target) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: target.url.absoluteString)
        request.headers = [
            "Accept": "audio/*, video/*, */*;q=0.5", "Accept-Encoding": "identity", "User-Agent": "Suisha",
        ]
        do {
            return try await client.execute(request, timeout: TimeAmount(limits.total))
        } catch {
            // Errors of the system come from connecting; those of the client, but for this one, from a connection that was made.
            guard let known = error as? HTTPClientError, known != .connectTimeout else {
                throw Unconnected(cause: error)
            }
            throw error
        }
    }

    private static func checkAnswer(_ status: Int, _ headers: HTTPHeaders, of host: String) throws {
        switch status {
        case 200: break
        case 408, 429, 500...:
            throw OutboundError(.unreachable, "\(host) answered with status \(status); try again later.")
        case 401, 403:
            throw OutboundError(
                .refused, "\(host) answered with status \(status): give an address that needs no sign-in.")
        default: throw OutboundError(.refused, "\(host) answered with status \(status): check the address.")
        }
        let coding = headers.first(name: "Content-Encoding")?.lowercased() ?? "identity"
        guard coding == "identity" else {
            throw OutboundError(
                .refused, "\(host) sends the file compressed, which was not asked for; upload it instead.")
        }
    }
}
