import Dispatch
import Endpoints
import Foundation
import Metrics
import Synchronization

/// Runs the costly work of password hashing on a few threads of its own, so that a flood of sign-ins takes no thread from
/// the rest of the server.
///
/// At most `waiting` calls stand in line, each for at most `patience`; beyond that a call is refused with 503 at once.
package final class HashingPool: Sendable {
    private struct Line {
        var running = 0
        var calls: [Call] = []
        var first = 0

        var count: Int { calls.count - first }

        mutating func next() -> Call? {
            guard first < calls.count else { return nil }
            defer {
                first += 1
                if first > 64 {
                    calls.removeFirst(first)
                    first = 0
                }
            }
            return calls[first]
        }
    }

    private let line = Mutex(Line())
    private let threads: Int
    private let waiting: Int
    private let patience: Duration
    private let queue = DispatchQueue(label: "suisha.passwords", attributes: .concurrent)

    /// - Parameters:
    ///   - threads: how many hashes are made at once; each takes the memory of ``PasswordCost``.
    ///   - waiting: how many calls may stand in line.
    ///   - patience: how long a call may stand in line.
    package init(threads: Int = 2, waiting: Int = 64, patience: Duration = .seconds(5)) {
        self.threads = max(1, threads)
        self.waiting = max(0, waiting)
        self.patience = patience
    }

    /// Runs `work` when it is its turn. A call that is cancelled while it stands in line costs nothing.
    ///
    /// - Throws: ``Problem`` 503 with Retry-After when the line is full or was too slow; what `work` throws.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isCanceled = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                take(
                    Call(since: .now, isCanceled: isCanceled) { refusal in
                        if let refusal {
                            continuation.resume(throwing: refusal)
                        } else {
                            continuation.resume(with: Result { try work() })
                        }
                    })
            }
        } onCancel: {
            isCanceled.raise()
        }
    }

    private func take(_ call: Call) {
        enum Place { case free, inLine, none }
        let place = line.withLock { line -> Place in
            if line.running < threads {
                line.running += 1
                return .free
            }
            guard line.count < waiting else { return .none }
            line.calls.append(call)
            return .inLine
        }
        switch place {
        case .free: queue.async { self.work(from: call) }
        case .inLine: break
        case .none: refuse(call)
        }
    }

    private func work(from first: Call) {
        var next: Call? = first
        while let call = next {
            if call.isCanceled.isRaised {
                call.finish(CancellationError())
            } else if .now - call.since > patience {
                refuse(call)
            } else {
                call.finish(nil)
            }
            next = line.withLock { line in
                let call = line.next()
                if call == nil { line.running -= 1 }
                return call
            }
        }
    }

    private func refuse(_ call: Call) {
        Counter(label: MetricNames.hashingRefused).increment()
        call.finish(
            Problem(
                .unavailable, "Too many people are signing in at this moment; try again in a few seconds.",
                retryAfter: .seconds(2)))
    }

    private struct Call: Sendable {
        let since: ContinuousClock.Instant
        let isCanceled: Flag
        /// Does the work, or refuses with the error.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }
}
