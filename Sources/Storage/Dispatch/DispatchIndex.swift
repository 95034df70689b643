package import Model

/// An index of ready jobs outside the database: which job comes next. It may lose anything at any time.
///
/// It owns nothing. A job that it hands out still has to be taken by a guarded update in the database, and what it forgot is
/// offered again from there.
package protocol DispatchIndex: Sendable {
    /// Adds ready jobs, or moves those it holds to their new place. Wakes whoever waits for a job.
    func offer(_ entries: [DispatchEntry]) async throws(StorageError)

    /// Takes up to `limit` jobs of the given kinds, lowest rank first.
    ///
    /// What is taken and not ``settle(_:)``d within some seconds, because its taker died, is handed out again.
    func take(kinds: [String], limit: Int) async throws(StorageError) -> [DispatchEntry]

    /// Forgets jobs: taken ones that the database granted, and those that are not ready any more.
    func settle(_ entries: [DispatchEntry]) async throws(StorageError)

    /// How many jobs it holds, those that are taken and not settled included.
    func count() async throws(StorageError) -> Int

    /// Forgets everything that is not among what `read` returns and holds that: the database is right. What is offered
    /// while it is read stays.
    func rebuild(
        _ read: @Sendable () async throws(StorageError) -> [DispatchEntry]
    ) async throws(StorageError)

    /// A signal when jobs were offered, and when the index was lost and has to be rebuilt. Subscribed before this returns.
    func signals() -> AsyncStream<DispatchSignal>
}

extension DispatchIndex {
    /// Holds these and nothing else.
    package func rebuild(_ entries: [DispatchEntry]) async throws(StorageError) {
        try await rebuild { () throws(StorageError) in entries }
    }
}

/// One ready job as the index orders it.
package struct DispatchEntry: Hashable, Sendable {
    package let job: JobID
    package let kind: String
    /// 0 to 7; lower comes first.
    package let band: Int
    /// The start tag within the band, 0 to 2^50 - 1; lower comes first.
    package let tag: Int64

    package init(job: JobID, kind: String, band: Int, tag: Int64) {
        self.job = job
        self.kind = kind
        self.band = band
        self.tag = tag
    }

    /// Reads `job, kind, rank, tag` of a ready job.
    init(_ row: SQLRow) throws(StorageError) {
        self.init(
            job: try row.id("job"), kind: try row.text("kind"), band: Int(try row.integer("rank")),
            tag: try row.integer("tag"))
    }
}

/// What the index says without being asked.
package enum DispatchSignal: Hashable, Sendable {
    /// Jobs were offered.
    case offered
    /// The connection was lost and is there again: what it holds may be old or gone.
    case reconnected
}
