import Dispatch
import Synchronization

/// Threads for blocking file calls, so that a slow disk never holds up the cooperative pool.
///
/// A caller waits for its call, so no more work is queued than there are callers.
final class FileQueue: Sendable {
    private let queues: [DispatchQueue]
    private let next: Atomic<Int> = .init(0)

    /// Makes `width` threads at most.
    init(label: String, width: Int = 4) {
        queues = (0..<width).map { DispatchQueue(label: "\(label).\($0)") }
    }

    /// Runs `work` on one of the threads. It is not interrupted by cancellation; it must be one short piece of work.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> sending Value) async throws -> Value {
        let turn = next.add(1, ordering: .relaxed).oldValue
        let queue = queues[Int(truncatingIfNeeded: UInt(bitPattern: turn) % UInt(queues.count))]
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
