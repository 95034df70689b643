import NIOCore
package import Storage

/// A channel of Redis, for all processes that use the same server and prefix. What is published while a connection is lost is
/// lost with it; then its listeners hear that they are subscribed anew.
package final class RedisBus: InvalidationBus {
    private let client: RedisClient
    private let subscriber: RedisSubscriber
    private let listeners: BusListeners
    private let channel: String

    /// Begins to connect; whether Redis is there shows when it is used.
    ///
    /// - Parameter name: what is published under one name is heard under that name only.
    package init(_ settings: RedisSettings, name: String = "bus") {
        let listeners = BusListeners()
        channel = "{\(settings.prefix)}:\(name)"
        client = RedisClient(settings)
        subscriber = RedisSubscriber(settings, channels: [channel]) { event in
            switch event {
            case .subscribed: listeners.tell(.subscribed)
            case .message(_, let content): listeners.tell(.message(String(buffer: content)))
            }
        }
        self.listeners = listeners
    }

    package var losesNothing: Bool { false }

    package func publish(_ message: String) async throws(StorageError) {
        _ = try await client.call(RedisCommand("PUBLISH", .text(channel), .text(message)))
    }

    package func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        listeners.add(receive)
    }

    /// Closes both connections.
    package func close() async {
        await subscriber.close()
        await client.close()
    }
}
