import Model
import Synchronization

/// How many unfinished jobs may be stored; more are refused.
package struct DepthBounds: Hashable, Sendable {
    /// Of all workspaces together.
    package var total: Int
    /// Of one workspace.
    package var workspace: Int
    /// Of one kind in one workspace.
    package var queue: Int

    package init(total: Int, workspace: Int = .max, queue: Int = .max) {
        self.total = total
        self.workspace = workspace
        self.queue = queue
    }
}

/// How many unfinished jobs the store holds: counted now and then, and raised by what this process adds in between.
///
/// Counting on each submission would cost more the fuller the queue is; so it takes at most a fiftieth of the time, and at
/// most one count a second. With several processes a bound may be passed by what the others add meanwhile.
final class DepthEstimate: Sendable {
    struct Queue: Hashable, Sendable {
        let workspace: WorkspaceID
        let kind: String
    }

    private struct State {
        var queues: [Queue: Int] = [:]
        var workspaces: [WorkspaceID: Int] = [:]
        var total = 0
        var nextCount: ContinuousClock.Instant?
        var isKnown = false
    }

    private let state = Mutex(State())

    /// Whether the caller shall count now. Others go on with what is known meanwhile, once anything is.
    func isDue(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if let next = state.nextCount, now < next, state.isKnown { return false }
            state.nextCount = now + .seconds(10)
            return true
        }
    }

    func counted(_ queues: [Queue: Int], taking time: Duration, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.queues = queues
            state.workspaces = [:]
            for (queue, count) in queues { state.workspaces[queue.workspace, default: 0] += count }
            state.total = queues.values.reduce(0, +)
            state.nextCount = now + max(.seconds(1), time * 50)
            state.isKnown = true
        }
    }

    /// Takes room for more jobs.
    ///
    /// - Returns: why there is none; then nothing is taken.
    func take(_ more: [Queue: Int], within bounds: DepthBounds) -> StorageError? {
        state.withLock { state in
            let sum = more.values.reduce(0, +)
            if let refusal = Self.refusal("The server", state.total, sum, bounds.total) { return refusal }
            for (workspace, count) in Dictionary(grouping: more, by: \.key.workspace) {
                let sum = count.reduce(0) { $0 + $1.value }
                let known = state.workspaces[workspace] ?? 0
                if let refusal = Self.refusal("The workspace", known, sum, bounds.workspace) { return refusal }
            }
            for (queue, count) in more {
                let known = state.queues[queue] ?? 0
                if let refusal = Self.refusal("The queue '\(queue.kind)'", known, count, bounds.queue) {
                    return refusal
                }
            }
            for (queue, count) in more {
                state.queues[queue, default: 0] += count
                state.workspaces[queue.workspace, default: 0] += count
            }
            state.total += sum
            return nil
        }
    }

    private static func refusal(_ whose: String, _ known: Int, _ more: Int, _ bound: Int) -> StorageError? {
        let (sum, overflow) = known.addingReportingOverflow(more)
        guard overflow || sum > bound else { return nil }
        return StorageError(
            .limited, "\(whose) holds \(known) unfinished jobs and takes at most \(bound); try again later.")
    }
}
