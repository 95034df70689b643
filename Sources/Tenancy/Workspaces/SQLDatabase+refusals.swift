import Endpoints
package import Storage

extension SQLDatabase {
    /// Runs `body` in one transaction. It may throw a `Problem` where the caller asked for what cannot be; then nothing of it
    /// remains, and the same `Problem` is thrown here.
    package func transact<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await write { connection throws(StorageError) in try refusing { try body(connection) } }
        } catch {
            if let problem = error.underlying as? Problem { throw problem }
            throw error
        }
    }

    /// Reads one consistent state; `body` may throw a `Problem`.
    package func look<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await read { connection throws(StorageError) in try refusing { try body(connection) } }
        } catch {
            if let problem = error.underlying as? Problem { throw problem }
            throw error
        }
    }
}

/// Carries a refusal through a driver, which knows only errors of its own.
func refusing<Value>(_ body: () throws -> Value) throws(StorageError) -> Value {
    do {
        return try body()
    } catch let error as StorageError {
        throw error
    } catch {
        throw StorageError(.invalid, "\(error)", underlying: error)
    }
}
