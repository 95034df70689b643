import Logging
import Metrics
import Model
import NIOCore
import NIOPosix
import Storage
import Synchronization

/// A connection that is opened at once, and again whenever it breaks, until ``close()``.
final class RedisLink: Sendable {
    private typealias Waiter = CheckedContinuation<Result<RedisConnection, StorageError>, Never>

    private struct State {
        var link: LinkState<RedisConnection, Waiter>
        var nextNumber = 0
        var task: Task<Void, Never>?
    }

    /// When a connection lasted that long, earlier failures are forgotten.
    private static let steadyAfter: Duration = .seconds(5)
    private static let closeLimit: Duration = .seconds(2)

    private let settings: RedisSettings
    private let connector: RedisConnector
    private let onUp: @Sendable () -> Void
    private let state: Mutex<State>
    private let logger = Logger(label: "suisha.redis")

    /// - Parameter onUp: is called whenever a connection is ready, the first time included.
    init(_ connector: RedisConnector, onUp: @escaping @Sendable () -> Void = {}) {
        settings = connector.settings
        self.connector = connector
        self.onUp = onUp
        state = Mutex(State(link: .init(waiterLimit: connector.settings.inFlightLimit)))
        // Holds the link until `close`, which awaits it, or `stop`.
        state.withLock { $0.task = Task { await self.run() } }
    }

    /// The open connection; while one is being opened for the first time or after a loss, waits up to `limit` for it.
    ///
    /// - Throws: `unavailable` at once when the last attempt failed, `canceled`, `busy` when too many wait.
    func connection(within limit: Duration) async throws(StorageError) -> RedisConnection {
        if let current = state.withLock({ $0.link.current }) { return current }
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { enter(number, $0, within: limit) }
        } onCancel: {
            giveUp(number, .canceledCall)
        }
        return try result.get()
    }

    /// Refuses new calls, lets those under way end within two seconds, and ends.
    func close() async {
        let task = state.withLock { $0.task }
        let connection = shut()
        await connection?.finish(within: Self.closeLimit)
        await task?.value
    }

    /// Closes without waiting, for owners that are let go without ``close()``.
    func stop() {
        shut()?.fail(.closed(settings.place))
    }

    @discardableResult
    private func shut() -> RedisConnection? {
        let (connection, refused, task) = state.withLock { state in
            let (connection, refused) = state.link.close()
            return (connection, refused, state.task)
        }
        task?.cancel()
        for waiter in refused { waiter.resume(returning: .failure(.closed(settings.place))) }
        return connection
    }

    private func enter(_ number: Int, _ waiter: Waiter, within limit: Duration) {
        // Asked in the lock that cancellation takes after setting it, so that neither misses the other.
        let answer = state.withLock { Task.isCancelled ? .refuse(.canceledCall) : $0.link.request(number, waiter) }
        switch answer {
        case .wait:
            MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .init(limit)) {
                self.giveUp(number, .stillConnecting(self.settings.place, limit))
            }
        case .use(let connection): waiter.resume(returning: .success(connection))
        case .refuse(let error): waiter.resume(returning: .failure(error))
        case .closed: waiter.resume(returning: .failure(.closed(settings.place)))
        case .full:
            waiter.resume(
                returning: .failure(.init(.busy, "Too many calls wait for a connection to Redis at \(settings.place)."))
            )
        }
    }

    private func giveUp(_ number: Int, _ error: StorageError) {
        state.withLock { $0.link.giveUp(number) }?.resume(returning: .failure(error))
    }

    // MARK: The task

    private func run() async {
        var failures = 0
        while !state.withLock({ $0.link.isClosed }) {
            let began = ContinuousClock.now
            do throws(StorageError) {
                let connection = try await connector.connect()
                guard let waiting = state.withLock({ $0.link.connected(connection) }) else {
                    return connection.fail(.closed(settings.place))
                }
                Counter(label: MetricNames.connects).increment()
                for waiter in waiting { waiter.resume(returning: .success(connection)) }
                onUp()
                logger.info("Redis is connected", metadata: ["server": "\(connection.place)"])
                let reason = await connection.ended()
                state.withLock { $0.link.lost() }
                if .now - began >= Self.steadyAfter { failures = 0 }
                report(reason, failures)
            } catch {
                for waiter in state.withLock({ $0.link.failed(error) }) { waiter.resume(returning: .failure(error)) }
                report(error, failures)
            }
            failures += 1
            // Throws when the link is closed meanwhile, and then the loop ends.
            try? await Task.sleep(for: RedisBackoff.delay(failures))
        }
    }

    private func report(_ error: StorageError, _ failures: Int) {
        guard !state.withLock({ $0.link.isClosed }) else { return }
        Counter(label: MetricNames.losses).increment()
        // The first attempts, and then about one in a minute: the others would say the same.
        logger.log(
            level: failures < 3 || failures.isMultiple(of: 25) ? .warning : .debug,
            "Redis is not connected and will be tried again",
            metadata: ["error": "\(error)", "attempt": "\(failures + 1)"])
    }
}

/// How long to wait before the next attempt.
enum RedisBackoff {
    /// At random from nothing to a bound that doubles from 50 milliseconds to 5 seconds.
    static func delay(_ failures: Int) -> Duration {
        .microseconds(Int64.random(in: 0...(min(5_000, 50 << min(failures - 1, 10)) * 1_000)))
    }
}
