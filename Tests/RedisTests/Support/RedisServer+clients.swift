import Conformance
import Storage

@testable import RedisStore

extension RedisServer {
    /// Runs `body` with a client, and closes it.
    ///
    /// - Parameter user: what stands before the host in the URL.
    func withClient(
        user: String = "", parameters: String = "", _ body: (RedisClient) async throws -> Void
    ) async throws {
        // Patient, because the tests that run at the same time take turns on few processors.
        let url = "redis://\(user)127.0.0.1:\(port)?" + (parameters.isEmpty ? "wait=20000" : parameters)
        let client = RedisClient(try RedisSettings(url: url))
        do {
            try await body(client)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}

extension RedisClient {
    /// Waits until a command is answered again.
    func waitUntilUp() async throws {
        try await eventually("Redis answers again") { await code { try await self.call(.init("PING")) } == nil }
    }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () async throws -> some Any) async -> StorageError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? StorageError)?.code ?? .corrupt
    }
}
