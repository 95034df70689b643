import AsyncHTTPClient
import NIOCore

/// A client whose connections to one host can only go to one address, which was checked.
enum HostClient {
    /// Runs `body` with such a client and shuts it down. It follows no redirect and keeps no connection.
    static func with<Value: Sendable>(
        _ target: Target, at address: InternetAddress, connect: Duration, idle: Duration,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = [target.host: address.description]
        configuration.timeout = .init(connect: TimeAmount(connect), read: TimeAmount(idle))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await body(client)
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
