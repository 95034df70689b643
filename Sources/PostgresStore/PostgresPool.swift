import Dispatch
import Metrics
import Model
import Storage
import Synchronization

/// Lends links to calls, in the order of their coming, up to a number of links and for a limited wait.
final class PostgresPool: Sendable {
    private struct State {
        /// Links at rest; the one used last is the last, so that those not needed grow old at the front.
        var idle: [(link: PostgresLink, since: ContinuousClock.Instant)] = []
        var total = 0
        var nextNumber = 0
        /// Numbers in the order of their coming; those that gave up are no longer in `waiting`.
        var order: [Int] = []
        var waiting: [Int: Waiter] = [:]
        var sweeping = false
        var closed = false
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Result<PostgresLink, StorageError>, Never>
        let deadline: ContinuousClock.Instant
    }

    private let state = Mutex(State())
    private let settings: PostgresSettings
    private let waited: Recorder
    private let inUse: Gauge
    private let idle: Gauge
    private let timeouts: Counter

    /// - Parameter name: for metrics.
    init(_ settings: PostgresSettings, name: String) {
        self.settings = settings
        let dimensions = [("pool", name)]
        waited = Recorder(label: MetricNames.wait, dimensions: dimensions, aggregate: true)
        inUse = Gauge(label: MetricNames.inUse, dimensions: dimensions)
        idle = Gauge(label: MetricNames.idle, dimensions: dimensions)
        timeouts = Counter(label: MetricNames.timeouts, dimensions: dimensions)
    }

    /// Lends a link to `work`, which runs on the link's thread.
    func withLink<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresLink) -> Result<Value, StorageError>
    ) async throws(StorageError) -> Value {
        let link = try await acquire()
        let result = await link.perform(work)
        release(link)
        return try result.get()
    }

    /// Refuses everyone who waits or comes later, and closes the links as they come back, for at most `limit`.
    func close(within limit: Duration) async {
        let (refused, idle) = state.withLock { state in
            state.closed = true
            defer { (state.order, state.waiting, state.idle) = ([], [:], []) }
            state.total -= state.idle.count
            return (Array(state.waiting.values), state.idle)
        }
        for waiter in refused { waiter.continuation.resume(returning: .failure(.closed(settings.place))) }
        for entry in idle { entry.link.close() }
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.total > 0 }), .now < deadline {
            // Not `Task.sleep`, which returns at once in a cancelled task, and closing must go on there.
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.01) { continuation.resume() }
            }
        }
    }

    private func acquire() async throws(StorageError) -> PostgresLink {
        let began = ContinuousClock.now
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in enter(number, continuation) }
        } onCancel: {
            let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
            waiter?.continuation.resume(returning: .failure(CallCancellation.error))
        }
        waited.record((.now - began).fractionalSeconds)
        return try result.get()
    }

    private func enter(
        _ number: Int, _ continuation: CheckedContinuation<Result<PostgresLink, StorageError>, Never>
    ) {
        enum Entry { case use(PostgresLink), wait(sweep: Bool), refuse(StorageError) }
        let entry: Entry = state.withLock { state in
            guard !state.closed else { return .refuse(.closed(settings.place)) }
            guard !Task.isCancelled else { return .refuse(CallCancellation.error) }
            defer { measure(state) }
            if let entry = state.idle.popLast() { return .use(entry.link) }
            if state.total < settings.maximumConnections {
                state.total += 1
                return .use(PostgresLink(settings))
            }
            guard state.waiting.count < settings.queueLimit else { return .refuse(full) }
            state.order.append(number)
            state.waiting[number] = Waiter(continuation: continuation, deadline: .now + settings.acquireTimeout)
            defer { state.sweeping = true }
            return .wait(sweep: !state.sweeping)
        }
        switch entry {
        case .use(let link): continuation.resume(returning: .success(link))
        case .wait(let sweep): if sweep { scheduleSweep(after: settings.acquireTimeout) }
        case .refuse(let error): continuation.resume(returning: .failure(error))
        }
    }

    private func release(_ link: PostgresLink) {
        let (next, closing) = state.withLock { state -> (Waiter?, PostgresLink?) in
            defer { measure(state) }
            while let number = state.order.first {
                state.order.removeFirst()
                if let waiter = state.waiting.removeValue(forKey: number) { return (waiter, nil) }
            }
            guard !state.closed else {
                state.total -= 1
                return (nil, link)
            }
            state.idle.append((link, .now))
            guard state.total > settings.minimumConnections, let oldest = state.idle.first,
                .now - oldest.since > settings.idleTimeout
            else { return (nil, nil) }
            state.idle.removeFirst()
            state.total -= 1
            return (nil, oldest.link)
        }
        next?.continuation.resume(returning: .success(link))
        closing?.close()
    }

    private func measure(_ state: borrowing State) {
        inUse.record(state.total - state.idle.count)
        idle.record(state.idle.count)
    }

    /// One timer for all: everyone waits equally long, so the first in line is the first to give up.
    private func scheduleSweep(after delay: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + delay.fractionalSeconds) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let (expired, delay) = state.withLock { state -> ([Waiter], Duration?) in
            var expired: [Waiter] = []
            while let number = state.order.first {
                guard let waiter = state.waiting[number] else {
                    state.order.removeFirst()
                    continue
                }
                guard waiter.deadline <= now else { return (expired, waiter.deadline - now) }
                state.order.removeFirst()
                state.waiting[number] = nil
                expired.append(waiter)
            }
            state.sweeping = false
            return (expired, nil)
        }
        for waiter in expired {
            timeouts.increment()
            waiter.continuation.resume(returning: .failure(late))
        }
        if let delay { scheduleSweep(after: delay) }
    }

    private var full: StorageError {
        .init(
            .busy,
            """
            PostgreSQL at \(settings.place): \(settings.queueLimit) calls wait for a connection already. Send fewer, or \
            raise pool_max in the database URL (now \(settings.maximumConnections)).
            """)
    }

    private var late: StorageError {
        .init(
            .busy,
            """
            PostgreSQL at \(settings.place): none of the pool's \(settings.maximumConnections) connections came free within \
            \(settings.acquireTimeout). Raise pool_max in the database URL, or look for slow statements.
            """)
    }
}
