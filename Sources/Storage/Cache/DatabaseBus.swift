import Synchronization

/// A bus of the database's announcements, for several processes without a Redis.
///
/// Announcements have no content: where something was published, every listener hears that it may have missed something, and
/// forgets all it has. That is right for a few processes and a few changes a second; with more, use a Redis.
package final class DatabaseBus: InvalidationBus {
    private let database: any SQLDatabase
    private let listeners = BusListeners()
    /// The beats of this process: it hears them again when anybody's beat arrives, because that proves the same.
    private let beats = Mutex<Set<String>>([])

    private static let change = "bus-change"
    private static let beat = "bus-beat"

    package init(database: any SQLDatabase) {
        self.database = database
    }

    package var losesNothing: Bool { false }

    package func publish(_ message: String) async throws(StorageError) {
        let isBeat = message.hasPrefix("beat ")
        if isBeat { beats.withLock { _ = $0.insert(message) } }
        try await database.write(.derived) { connection throws(StorageError) in
            connection.announce(isBeat ? Self.beat : Self.change)
        }
    }

    package func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        listeners.add(receive)
    }

    /// Listens until the task is cancelled; without it nobody hears anything, and nobody trusts what it remembers.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for await _ in database.signals(for: Self.change) { listeners.tell(.subscribed) }
            }
            group.addTask { [self] in
                for await _ in database.signals(for: Self.beat) {
                    for beat in beats.withLock({ $0 }) { listeners.tell(.message(beat)) }
                }
            }
        }
    }
}
