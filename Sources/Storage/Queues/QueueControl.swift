package import Model

/// What people do to queues. A queue is the jobs of one kind in one workspace.
package protocol QueueControl: Sendable {
    /// The workspace's queues that have unfinished jobs or are not running, by kind.
    func queues(in workspace: WorkspaceID) async throws(StorageError) -> [QueueStatus]

    /// Pauses, drains or resumes a queue. Jobs that workers have go on; nothing else starts while it is paused.
    func setMode(_ mode: QueueMode, of kind: String, in workspace: WorkspaceID) async throws(StorageError)

    /// The caps of the workspace and those that all share, by key; only those that it has used or set.
    func caps(in workspace: WorkspaceID) async throws(StorageError) -> [CapStatus]

    /// Sets a cap, at once: above the new bound, jobs that no worker has yet go back into their lanes.
    func setCap(_ cap: Cap) async throws(StorageError)

    /// What the workspace gets of the workers.
    func limit(of workspace: WorkspaceID) async throws(StorageError) -> WorkspaceLimit

    /// Sets what the workspace gets of the workers, at once.
    func setLimit(_ limit: WorkspaceLimit, of workspace: WorkspaceID) async throws(StorageError)
}

/// Whether a queue takes jobs and gives them to workers.
package enum QueueMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Both.
    case running
    /// It takes jobs and starts none.
    case paused
    /// It starts what it has and takes no more.
    case draining
}

/// A queue as lists show it.
package struct QueueStatus: Hashable, Sendable, Codable {
    package let kind: String
    package let mode: QueueMode
    /// How many of its jobs are in each unfinished state.
    package let states: [String: Int]
    /// Since when the oldest of its jobs that could run waits; nil when none does.
    package let oldestWaiting: Timestamp?

    package init(kind: String, mode: QueueMode, states: [String: Int], oldestWaiting: Timestamp?) {
        self.kind = kind
        self.mode = mode
        self.states = states
        self.oldestWaiting = oldestWaiting
    }

    private enum CodingKeys: String, CodingKey {
        case kind, mode, states
        case oldestWaiting = "oldest_waiting"
    }
}

/// A cap as lists show it.
package struct CapStatus: Hashable, Sendable, Codable {
    /// Without the workspace when it is the workspace's own.
    package let key: String
    package let slots: Int
    /// How many jobs are ready or running under it.
    package let taken: Int
    /// How many lanes wait for it.
    package let waiting: Int
    /// All workspaces share it.
    package let isShared: Bool

    package init(key: String, slots: Int, taken: Int, waiting: Int, isShared: Bool) {
        self.key = key
        self.slots = slots
        self.taken = taken
        self.waiting = waiting
        self.isShared = isShared
    }

    private enum CodingKeys: String, CodingKey {
        case key, slots, taken, waiting
        case isShared = "shared"
    }
}
