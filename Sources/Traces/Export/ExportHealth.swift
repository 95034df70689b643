import Logging
import Synchronization

/// Says once that spans are not taken, and once that they are again: a collector that is away for a day fills no log.
final class ExportHealth: Sendable {
    private let isFailing = Mutex(false)

    func failed(_ reason: String, _ logger: Logger) {
        guard isFailing.withLock({ flag in !flag.exchange(true) }) else { return }
        logger.warning(
            "the collector does not take spans; look at traces.endpoint, traces.headers and the collector itself",
            metadata: ["reason": "\(reason)"])
    }

    func worked(_ logger: Logger) {
        guard isFailing.withLock({ flag in flag.exchange(false) }) else { return }
        logger.notice("the collector takes spans again")
    }
}

extension Bool {
    /// Sets it and returns what it was.
    fileprivate mutating func exchange(_ value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
