import Storage
import Synchronization

/// A caller's body on its way through the write queue.
protocol AnyQueuedWrite: AnyObject, Sendable {
    /// Takes the write's turn; false when its caller has gone or waited too long.
    func begin() -> Bool
    /// Runs the body and says whether to keep what it did.
    func run(on connection: SQLiteConnection) -> Bool
    /// Answers the caller: with `failure`, or else with what the body returned or threw.
    func finish(_ failure: StorageError?)
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
    private let deadline: ContinuousClock.Instant
    private let path: String

    init(path: String, timeout: Duration, _ body: @escaping Body) {
        self.path = path
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
        let waiting = state.withLock { state -> CheckedContinuation<Result<Value, StorageError>, Never>? in
            state.canceled = true
            guard case .queued(let continuation) = state.phase else { return nil }
            state.phase = .done
            return continuation
        }
        waiting?.resume(returning: .failure(Self.canceled))
    }

    func begin() -> Bool {
        let late = ContinuousClock.now > deadline
        let (begun, expired) = state.withLock {
            state -> (Bool, CheckedContinuation<Result<Value, StorageError>, Never>?) in
            guard case .queued(let continuation) = state.phase else { return (false, nil) }
            state.phase = late ? .done : .running(continuation)
            return (!late, late ? continuation : nil)
        }
        expired?.resume(
            returning: .failure(
                .init(.busy, "SQLite database '\(path)': the write waited too long for its turn. Try again later.")))
        return begun
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
        if let failure {
            waiting?.resume(returning: .failure(failure))
        } else {
            waiting?.resume(returning: result ?? .failure(Self.canceled))
        }
    }

    private static var canceled: StorageError { .init(.canceled, "A write was cancelled before it was committed.") }
}
