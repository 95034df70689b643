import Model

/// An unfinished job as its row in `live_job` has it, read to be changed: what the rules look at, without what it carries.
struct LiveJob {
    let id: JobID
    let lane: Lane
    var lifecycle: JobLifecycle
    let position: Int64
    let session: WorkerSessionID?
    let isAskedToStop: Bool
    /// It has an idempotency key, which expires some time after it ends.
    let isKeyed: Bool
    /// Other jobs wait for its end.
    let isAwaited: Bool
    /// What its workspace was charged for it, in microseconds.
    let cost: Int64?
    /// How long it has been leased.
    let ran: Duration?
    /// The longest that this run may be, where its workspace has a bound.
    let allowance: Duration?
    /// How long until it may run; not above zero when it may.
    let untilDue: Duration

    /// It was promoted: it holds its caps and was charged.
    var isCharged: Bool { cost != nil }
    /// It stood ready, and no worker had it.
    var wasReady: Bool { isCharged && ran == nil }

    static let columns = """
        job, workspace, band, kind, caps, state, epoch, attempt, max_attempts, lost, position, session, cancel_requested,
        is_keyed, is_awaited, cost, allowance, now_us() - leased_at AS ran, run_at - now_us() AS until_due
        """

    init(_ row: SQLRow) throws(StorageError) {
        id = try row.id("job")
        lane = try Lane(row)
        lifecycle = JobLifecycle(
            state: try JobRow.state(row.text("state")), epoch: try row.integer("epoch"),
            attempt: Int(try row.integer("attempt")), lost: Int(try row.integer("lost")),
            maxAttempts: Int(try row.integer("max_attempts")))
        position = try row.integer("position")
        session = try row.optionalID("session")
        isAskedToStop = try row.bool("cancel_requested")
        isKeyed = try row.bool("is_keyed")
        isAwaited = try row.bool("is_awaited")
        cost = try row.optionalInteger("cost")
        ran = try row.optionalInteger("ran").map { .microseconds($0) }
        allowance = try row.optionalInteger("allowance").map { .microseconds($0) }
        untilDue = .microseconds(try row.integer("until_due"))
    }

    /// Locks and reads unfinished jobs, in the order of their ids, so that no two transactions wait for each other.
    static func lock(
        _ ids: some Sequence<JobID>, on connection: any SQLConnection
    ) throws(StorageError) -> [LiveJob] {
        let rows = try connection.query(
            """
            SELECT \(columns) FROM live_job WHERE job \(connection.dialect.isAmong("$1")) ORDER BY job
            \(connection.dialect.forUpdate)
            """, [connection.dialect.list(ids)])
        return try all(rows)
    }

    static func all(_ rows: [SQLRow]) throws(StorageError) -> [LiveJob] {
        var jobs: [LiveJob] = []
        jobs.reserveCapacity(rows.count)
        for row in rows { jobs.append(try LiveJob(row)) }
        return jobs
    }
}
