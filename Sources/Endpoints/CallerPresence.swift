/// Tells an endpoint that waits when its caller has gone away.
package final class CallerPresence: Sendable {
    private let signals: AsyncStream<Never>
    private let end: AsyncStream<Never>.Continuation

    package init() {
        (signals, end) = AsyncStream.makeStream(of: Never.self)
    }

    /// The caller has closed the connection.
    package func leave() { end.finish() }

    /// Returns when the caller has left, or the task is cancelled. For one task.
    package func waitForLeave() async {
        for await _ in signals {}
    }
}
