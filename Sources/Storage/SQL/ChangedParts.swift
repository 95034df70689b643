import Synchronization

/// Gathers which parts of a whole changed since somebody looked last, such as the jobs of a workspace.
///
/// It is a hint of what to read, never the truth: after missed announcements, and when too much changed, it says that anything
/// may have.
package final class ChangedParts: Sendable {
    /// What changed since the last look.
    package struct Change: Hashable, Sendable {
        /// What may have changed besides what is named.
        package enum Rest: Int, Hashable, Sendable {
            /// Every announcement was heard.
            case nothing
            /// Now and then somebody should look, because a process may have died before it announced what it did.
            case unannounced
            /// Announcements were missed.
            case missed
        }

        /// The parts that were announced by their names.
        package var names: Set<String>
        package var rest: Rest

        package init(names: Set<String> = [], rest: Rest = .nothing) {
            self.names = names
            self.rest = rest
        }

        /// What a look finds when nothing was announced.
        package static let nothing: Change = .init()
        /// What follows missed announcements.
        package static let anything: Change = .init(rest: .missed)

        /// Both together; too many names are "anything".
        package func merged(with other: Change) -> Change {
            let names = names.union(other.names)
            guard names.count <= ChangedParts.limit else { return .anything }
            return Change(names: names, rest: rest.rawValue < other.rest.rawValue ? other.rest : rest)
        }
    }

    private struct State {
        var change: Change = .nothing
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
            defer { state.change = .nothing }
            return state.change
        }
    }

    /// Notes a change of the part with that name, or of any.
    package func note(_ name: String?) {
        note { change in
            guard let name else { return change = .anything }
            change.names.insert(name)
            if change.names.count > Self.limit { change = .anything }
        }
    }

    /// Notes that something may have gone unannounced.
    package func noteUnannounced() { note { $0 = $0.merged(with: Change(rest: .unannounced)) } }

    private func note(_ update: (inout Change) -> Void) {
        state.withLock { update(&$0.change) }
        continuation.yield()
    }

    package func finish() { continuation.finish() }

    func onEnd(_ end: @escaping @Sendable () -> Void) { state.withLock { $0.end = end } }
}
