package import Model

/// Removes what finished jobs have left behind.
package protocol JobRetention: Sendable {
    /// Removes jobs that ended longer than `age` ago, with their journals, steps and files' rows, from the oldest on: at most
    /// `limit` of those submitted after `position`. A job that waits, runs or was started anew is never among them.
    ///
    /// - Parameter position: where an earlier call stopped; nil for the beginning.
    /// - Returns: what was removed. The uploads are the caller's to delete. What jobs made stays: files are named by their content,
    ///   and another job may be about to show the same one.
    func removeFinished(
        olderThan age: Duration, after position: JobID?, limit: Int
    ) async throws(StorageError) -> RemovedJobs
}

/// What a call of ``JobRetention`` removed.
package struct RemovedJobs: Hashable, Sendable {
    /// How many jobs.
    package var count = 0
    /// Keys of their uploads in the object store.
    package var uploads: [String] = []
    /// Where to go on; nil when there is nothing more to remove now.
    package var position: JobID?

    package init() {}
}
