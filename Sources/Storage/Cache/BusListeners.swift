import Synchronization

/// Those of this process who hear a bus.
package final class BusListeners: Sendable {
    private struct State {
        var next = 0
        var receive: [Int: @Sendable (BusEvent) -> Void] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Adds a listener until the subscription is dropped. It hears first that it is subscribed.
    package func add(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        let number = state.withLock { state in
            state.next += 1
            state.receive[state.next] = receive
            return state.next
        }
        receive(.subscribed)
        return Subscription { [weak self] in self?.remove(number) }
    }

    /// Tells all of them.
    package func tell(_ event: BusEvent) {
        let receivers = state.withLock { Array($0.receive.values) }
        for receive in receivers { receive(event) }
    }

    private func remove(_ number: Int) {
        _ = state.withLock { $0.receive.removeValue(forKey: number) }
    }

    private final class Subscription: BusSubscription {
        private let end: @Sendable () -> Void
        init(end: @escaping @Sendable () -> Void) { self.end = end }
        deinit { end() }
    }
}
