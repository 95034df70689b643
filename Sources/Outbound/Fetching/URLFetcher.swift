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
        package var connect: Duration = .seconds(10)
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
    /// - Throws: ``OutboundError``.
    package func fetch(_ url: String, to file: URL, maximumBytes: ByteCount) async throws -> String {
        let partial = file.appendingPathExtension("partial")
        defer { try? FileManager.default.removeItem(at: partial) }
        let name = try await Deadline.run(within: limits.total) {
            var target = try Target(url)
            for _ in 0...limits.redirects {
                switch try await visit(target, partial, maximumBytes) {
                case .file(let name): return name
                case .redirect(let location): target = try Target(location, from: target)
                }
            }
            throw OutboundError(
                .tooManyRedirects,
                "\(target.host) redirects more than \(limits.redirects) times; give the final address.")
        }
        guard rename(partial.path, file.path) == 0 else {
            throw OutboundError(.unreachable, "The fetched file cannot be stored: \(String(cString: strerror(errno))).")
        }
        return name
    }

    private enum Visit: Sendable {
        case file(name: String)
        case redirect(to: String)
    }

    private func visit(_ target: Target, _ partial: URL, _ maximumBytes: ByteCount) async throws -> Visit {
        let addresses = try await resolver.addresses(target.host)
        guard let address = addresses.first else {
            throw OutboundError(.unreachable, "There is no host named \(target.host); check the address.")
        }
        try policy.check(addresses, of: target.host)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = [target.host: address.description]
        configuration.timeout = .init(connect: TimeAmount(limits.connect), read: TimeAmount(limits.idle))
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let visit = try await receive(target, client, partial, maximumBytes)
            try await client.shutdown()
            return visit
        } catch {
            try? await client.shutdown()
            throw OutboundError(failure: error, at: target.host)
        }
    }

    private func receive(
        _ target: Target, _ client: HTTPClient, _ partial: URL, _ maximumBytes: ByteCount
    ) async throws -> Visit {
        var request = HTTPClientRequest(url: target.url.absoluteString)
        request.headers = ["Accept": "audio/*, video/*, */*;q=0.5", "User-Agent": "Suisha"]
        let response = try await client.execute(request, timeout: TimeAmount(limits.total))
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "Location") {
            return .redirect(to: location)
        }
        guard status == 200 else {
            let passes = status >= 500 || status == 429 || status == 408
            throw OutboundError(
                passes ? .unreachable : .refused,
                "\(target.host) answered with status \(status)\(passes ? "; try again later" : ": check the address").")
        }
        let tooLarge = OutboundError(
            .tooLarge, "The file at \(target.host) is larger than the \(maximumBytes) that are taken.")
        if let length = response.headers.first(name: "Content-Length").flatMap({ Int64($0) }),
            length > maximumBytes.bytes
        {
            throw tooLarge
        }
        guard FileManager.default.createFile(atPath: partial.path, contents: nil) else {
            throw OutboundError(.unreachable, "The fetched file cannot be stored: \(String(cString: strerror(errno))).")
        }
        let handle = try FileHandle(forWritingTo: partial)
        defer { try? handle.close() }
        var received: Int64 = 0
        for try await buffer in response.body {
            received += Int64(buffer.readableBytes)
            guard received <= maximumBytes.bytes else { throw tooLarge }
            try handle.write(contentsOf: Data(buffer.readableBytesView))
        }
        return .file(name: target.fileName(response.headers.first(name: "Content-Disposition")))
    }
}
