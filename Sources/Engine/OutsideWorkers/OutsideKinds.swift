import Endpoints
import Model
package import Storage
import Synchronization

/// The kinds of jobs that outside workers registered, as jobs are checked against them. Remembered for two seconds.
package final class OutsideKinds: Sendable {
    private struct Known {
        let kinds: [JobKind]
        let readAt: ContinuousClock.Instant
    }

    private static let lifetime: Duration = .seconds(2)
    /// The most workspaces that are remembered.
    private static let room = 1_000

    private let store: any OutsideWorkers
    private let known = Mutex<[WorkspaceID: Known]>([:])

    package init(store: any OutsideWorkers) {
        self.store = store
    }

    /// The kinds of a workspace, by name.
    func all(in workspace: WorkspaceID) async throws -> [JobKind] {
        if let remembered = remembered(in: workspace) { return remembered }
        let kinds = try await store.outsideKinds(in: workspace).map(JobKind.init)
        known.withLock { known in
            if known.count >= Self.room { known = [:] }
            known[workspace] = Known(kinds: kinds, readAt: .now)
        }
        return kinds
    }

    /// The kind of that name. One that is not remembered may be new, so it is looked up.
    func kind(_ name: String, in workspace: WorkspaceID) async throws -> JobKind? {
        if let kind = remembered(in: workspace)?.first(where: { $0.name == name }) { return kind }
        forget(workspace)
        return try await all(in: workspace).first { $0.name == name }
    }

    /// The kinds of the workspace have changed.
    func forget(_ workspace: WorkspaceID) {
        known.withLock { $0[workspace] = nil }
    }

    private func remembered(in workspace: WorkspaceID) -> [JobKind]? {
        known.withLock { known in
            guard let entry = known[workspace], entry.readAt + Self.lifetime > .now else { return nil }
            return entry.kinds
        }
    }
}

extension JobKind {
    /// A kind that this program does not run itself. Its input is any JSON object: only its worker knows more.
    fileprivate init(_ kind: OutsideKind) {
        self.init(
            name: kind.name, summary: kind.summary, input: .object([]), stages: [], maxAttempts: kind.maxAttempts,
            band: kind.band, timeout: kind.timeout,
            validate: { input in
                guard input.text.hasPrefix("{") else {
                    throw Problem(.unprocessable, "The input must be a JSON object.", field: "input")
                }
                return input
            },
            run: { _ in
                throw JobFailure(
                    code: "outside-kind", message: "Only outside workers run jobs of this kind; start one.",
                    retryable: true)
            })
    }
}
