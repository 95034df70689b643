import Synchronization

/// Hands announcements to the tasks of this process that wait for them. Shared by the drivers.
package final class SignalHub: Sendable {
    private struct Subscriptions {
        var next = 0
        var waiting: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let subscriptions = Mutex(Subscriptions())

    package init() {}

    /// A stream with room for one signal: more of them mean no more than one.
    package func signals(for key: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = subscriptions.withLock { subscriptions in
            subscriptions.next += 1
            subscriptions.waiting[key, default: [:]][subscriptions.next] = continuation
            return subscriptions.next
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, key) }
        return stream
    }

    /// Wakes everyone who waits for one of `keys`.
    package func signal(_ keys: some Sequence<String>) {
        let woken = subscriptions.withLock { subscriptions in
            keys.flatMap { subscriptions.waiting[$0].map { Array($0.values) } ?? [] }
        }
        for continuation in woken { continuation.yield() }
    }

    /// Wakes everyone, because announcements may have been missed.
    package func signalAll() {
        let woken = subscriptions.withLock { subscriptions in subscriptions.waiting.values.flatMap(\.values) }
        for continuation in woken { continuation.yield() }
    }

    /// Ends every stream.
    package func finish() {
        let ended = subscriptions.withLock { subscriptions in
            defer { subscriptions.waiting = [:] }
            return subscriptions.waiting.values.flatMap(\.values)
        }
        for continuation in ended { continuation.finish() }
    }

    private func remove(_ number: Int, _ key: String) {
        subscriptions.withLock { subscriptions in
            subscriptions.waiting[key]?[number] = nil
            if subscriptions.waiting[key]?.isEmpty == true { subscriptions.waiting[key] = nil }
        }
    }
}
