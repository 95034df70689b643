import Synchronization

/// A bus of the database, for several processes without a Redis.
///
/// It carries no content: one row counts what was published, and who finds it changed may have missed something and forgets
/// all it has. That is right for a few processes and a few changes a second; with more, use a Redis. Announcements make it
/// quick; what proves that nothing was missed is the count, which every beat reads, because a connection that listens may
/// be broken or behind without showing it.
package final class DatabaseBus: InvalidationBus {
    private let database: any SQLDatabase
    private let listeners = BusListeners()
    /// The newest count that this process has seen.
    private let seen = Mutex<Int64?>(nil)

    private static let change = "bus-change"

    package init(database: any SQLDatabase) {
        self.database = database
    }

    package var losesNothing: Bool { false }

    package func publish(_ message: String) async throws(StorageError) {
        if message.hasPrefix("beat ") {
            try await look()
        } else {
            try await database.write { connection throws(StorageError) in
                try connection.execute("UPDATE bus_count SET published = published + 1")
                connection.announce(Self.change)
            }
            // This process knows already what it says, and others may have said something before it.
            try await look()
        }
        listeners.tell(.message(message))
    }

    package func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        listeners.add(receive)
    }

    /// Looks whenever somebody announces something, until the task is cancelled. Without it a change is seen at the next beat.
    package func run() async {
        for await _ in database.signals(for: Self.change) {
            // One that fails is followed by a beat, which fails too: then nobody trusts what it remembers.
            try? await look()
        }
    }

    /// Tells the listeners if anything was published since the last look.
    private func look() async throws(StorageError) {
        let count = try await database.read { connection throws(StorageError) in
            try connection.row("SELECT published FROM bus_count").integer("published")
        }
        // Told under the lock, so that no beat of a look beside this one overtakes it.
        seen.withLock { seen in
            guard seen.map({ $0 < count }) ?? true else { return }
            seen = count
            listeners.tell(.subscribed)
        }
    }
}
