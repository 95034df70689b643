import Conformance
import Model
import Storage

@testable import RedisStore

extension RedisServer {
    /// Runs `body` with a server and an index in it.
    static func withDispatch(
        takenFor: Duration = .seconds(60), _ body: (RedisServer, RedisDispatch) async throws -> Void
    ) async throws {
        try await with { server in
            try await server.withDispatch(takenFor: takenFor) { try await body(server, $0) }
        }
    }

    /// Runs `body` with an index, as one process has it.
    func withDispatch(
        takenFor: Duration = .seconds(60), parameters: String = "prefix=suisha",
        _ body: (RedisDispatch) async throws -> Void
    ) async throws {
        let dispatch = RedisDispatch(try RedisSettings(url: "\(url)?wait=20000&\(parameters)"), takenFor: takenFor)
        do {
            try await body(dispatch)
        } catch {
            await dispatch.close()
            throw error
        }
        await dispatch.close()
    }
}

/// A ready job that nobody knows yet.
func entry(_ kind: String = "a", band: Int = 0, tag: Int64 = 0) -> DispatchEntry {
    DispatchEntry(job: JobID(), kind: kind, band: band, tag: tag)
}
