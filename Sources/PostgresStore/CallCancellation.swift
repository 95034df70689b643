import Dispatch
import Storage
import Synchronization

/// Carries the cancellation of a caller's task to the statement that runs for it.
final class CallCancellation: Sendable {
    private struct State {
        var canceled = false
        var canceler: StatementCanceler?
        var sent = false
    }

    private let state = Mutex(State())

    var isCanceled: Bool { state.withLock { $0.canceled } }

    /// Stops the statement under way, and every later one.
    func cancel() {
        let canceler = state.withLock { state in
            state.canceled = true
            state.sent = state.canceler != nil
            return state.canceler
        }
        // PQcancel blocks; whoever cancels must not.
        if let canceler { DispatchQueue.global().async { canceler.cancel() } }
    }

    /// From now on, statements of that session are stopped on cancellation.
    func attach(_ canceler: StatementCanceler?) {
        state.withLock { $0.canceler = canceler }
    }

    /// From now on nothing is stopped. True when a request to stop is under way: it may hit a later statement, so the
    /// session must not be used again.
    func detach() -> Bool {
        state.withLock { state in
            state.canceler = nil
            return state.sent
        }
    }

    /// Throws `canceled` once the caller's task is cancelled.
    func check() throws(StorageError) {
        if isCanceled { throw Self.error }
    }

    static var error: StorageError {
        .init(.canceled, "A database call was cancelled before its transaction was committed.")
    }
}
