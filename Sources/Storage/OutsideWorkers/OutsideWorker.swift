package import Model

/// A worker outside this program, in one workspace.
package struct OutsideWorker: Hashable, Sendable {
    /// The most workers of one workspace at a time.
    package static let maximumWorkers: Int = 1_000

    /// Its session.
    package let id: WorkerSessionID
    package let workspace: WorkspaceID
    /// For people: `resizer-3`.
    package let name: String
    /// What it runs.
    package let kinds: [String]
    /// How long its leases outlive its last sign of life.
    package let lease: Duration

    package init(
        id: WorkerSessionID = WorkerSessionID(), workspace: WorkspaceID, name: String, kinds: [String], lease: Duration
    ) {
        self.id = id
        self.workspace = workspace
        self.name = name
        self.kinds = kinds
        self.lease = lease
    }
}
