/// Tells every process what is no longer true. Messages are short and arrive in order, or not at all.
///
/// A message that begins with `beat ` says nothing but that messages arrive.
package protocol InvalidationBus: Sendable {
    /// Whether nothing that is published can be lost, because no network is between. Then no heartbeat is needed.
    var losesNothing: Bool { get }

    /// Tells everybody, this process included.
    func publish(_ message: String) async throws(StorageError)

    /// Calls `receive` for what is published from now on, until the subscription is dropped. `receive` must not block.
    func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription
}

/// Ends when the last reference to it goes.
package protocol BusSubscription: AnyObject, Sendable {}

/// What a subscriber hears.
package enum BusEvent: Hashable, Sendable {
    /// It hears, for the first time or again: what was published before may have been missed.
    case subscribed
    case message(String)
}
