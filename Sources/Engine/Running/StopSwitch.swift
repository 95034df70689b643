import Synchronization

/// Tells one running handler to stop, once, with the reason.
final class StopSwitch: Sendable {
    /// Why a handler must stop.
    enum Reason: Hashable, Sendable {
        /// Somebody canceled the job.
        case canceled
        /// The lease is over: nothing may be written any more.
        case leaseLost
        /// The worker is shutting down: the job goes back.
        case draining
        /// The job ran longer than its kind allows.
        case timedOut
    }

    private let state = Mutex<Reason?>(nil)
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The first reason, once there is one. A lost lease outweighs every other.
    var reason: Reason? { state.withLock { $0 } }

    func stop(_ reason: Reason) {
        state.withLock { current in
            if current == nil || reason == .leaseLost { current = reason }
        }
        continuation.finish()
    }

    /// Returns when there is a reason to stop, or when the waiting task is cancelled.
    func wait() async {
        for await _ in stream {}
    }
}
