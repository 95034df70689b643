package import Model

/// Removes what finished jobs have left behind.
package protocol JobRetention: Sendable {
    /// Removes jobs that ended longer than `age` ago, or longer than their workspace's plan keeps them, with their journals,
    /// steps and files' rows, from the oldest on: at most `limit` of those submitted after `position`. A job that waits, runs or
    /// was started anew is never among them.
    ///
    /// - Parameter position: where an earlier call stopped; nil for the beginning.
    /// - Returns: what was removed. The uploads are the caller's to delete. What jobs made stays: files are named by their content,
    ///   and another job may be about to show the same one.
    func removeFinished(
        olderThan age: Duration, after position: JobID?, limit: Int
    ) async throws(StorageError) -> RemovedJobs

    /// Removes results of steps that were stored longer than `age` ago, or longer than their workspace's plan keeps jobs: at
    /// most `limit` of them, the oldest first. A job that still needs one does that step again.
    ///
    /// - Returns: how many.
    func removeStepResults(olderThan age: Duration, limit: Int) async throws(StorageError) -> Int
}

/// What a call of ``JobRetention`` removed.
package struct RemovedJobs: Hashable, Sendable {
    /// How many jobs.
    package var count = 0
    /// Keys of uploads of theirs in the object store that say nothing of their workspace; the others are found unused later.
    package var uploads: [String] = []
    /// Where to go on; nil when there is nothing more to remove now.
    package var position: JobID?

    package init() {}
}
