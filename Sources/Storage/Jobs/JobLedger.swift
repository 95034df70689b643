package import Model

/// Keeps the books on jobs in the transactions of the store: bounds, usage, and who outside is told.
package protocol JobLedger: Sendable {
    /// Jobs are new, or run again. What it throws refuses them all: `limited` where a bound is reached, with the refusal for the
    /// caller as the error's `underlying`.
    func submitted(_ jobs: [WorkspaceID: Int], on connection: any SQLConnection) throws(StorageError)

    /// Runs of jobs have ended, and some jobs with them. Called once for each, in the transaction that ends it.
    func ended(_ runs: [EndedRun], on connection: any SQLConnection) throws(StorageError)
}

/// A run of a job that has ended; also a job that ended without ever running.
package struct EndedRun: Hashable, Sendable {
    package let job: JobID
    package let workspace: WorkspaceID
    package let kind: String
    /// Which run it was; 0 for a job that never ran.
    package let epoch: Int64
    /// How long a worker had it.
    package let lasted: Duration
    /// How the job ended; nil for a job that goes on.
    package let state: JobState?
    /// Why it failed.
    package let failure: JobFailure?

    package init(
        job: JobID, workspace: WorkspaceID, kind: String, epoch: Int64, lasted: Duration,
        state: JobState?, failure: JobFailure? = nil
    ) {
        self.job = job
        self.workspace = workspace
        self.kind = kind
        self.epoch = epoch
        self.lasted = lasted
        self.state = state
        self.failure = failure
    }
}
