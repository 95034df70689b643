import Foundation
import Logging
import Model
import Storage
import Synchronization

/// Tells other processes what was announced here: at once for all that gathered within the window. By a bus where there is one;
/// else by NOTIFY, on a connection of its own, because NOTIFY makes concurrent commits wait for each other.
final class Announcer: Sendable {
    private struct State {
        var keys: Set<String> = []
        var scheduled = false
        var lastFlush: ContinuousClock.Instant?
        var failures = 0
    }

    /// More keys than this become one signal for everybody.
    private static let limit = 10_000
    /// PostgreSQL refuses payloads of 8,000 bytes.
    private static let payloadLimit = 7_900
    private static let notify = "SELECT pg_notify(\(Announcement.channel), $1)"

    private let state = Mutex(State())
    private let bus = Mutex<(any InvalidationBus)?>(nil)
    private let settings: PostgresSettings
    private let link: PostgresLink
    private let sender: String
    private let logger = Logger(label: "suisha.postgres")

    init(_ settings: PostgresSettings, sender: String) {
        self.settings = settings
        self.sender = sender
        link = PostgresLink(settings)
    }

    /// Sends the keys soon: at once after a pause, else when the window ends.
    func announce(_ keys: Set<String>) {
        let delay = state.withLock { state -> Duration? in
            state.keys.formUnion(keys)
            if state.keys.count > Self.limit { state.keys = [Announcement.everything] }
            guard !state.scheduled else { return nil }
            state.scheduled = true
            guard let last = state.lastFlush else { return .zero }
            return max(.zero, settings.announceWindow - (.now - last))
        }
        if let delay { schedule(after: delay) }
    }

    /// Sends over a bus from now on.
    func carry(over bus: any InvalidationBus) { self.bus.withLock { $0 = bus } }

    /// Sends what is left and closes the connection.
    func close() async {
        bus.withLock { $0 = nil }
        _ = await link.perform { [self] link -> Result<Void, StorageError> in
            flush(link)
            return .success(())
        }
        link.close()
    }

    private func schedule(after delay: Duration) {
        link.queue.asyncAfter(deadline: .now() + delay.fractionalSeconds) { [weak self] in
            guard let self else { return }
            flush(link)
        }
    }

    private func flush(_ link: PostgresLink) {
        let keys = state.withLock { state in
            defer { state.keys = [] }
            state.scheduled = false
            state.lastFlush = .now
            return state.keys
        }
        guard !keys.isEmpty else { return }
        if let bus = bus.withLock({ $0 }) {
            publish(keys, over: bus)
        } else {
            notify(keys, link)
        }
    }

    /// Sends over the bus, and by NOTIFY what it does not take.
    private func publish(_ keys: Set<String>, over bus: any InvalidationBus) {
        // Awaited by nobody: it ends within what the bus waits for, and there is one for each window.
        Task { [weak self, sender] in
            do throws(StorageError) {
                for payload in Announcement.payloads(keys, sender: sender, limit: Self.payloadLimit) {
                    try await bus.publish(payload)
                }
            } catch {
                guard let self else { return }
                link.queue.async { self.notify(keys, self.link) }
            }
        }
    }

    private func notify(_ keys: Set<String>, _ link: PostgresLink) {
        do throws(StorageError) {
            try send(Announcement.payloads(keys, sender: sender, limit: Self.payloadLimit), link)
            state.withLock { $0.failures = 0 }
        } catch {
            logger.warning("Announcements could not be sent and will be tried again", metadata: ["error": "\(error)"])
            let failures = state.withLock { state in
                state.keys.formUnion(keys)
                state.failures += 1
                defer { state.scheduled = true }
                return state.scheduled ? nil : state.failures
            }
            if let failures { schedule(after: Backoff.delay(failures)) }
        }
    }

    private func send(_ payloads: [String], _ link: PostgresLink) throws(StorageError) {
        let rows = payloads.map { [SQLValue.text($0)] }
        do {
            _ = try link.connected().execute(Self.notify, batch: rows)
        } catch {
            guard error.isConnectionLoss else { throw error }
            _ = try link.connected().execute(Self.notify, batch: rows)
        }
    }
}
