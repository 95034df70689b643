package import Endpoints
package import Model
package import Storage

/// What workers outside this program may do: register, take jobs, say how they go, end them.
///
/// An outside worker is a session like any other. A job of its that runs longer than its kind allows is asked to stop; when
/// it still runs a lease later, the next heartbeat of its worker ends it as failed, and without heartbeats the lease lapses.
package struct OutsideWorkService: Sendable {
    /// How long a lease may be.
    package static let leases: ClosedRange<Duration> = .seconds(1) ... .seconds(600)
    package static let defaultLease: Duration = .seconds(15)
    /// The most entries of a job's journal before its log takes no more lines.
    package static let longestLog: Int64 = 10_000

    /// How long a request that waits looks away after it found nothing.
    private static let rest: Duration = .milliseconds(20)

    let store: any JobLeases & OutsideWorkers
    private let reading: any JobReading
    private let objects: any ObjectStore
    private let ownKinds: Set<String>
    private let kinds: OutsideKinds
    private let retries: RetryPolicy
    let polls: LongPolls

    /// - Parameters:
    ///   - ownKinds: the kinds that this program runs itself.
    ///   - kinds: is told of new ones.
    package init(
        store: any JobLeases & OutsideWorkers, reading: any JobReading, objects: any ObjectStore, ownKinds: [JobKind],
        kinds: OutsideKinds, retries: RetryPolicy = RetryPolicy()
    ) {
        self.init(
            store: store, reading: reading, objects: objects, ownKinds: ownKinds, kinds: kinds, retries: retries,
            polls: LongPolls())
    }

    init(
        store: any JobLeases & OutsideWorkers, reading: any JobReading, objects: any ObjectStore, ownKinds: [JobKind],
        kinds: OutsideKinds, retries: RetryPolicy, polls: LongPolls
    ) {
        self.store = store
        self.reading = reading
        self.objects = objects
        self.ownKinds = Set(ownKinds.map(\.name))
        self.kinds = kinds
        self.retries = retries
        self.polls = polls
    }

    // MARK: Sessions

    /// Opens a session for a worker and makes its kinds known in its workspace.
    ///
    /// - Throws: `Problem` when this program runs one of the kinds itself, or a bound is reached.
    package func register(_ worker: OutsideWorker, kinds offered: [OutsideKind]) async throws {
        if let taken = offered.firstIndex(where: { ownKinds.contains($0.name) }) {
            throw Problem(
                .conflict,
                "Jobs of the kind '\(offered[taken].name)' are run by this server itself; choose another name.",
                field: "kinds[\(taken)].name")
        }
        do {
            try await store.register(worker, kinds: offered)
        } catch {
            guard error.code == .limited else { throw error }
            throw Problem(.unavailable, error.message, retryAfter: .seconds(60))
        }
        kinds.forget(worker.workspace)
    }

    /// The worker of that id.
    ///
    /// - Throws: `Problem` when the workspace does not have it.
    package func worker(_ id: WorkerSessionID, in workspace: WorkspaceID) async throws -> OutsideWorker {
        guard let worker = try await store.outsideWorker(id, in: workspace) else {
            throw Problem(.notFound, "There is no worker \(id).")
        }
        return worker
    }

    /// Extends the leases of a worker, and ends jobs that should have stopped long ago.
    ///
    /// - Returns: what it still holds.
    /// - Throws: `Problem` when its session has lapsed.
    package func heartbeat(_ worker: OutsideWorker) async throws -> [HeldJob] {
        guard let held = try await store.renew(worker) else { throw lapsed(worker) }
        var kept: [HeldJob] = []
        for job in held {
            guard job.isOverdue(by: worker.lease) else {
                kept.append(job)
                continue
            }
            do {
                try await finish(overtime(of: job, "it did not stop when asked"), job)
            } catch {
                // It ended meanwhile.
                if (error as? StorageError)?.code != .fenced { throw error }
            }
        }
        return kept
    }

    /// Ends the session of a worker; its jobs go back without spending an attempt.
    package func close(_ worker: OutsideWorker) async throws {
        try await store.close(worker)
    }

    // MARK: Leases

    /// Takes jobs for a worker; waits for the first one, but not longer than `wait`, nor after `giveUp` returns.
    ///
    /// - Throws: `Problem` when its session has lapsed, or too many wait already.
    package func lease(
        limit: Int, wait: Duration, for worker: OutsideWorker, giveUp: @escaping @Sendable () async -> Void
    ) async throws -> [LeasedJob] {
        // Subscribed before the first look.
        let ready = store.readySignals()
        let index = store.indexSignals()
        if let jobs = try await claim(limit, for: worker) { return jobs }
        guard wait > .zero else { return [] }
        return try await polls.wait(in: worker.workspace) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (wakeUps, wakeUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask { for await _ in ready { wakeUp.yield() } }
                if let index { group.addTask { for await _ in index { wakeUp.yield() } } }
                group.addTask {
                    try? await Task.sleep(for: wait)
                    wakeUp.finish()
                }
                group.addTask {
                    await giveUp()
                    wakeUp.finish()
                }
                defer { group.cancelAll() }
                for await _ in wakeUps {
                    if let jobs = try await claim(limit, for: worker) { return jobs }
                    // Signals are about jobs of anybody; where there are many, not each is worth a look.
                    try? await Task.sleep(for: Self.rest)
                }
                return []
            }
        }
    }

    /// - Returns: nil when there is nothing.
    private func claim(_ limit: Int, for worker: OutsideWorker) async throws -> [LeasedJob]? {
        switch try await store.prospects(of: worker) {
        case .lapsed: throw lapsed(worker)
        case .nothing: return nil
        case .jobs:
            let claimed = try await store.claim(limit: limit, for: worker)
            for leased in claimed { EngineMetrics.waited(leased.job.kind, leased.waited) }
            return claimed.isEmpty ? nil : claimed
        }
    }

    /// How long jobs of each kind may run.
    package func timeouts(in workspace: WorkspaceID) async throws -> [String: Duration] {
        let kinds = try await kinds.all(in: workspace)
        return Dictionary(kinds.map { ($0.name, $0.timeout) }) { first, _ in first }
    }

    // MARK: Jobs

    /// Writes what a worker reports about a job.
    ///
    /// - Parameter updates: made from what is known of the job.
    /// - Returns: the job, with whether it should stop by now.
    package func record(
        _ call: OutsideCall, _ updates: (HeldJob) -> [JobUpdate]
    ) async throws -> (job: HeldJob, shouldStop: JobStopReason?) {
        let job = try await held(call)
        let isCanceled = try await store.record(updates(job), under: job.lease)
        return (job, isCanceled ? .canceled : job.stopReason)
    }

    /// Publishes a file that was uploaded; the file that it replaces is removed.
    package func publish(
        _ file: EndpointRequest.UploadedFile, as name: String, _ call: OutsideCall
    ) async throws -> JobStopReason? {
        let earlier = try await reading.artifacts(of: call.job, in: call.worker.workspace).first { $0.name == name }
        let artifact = Artifact(
            name: name, object: file.object, contentType: file.contentType, size: file.size, sha256: file.sha256)
        let stop = try await record(call) { _ in [.artifact(artifact)] }.shouldStop
        // What stays after a failure is an unused object, not a wrong answer.
        if let earlier { try? await objects.delete(earlier.object) }
        return stop
    }

    /// Removes an upload that nothing refers to.
    package func discard(_ file: EndpointRequest.UploadedFile) async {
        // What stays after a failure is an unused object, not a wrong answer.
        try? await objects.delete(file.object)
    }

    /// Ends a job well. Again is nothing.
    package func complete(_ call: OutsideCall, result: JSONText) async throws {
        try await end(call) { _ in .succeeded(result) }
    }

    /// Ends an attempt that failed: the job runs again after a delay with full jitter, never sooner than `retryAfter`, unless
    /// its attempts are used up or another one would not help. Again is nothing.
    package func fail(_ call: OutsideCall, _ failure: JobFailure, retryAfter: Duration?) async throws {
        try await end(call) { job in job.map { outcome(failure, of: $0, retryAfter) } ?? .retry(failure, after: .zero) }
    }

    /// Hands a job back without spending an attempt; one that was asked to stop ends. Again is nothing.
    package func release(_ call: OutsideCall) async throws {
        try await end(call) { job in
            guard let job, job.isOverdue(), !job.cancelRequested else { return .handedBack }
            // Else a job that is too slow would run for ever.
            return overtime(of: job, "its worker gave it up")
        }
    }

    /// - Parameter outcome: given the job while the worker holds it; nil when the lease is over, and this call can only be the
    ///   repetition of one whose reply was lost.
    private func end(_ call: OutsideCall, _ outcome: (HeldJob?) -> JobOutcome) async throws {
        switch try await standing(call) {
        case .held(let job) where job.lease.epoch == call.epoch: try await finish(outcome(job), job)
        case .free: try await store.finish(outcome(nil), under: call.lease)
        case .held, .elsewhere: throw fenced(call)
        }
    }

    private func finish(_ outcome: JobOutcome, _ job: HeldJob) async throws {
        try await store.finish(outcome, under: job.lease)
        EngineMetrics.ran(job.kind, outcome, job.ran)
    }

    private func held(_ call: OutsideCall) async throws -> HeldJob {
        guard case .held(let job) = try await standing(call), job.lease.epoch == call.epoch else { throw fenced(call) }
        return job
    }

    private func standing(_ call: OutsideCall) async throws -> JobStanding {
        guard let standing = try await store.standing(of: call.job, for: call.worker) else {
            throw Problem(.notFound, "There is no job \(call.job).")
        }
        return standing
    }

    private func outcome(_ failure: JobFailure, of job: HeldJob, _ retryAfter: Duration? = nil) -> JobOutcome {
        guard failure.retryable, job.attempt < job.maxAttempts else {
            var last = failure
            last.retryable = false
            return .dead(last)
        }
        var random = SystemRandomNumberGenerator()
        return .retry(
            failure, after: retries.delay(afterAttempt: job.attempt, retryAfter: retryAfter, using: &random))
    }

    private func overtime(of job: HeldJob, _ end: String) -> JobOutcome {
        let limit = Int(job.timeout.fractionalSeconds.rounded(.up))
        let message = """
            The job ran longer than \(limit) s, the limit of its kind or what was left of the plan's processing time; \(end).
            """
        return outcome(JobFailure(code: "timed-out", message: message, retryable: true), of: job)
    }

    // MARK: Refusals

    private func lapsed(_ worker: OutsideWorker) -> Problem {
        Problem(
            .lapsed,
            "The session \(worker.id) has lapsed and its jobs belong to others now: stop them and register again.")
    }

    private func fenced(_ call: OutsideCall) -> Problem {
        Problem(
            .fenced,
            "Lease \(call.epoch) of job \(call.job) is over: another worker owns the job, or it has ended. Stop working on it."
        )
    }
}
