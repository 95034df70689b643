import Metrics
import NIOCore
import Synchronization

/// The connections that made a request, so that stopping can end those that would stay for ever.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let count = Meter(label: MetricNames.connections)

    /// Remembers a connection until it closes.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isNew = channels.withLock { $0.updateValue(channel, forKey: id) == nil }
        guard isNew else { return }
        count.increment()
        channel.closeFuture.whenComplete { [weak self, count] _ in
            count.decrement()
            self?.channels.withLock { _ = $0.removeValue(forKey: id) }
        }
    }

    /// Closes all of them at once.
    func closeAll() {
        for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }
}
