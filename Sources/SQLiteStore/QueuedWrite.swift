import Storage
import Synchronization

/// A caller's body on its way through the write queue.
protocol AnyQueuedWrite: AnyObject, Sendable {
    /// Takes the write's turn; false when its caller has gone or waited too long.
    func begin() -> Bool
    /// Runs the body and says whether to keep what it did.
    func run(on connection: SQLiteConnection) -> Bool
    /// Answers the caller: with what the body threw, else with `failure`, else with what the body returned.
    func finish(_ failure: StorageError?)
    /// When the caller has waited long enough for the write's turn.
    var deadline: ContinuousClock.Instant { get }
    /// Tells a caller whose write has not had its turn that it waited too long.
    func giveUp()
}

/// The body with its value's type, and the caller that waits for it.
final class QueuedWrite<Value: Sendable>: AnyQueuedWrite {
    typealias Body = @Sendable (any SQLConnection) throws(StorageError) -> Value

    private enum Phase {
        case new
        case queued(CheckedContinuation<Result<Value, StorageError>, Never>)
        case running(CheckedContinuation<Result<Value, StorageError>, Never>)
        case done
    }

    private struct State {
        var phase: Phase = .new
        var canceled = false
        var result: Result<Value, StorageError>?
    }

    private let state = Mutex(State())
    private let body: Body
    let deadline: ContinuousClock.Instant
    private let timeout: Duration
    private let path: String

    init(path: String, timeout: Duration, _ body: @escaping Body) {
        self.path = path
        self.timeout = timeout
        self.body = body
        deadline = .now + timeout
    }

    /// Remembers who waits; false when the caller was cancelled before that, and has been told.
    func wait(_ continuation: CheckedContinuation<Result<Value, StorageError>, Never>) -> Bool {
        let canceled = state.withLock { state in
            state.phase = state.canceled ? .done : .queued(continuation)
            return state.canceled
        }
        if canceled { continuation.resume(returning: .failure(Self.canceled)) }
        return !canceled
    }

    /// Before its turn the write leaves at once; during it the body is rolled back; after it nothing changes.
    func cancel() {
        state.withLock { $0.canceled = true }
        leave(Self.canceled)
    }

    private func leave(_ reason: StorageError) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<Value, StorageError>, Never>? in
            guard case .queued(let continuation) = state.phase else { return nil }
            state.phase = .done
            return continuation
        }
        waiting?.resume(returning: .failure(reason))
    }

    func begin() -> Bool {
        state.withLock { state in
            guard case .queued(let continuation) = state.phase else { return false }
            state.phase = .running(continuation)
            return true
        }
    }

    func giveUp() {
        leave(
            .init(
                .busy,
                "SQLite database '\(path)': the write waited \(timeout) for its turn. Send fewer, or try again later."))
    }

    func run(on connection: SQLiteConnection) -> Bool {
        let result: Result<Value, StorageError>
        do throws(StorageError) {
            let value = try body(connection)
            if let failure = connection.failure { throw failure }
            result = .success(value)
        } catch {
            result = .failure(error)
        }
        connection.end()
        return state.withLock { state in
            state.result = state.canceled ? .failure(Self.canceled) : result
            if case .success = state.result { return true }
            return false
        }
    }

    func finish(_ failure: StorageError?) {
        let (waiting, result) = state.withLock {
            state -> (CheckedContinuation<Result<Value, StorageError>, Never>?, Result<Value, StorageError>?) in
            defer { state.phase = .done }
            switch state.phase {
            case .queued(let continuation), .running(let continuation): return (continuation, state.result)
            case .new, .done: return (nil, nil)
            }
        }
        switch (result, failure) {
        case (.failure(let own), _): waiting?.resume(returning: .failure(own))
        case (_, let failure?): waiting?.resume(returning: .failure(failure))
        case (let result, nil): waiting?.resume(returning: result ?? .failure(Self.canceled))
        }
    }

    private static var canceled: StorageError { .init(.canceled, "A write was cancelled before it was committed.") }
}
