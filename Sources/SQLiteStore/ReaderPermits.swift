import Dispatch
import Storage
import Synchronization

/// Lets a fixed number of reads run and makes the others wait in order, for a limited time.
final class ReaderPermits: Sendable {
    private struct State {
        var free: Int
        var nextNumber = 0
        /// Numbers in the order of their coming; those that gave up are no longer in `waiting`.
        var order: [Int] = []
        var waiting: [Int: Waiter] = [:]
        var sweeping = false
        var closed = false
    }

    private struct Waiter {
        let continuation: CheckedContinuation<StorageError?, Never>
        let deadline: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let count: Int
    private let limit: Int
    private let timeout: Duration
    private let path: String

    init(_ settings: SQLiteSettings) {
        count = settings.readers
        limit = settings.readQueue
        timeout = settings.turnTimeout
        path = settings.path
        state = Mutex(State(free: settings.readers))
    }

    /// Waits for a permit; the caller gives it back with `release`.
    func acquire() async throws(StorageError) {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let refusal = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in enter(number, continuation) }
        } onCancel: {
            leave(number, StorageError(.canceled, "A read was cancelled while it waited for its turn."))
        }
        if let refusal { throw refusal }
    }

    func release() {
        let next = state.withLock { state -> Waiter? in
            while let number = state.order.first {
                state.order.removeFirst()
                if let waiter = state.waiting.removeValue(forKey: number) { return waiter }
            }
            state.free += 1
            return nil
        }
        next?.continuation.resume(returning: nil)
    }

    /// Refuses everyone who waits or comes later.
    func close() {
        let refused = state.withLock { state in
            state.closed = true
            defer { (state.order, state.waiting) = ([], [:]) }
            return Array(state.waiting.values)
        }
        for waiter in refused { waiter.continuation.resume(returning: .closed(path)) }
    }

    /// Whether every permit is back.
    var isIdle: Bool { state.withLock { $0.free == count } }

    private func enter(_ number: Int, _ continuation: CheckedContinuation<StorageError?, Never>) {
        enum Entry { case run, wait(sweep: Bool), refuse(StorageError) }
        let entry: Entry = state.withLock { state in
            guard !state.closed else { return .refuse(.closed(path)) }
            guard !Task.isCancelled else { return .refuse(.init(.canceled, "A read was cancelled before it began.")) }
            guard state.free == 0 else {
                state.free -= 1
                return .run
            }
            guard state.waiting.count < limit else { return .refuse(full) }
            state.order.append(number)
            state.waiting[number] = Waiter(continuation: continuation, deadline: .now + timeout)
            defer { state.sweeping = true }
            return .wait(sweep: !state.sweeping)
        }
        switch entry {
        case .run: continuation.resume(returning: nil)
        case .wait(let sweep): if sweep { scheduleSweep(after: timeout) }
        case .refuse(let error): continuation.resume(returning: error)
        }
    }

    private func leave(_ number: Int, _ reason: StorageError) {
        let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiter?.continuation.resume(returning: reason)
    }

    /// One timer for all: everyone waits equally long, so the first in line is the first to give up.
    private func scheduleSweep(after delay: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + delay.timeInterval) { [weak self] in self?.sweep() }
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
        for waiter in expired { waiter.continuation.resume(returning: late) }
        if let delay { scheduleSweep(after: delay) }
    }

    private var full: StorageError {
        .init(
            .busy, "SQLite database '\(path)': \(limit) reads wait already. Send fewer, or raise the number of readers."
        )
    }

    private var late: StorageError {
        .init(
            .busy,
            """
            SQLite database '\(path)': none of the \(count) readers came free within \(timeout). \
            Raise the number of readers or look for slow queries.
            """)
    }
}

extension Duration {
    /// Seconds, for Dispatch.
    var timeInterval: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
