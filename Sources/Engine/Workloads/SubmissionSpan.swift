import Traces
import Tracing

/// The span of a submission: what the jobs of it carry through the queue.
enum SubmissionSpan {
    /// - Parameter count: how many jobs are submitted.
    static func of<Value>(
        _ count: Int, _ kind: JobKind, _ body: () async throws -> Value
    ) async rethrows -> Value {
        try await RecordedSpan.child(
            "submit \(kind.name)", .producer,
            [
                "messaging.system": "suisha", "messaging.operation.name": "submit", "messaging.operation.type": "send",
                "messaging.destination.name": .string(kind.name),
                "messaging.batch.message_count": .int64(Int64(count)),
            ]
        ) { _ in try await body() }
    }
}
