import Foundation
import Model
import Storage

/// A job store under test, a clock to move, and what the promises are written with.
struct JobStoreTrial: Sendable {
    let database: DatabaseTrial
    let store: SQLJobStore
    let workspace = WorkspaceID()

    /// The index of ready jobs beside the database, if there is one.
    let index: (any DispatchIndex)?

    init(_ database: DatabaseTrial, index: (any DispatchIndex)?) {
        self.database = database
        self.index = index
        store = SQLJobStore(database: database.database, dispatch: index)
    }

    /// The store as another process has it, on the same data.
    func store(on other: any SQLDatabase) -> SQLJobStore { SQLJobStore(database: other, dispatch: index) }

    /// A size for cases whose promise speaks of very many jobs: small for everyday runs, or what `TEST_JOBS` says.
    static func many(_ everyday: Int) -> Int {
        ProcessInfo.processInfo.environment["TEST_JOBS"].flatMap(Int.init) ?? everyday
    }

    /// How long leases last in these trials.
    static let lease: Duration = .seconds(15)

    var clock: MovableClock { database.clock }

    func newJob(
        kind: String = "trial", input: String = "{}", key: String? = nil, priority: Int = 0, maxAttempts: Int = 5,
        band: Band = .batch, delay: Duration = .zero, expiresAfter: Duration? = nil, caps: [Cap] = [],
        needs: [JobID] = [], whenNeedFails: DependencyPolicy = .cancel, in other: WorkspaceID? = nil
    ) -> NewJob {
        NewJob(
            workspace: other ?? workspace, kind: kind, input: .init(trusted: input), inputHash: "hash of " + input,
            priority: priority, maxAttempts: maxAttempts, band: band, delay: delay, expiresAfter: expiresAfter,
            caps: caps, needs: needs, whenNeedFails: whenNeedFails, idempotencyKey: key, request: "req_1")
    }

    /// A cap of this trial's workspace.
    func cap(_ name: String, _ slots: Int) throws -> Cap {
        guard let key = CapKey(name, in: workspace) else { throw BrokenPromise(description: "'\(name)' is no cap") }
        return Cap(key, slots: slots)
    }

    /// Begins to listen like the workers of a process; what comes back waits for them to be woken.
    func listening(_ store: SQLJobStore) -> (_ what: String) async throws -> Void {
        let ready = store.readySignals()
        guard let index = store.indexSignals() else { return { try await expectSignal(ready, $0) } }
        return { what in
            for await signal in index where signal == .offered { return }
            throw BrokenPromise(description: "no signal: \(what)")
        }
    }

    /// Submits one job.
    @discardableResult
    func submit(_ job: NewJob) async throws -> SubmittedJob {
        guard let submitted = try await store.submit([job], maximumDepth: 1_000_000).first else {
            throw BrokenPromise(description: "submitting one job gave none")
        }
        return submitted
    }

    /// Submits jobs that are alike and returns their ids.
    @discardableResult
    func submit(count: Int) async throws -> [JobID] {
        var ids: [JobID] = []
        while ids.count < count {
            let jobs = (0..<min(5_000, count - ids.count)).map { _ in newJob() }
            ids += try await store.submit(jobs, maximumDepth: 1_000_000).map(\.job.id)
        }
        return ids
    }

    /// Opens the session of a worker.
    func openSession(
        host: String = "here", process: String = UUID().uuidString,
        isAlive: @escaping @Sendable (String) -> Bool = { _ in true }
    ) async throws -> WorkerSessionID {
        let session = WorkerSession(id: WorkerSessionID(), host: host, process: process, isAlive: isAlive)
        try await store.openSession(session, lasting: Self.lease)
        return session.id
    }

    func claim(_ session: WorkerSessionID, limit: Int = 1) async throws -> [LeasedJob] {
        try await store.claim(kinds: ["trial"], limit: limit, for: session)
    }

    /// Claims the one job that is ready, in a session of its own unless one is given.
    func lease(_ session: WorkerSessionID? = nil) async throws -> JobLease {
        let owner = if let session { session } else { try await openSession() }
        guard let leased = try await claim(owner).first else { throw BrokenPromise(description: "no job is ready") }
        return leased.lease
    }

    /// Submits a job and claims it.
    func leased(_ job: NewJob? = nil, for session: WorkerSessionID? = nil) async throws -> JobLease {
        let id = try await submit(job ?? newJob()).job.id
        let lease = try await lease(session)
        try expect(lease.job == id, "another job was claimed")
        return lease
    }

    /// Lets every lease lapse and sweeps.
    @discardableResult
    func loseWorkers() async throws -> SweepReport {
        clock.advance(by: Self.lease + .seconds(1))
        return try await store.sweep()
    }

    /// Reads a job of this trial's workspace.
    func job(_ id: JobID) async throws -> Job {
        guard let job = try await store.job(id, in: workspace) else {
            throw BrokenPromise(description: "job \(id) is gone")
        }
        return job
    }

    func expectState(_ state: JobState, of id: JobID) async throws {
        let job = try await job(id)
        try expect(job.state == state, "the job is \(job.state.rawValue) instead of \(state.rawValue)")
    }

    /// Reads a job's journal and fails unless its positions are 1, 2, 3 … up to the job's own.
    @discardableResult
    func journal(_ id: JobID) async throws -> [JobEvent] {
        let events = try await store.events(of: id, in: workspace, after: 0, type: nil, limit: 100_000)
        let job = try await job(id)
        try expect(
            events.map(\.position) == Array(1...max(1, job.position)), "the positions are \(events.map(\.position))")
        return events
    }

    static let failure: JobFailure = .init(code: "trial", message: "It failed on purpose.", retryable: true)

    static func log(_ message: String) -> JobUpdate { .log(LogLine(level: .info, message: message)) }

    static func step(_ name: String, key: String, result: String?, reused: Bool = false) -> JobUpdate {
        let record = StepRecord(
            name: name, key: key, reused: reused, epoch: 1, startedAt: .init(microseconds: 1),
            finishedAt: .init(microseconds: 2))
        return .step(record, result: result.map { JSONText(trusted: $0) })
    }

    static func artifact(_ name: String, object: String) -> JobUpdate {
        .artifact(Artifact(name: name, object: object, contentType: "video/mp4", size: 3, sha256: "abc"))
    }
}
