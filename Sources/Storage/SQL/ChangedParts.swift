import Synchronization

/// Gathers which parts of a whole changed since somebody looked last, such as the jobs of a workspace.
///
/// It is a hint of what to read, never the truth: after missed announcements, and when too much changed, it says that anything
/// may have.
package final class ChangedParts: Sendable {
    /// What changed since the last look.
    package enum Change: Hashable, Sendable {
        case parts(Set<String>)
        case anything
    }

    private struct State {
        var change: Change = .parts([])
        var end: (@Sendable () -> Void)?
    }

    /// More names than this are "anything".
    package static let limit: Int = 500

    private let state = Mutex(State())
    /// One signal for all that changed since it was taken; ends when the database closes. For one task.
    package let signals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    package init() {
        (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    deinit { state.withLock { $0.end }?() }

    /// Gives what changed and forgets it.
    package func take() -> Change {
        state.withLock { state in
            defer { state.change = .parts([]) }
            return state.change
        }
    }

    /// Notes a change of the part with that name, or of any.
    package func note(_ name: String?) {
        state.withLock { state in
            guard case .parts(var names) = state.change else { return }
            state.change = .anything
            if let name {
                names.insert(name)
                if names.count <= Self.limit { state.change = .parts(names) }
            }
        }
        continuation.yield()
    }

    package func finish() { continuation.finish() }

    func onEnd(_ end: @escaping @Sendable () -> Void) { state.withLock { $0.end = end } }
}
