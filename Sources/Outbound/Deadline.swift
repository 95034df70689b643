/// Limits how long something may take.
package enum Deadline {
    /// Runs `work` and cancels it when the time is up. Returns only once `work` has ended.
    ///
    /// - Parameter failure: what to throw when the time was up; by default a bare `timedOut`.
    /// - Throws: `failure` when the time was up; otherwise what `work` throws.
    package static func run<Value: Sendable>(
        within limit: Duration, orThrow failure: OutboundError? = nil,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw failure ?? OutboundError(.timedOut, "it took longer than the \(limit) allowed")
            }
            return value
        }
    }
}
