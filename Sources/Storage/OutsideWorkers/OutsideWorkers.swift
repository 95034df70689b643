package import Model

/// What the store does for workers outside this program, beside what it does for every worker: their sessions are bound to
/// a workspace, and they bring their own kinds of jobs.
package protocol OutsideWorkers: Sendable {
    /// Opens a session for the worker, and makes its kinds known in its workspace: new ones are added, known ones changed.
    /// Kinds stay known when the worker is gone.
    ///
    /// - Throws: `full` at ``OutsideWorker/maximumWorkers`` or ``OutsideKind/maximumKinds``.
    func register(_ worker: OutsideWorker, kinds: [OutsideKind]) async throws(StorageError)

    /// The kinds that are known in a workspace, by name.
    func outsideKinds(in workspace: WorkspaceID) async throws(StorageError) -> [OutsideKind]

    /// The worker, also for a while after its session has lapsed; nil when the workspace never had it, or it was closed.
    func outsideWorker(
        _ id: WorkerSessionID, in workspace: WorkspaceID
    ) async throws(StorageError) -> OutsideWorker?

    /// Extends the worker's session by its lease.
    ///
    /// - Returns: what it holds; nil when the session has lapsed: all its leases are lost.
    func renew(_ worker: OutsideWorker) async throws(StorageError) -> [HeldJob]?

    /// Whether there is something to claim for the worker. Only reads.
    func prospects(of worker: OutsideWorker) async throws(StorageError) -> ClaimProspects

    /// Takes up to `limit` ready jobs of the worker's kinds in its workspace, best first. Nothing for a lapsed session.
    func claim(limit: Int, for worker: OutsideWorker) async throws(StorageError) -> [LeasedJob]

    /// How the worker stands to a job of its workspace; nil when there is no such job.
    ///
    /// Whoever owns a job under an epoch owned it under that epoch from its beginning, so what this says about an epoch stays
    /// true, and the write that follows is guarded by the epoch.
    func standing(of job: JobID, for worker: OutsideWorker) async throws(StorageError) -> JobStanding?

    /// Ends the worker's session; its remaining jobs go back without spending an attempt.
    func close(_ worker: OutsideWorker) async throws(StorageError)

    /// What the index of ready jobs says, where there is one. Subscribed before this returns.
    func indexSignals() -> AsyncStream<DispatchSignal>?
}

/// Whether a claim would find something.
package enum ClaimProspects: Hashable, Sendable {
    case jobs, nothing
    /// The session has lapsed: there will never be anything.
    case lapsed
}

/// How a worker stands to a job.
package enum JobStanding: Hashable, Sendable {
    /// It owns the job.
    case held(HeldJob)
    /// Another worker owns it.
    case elsewhere
    /// Nobody owns it: it waits, or has ended.
    case free
}
