/// Wakes one task. Rings that come faster than it looks are one.
package final class Bell: Sendable {
    private let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    package func ring() { continuation.yield() }

    /// Nobody is woken any more: the waiting task goes on and is told so.
    package func finish() { continuation.finish() }

    /// Waits for a ring, or until a moment has come; false when it is finished or the task is cancelled.
    package func wait(until moment: ContinuousClock.Instant? = nil) async -> Bool {
        guard let moment else { return await next() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                guard (try? await Task.sleep(until: moment, clock: .continuous)) != nil else { return }
                ring()
            }
            defer { group.cancelAll() }
            return await next()
        }
    }

    private func next() async -> Bool {
        for await _ in rings { return !Task.isCancelled }
        return false
    }
}
