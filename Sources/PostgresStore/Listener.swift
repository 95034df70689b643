import Dispatch
import Glibc
import Logging
import Metrics
import Model
import Storage
import Synchronization

/// The connection that LISTENs for other processes' announcements, opened again whenever it breaks.
final class Listener: Sendable {
    private struct State {
        var closed = false
        var connected = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// How long announcements that nobody sent can delay those who wait for them.
    private static let lookInterval: Duration = .seconds(15)

    private let state = Mutex(State())
    private let settings: PostgresSettings
    private let hub: SignalHub
    private let sender: String
    private let queue = DispatchQueue(label: "suisha.postgres.listener")
    private let wake: WakePipe
    private let logger = Logger(label: "suisha.postgres")

    init(_ settings: PostgresSettings, hub: SignalHub, sender: String) throws(StorageError) {
        self.settings = settings
        self.hub = hub
        self.sender = sender
        wake = try WakePipe()
        // Holds the listener until `close`, which its database calls also when it is let go.
        queue.async { self.run() }
    }

    /// Waits for the first connection that listens; false when there is none within `limit`, or after `close`.
    func ready(within limit: Duration) async -> Bool {
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.fractionalSeconds) { [weak self] in
            self?.resumeWaiting()
        }
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                guard !state.connected, !state.closed else { return true }
                state.waiting.append(continuation)
                return false
            }
            if now { continuation.resume() }
        }
        return state.withLock { $0.connected && !$0.closed }
    }

    /// Stops listening; the thread ends soon after.
    func close() {
        state.withLock { $0.closed = true }
        resumeWaiting()
        wake.wake()
    }

    private func resumeWaiting() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: On the listener's thread

    private var isClosed: Bool { state.withLock { $0.closed } }

    private func run() {
        var failures = 0
        while !isClosed {
            do throws(StorageError) {
                let session = try PostgresSession(url: settings.listenURL ?? settings.connectionURL, settings: settings)
                try listen(session)
                failures = 0
                // What was announced while nobody listened is lost, so everybody looks.
                hub.signalAll()
                state.withLock { $0.connected = true }
                resumeWaiting()
                try deliver(from: session)
            } catch {
                failures += 1
                Counter(label: MetricNames.listenerLosses).increment()
                logger.warning(
                    "Listening for announcements was interrupted and will begin again", metadata: ["error": "\(error)"])
                _ = wake.wait(also: -1, for: Backoff.delay(failures))
            }
        }
    }

    private func listen(_ session: PostgresSession) throws(StorageError) {
        let rows = try session.query("SELECT \(Announcement.channel) AS channel", []).rows
        guard let channel = try rows.first?.text("channel") else {
            throw StorageError(.corrupt, "PostgreSQL at \(settings.place) gave no name for the channel.")
        }
        try session.run("LISTEN \"\(channel)\"")
    }

    private func deliver(from session: PostgresSession) throws(StorageError) {
        var looked = ContinuousClock.now
        while !isClosed {
            for payload in try session.notifications() {
                Announcement.deliver(payload, to: hub, unlessFrom: sender)
            }
            // A process that died between its commit and its announcement told nobody.
            if ContinuousClock.now - looked >= Self.lookInterval {
                hub.remindAll()
                looked = .now
            }
            _ = wake.wait(also: session.socket, for: Self.lookInterval)
        }
    }
}
