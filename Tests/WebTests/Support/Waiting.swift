import Model
import Synchronization

/// What a test says when something it waited for did not come.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The result of `body`, or a failure after `limit`.
func within<Value: Sendable>(
    _ limit: Duration = .seconds(60), _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TestFailure("waited \(limit) for \(what)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TestFailure("nothing ran") }
        return first
    }
}

/// A value that comes once.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Value.self)
    }

    func send(_ value: Value) { continuation.yield(value) }

    func value(within limit: Duration) async throws -> Value {
        try await WebTests.within(limit, "a value") { [stream] in
            for await value in stream { return value }
            throw TestFailure("no value came")
        }
    }
}

/// A clock that a test moves.
final class MovableClock: Sendable {
    private let offset = Mutex(Duration.zero)
    private let start = Timestamp.now

    var now: Timestamp { start + offset.withLock { $0 } }

    func move(by duration: Duration) { offset.withLock { $0 += duration } }
}
