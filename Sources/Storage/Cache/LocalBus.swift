/// The bus of a server that is one process.
package final class LocalBus: InvalidationBus {
    private let listeners = BusListeners()

    package init() {}

    package var losesNothing: Bool { true }

    package func publish(_ message: String) async throws(StorageError) { listeners.tell(.message(message)) }

    package func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        listeners.add(receive)
    }
}
