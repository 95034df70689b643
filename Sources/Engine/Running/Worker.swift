import Foundation
package import Logging
import Metrics
import Model
import ServiceLifecycle
package import Storage
import Synchronization
package import Traces

/// Claims jobs and runs them, up to a number at a time, under one session with the store.
///
/// On graceful shutdown it stops claiming, gives running jobs `drainTimeout` to finish and hands the rest back without
/// spending an attempt.
package struct Worker: Service {
    /// How a worker behaves.
    package struct Settings: Sendable {
        /// Jobs that run at the same time.
        package var slots: Int
        /// How long a lease outlives the last sign of life.
        package var lease: Duration
        /// How often it is renewed.
        package var renewal: Duration
        /// How long running jobs may go on after a shutdown was asked for.
        package var drainTimeout: Duration
        package var retries: RetryPolicy

        package init(
            slots: Int = 2, lease: Duration = .seconds(15), renewal: Duration = .seconds(5),
            drainTimeout: Duration = .seconds(20), retries: RetryPolicy = RetryPolicy()
        ) {
            self.slots = max(slots, 1)
            self.lease = lease
            self.renewal = renewal
            self.drainTimeout = drainTimeout
            self.retries = retries
        }
    }

    let store: any JobLeases & WorkerSessions
    let objects: any ObjectStore
    let kinds: [String: JobKind]
    let scratch: ScratchFolders
    let settings: Settings
    let tracer: SpanTracer?
    let logger: Logger
    private let endings: LeaseEndings

    /// - Parameter tracer: begins a span for each attempt; nil where nothing is traced.
    package init(
        store: any JobLeases & WorkerSessions, objects: any ObjectStore, kinds: [JobKind], scratch: ScratchFolders,
        settings: Settings, tracer: SpanTracer? = nil, logger: Logger
    ) {
        self.store = store
        self.objects = objects
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        self.scratch = scratch
        self.settings = settings
        self.tracer = tracer
        self.logger = logger
        endings = LeaseEndings(store: store)
    }

    /// Works until a graceful shutdown or cancellation.
    package func run() async throws {
        let left = scratch.sweep()
        if left.folders > 0 {
            logger.notice(
                "removed what dead workers left behind",
                metadata: ["folders": "\(left.folders)", "programs": "\(left.groups)"])
        }
        defer { scratch.close() }
        let running = RunningJobs(slots: settings.slots)
        await withTaskCancellationOrGracefulShutdownHandler {
            await work(running)
        } onCancelOrGracefulShutdown: {
            running.beginDraining()
        }
    }

    private func work(_ running: RunningJobs) async {
        var session = await openSession(running)
        // Each round is one session; a lapsed session is followed by a new one.
        while let (current, openedAt) = session, !running.isDraining {
            let validity = SessionValidity(settings: settings, since: openedAt)
            let leadership = Leadership(current)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await renew(current, validity, leadership, running) }
                group.addTask { await watch(validity, running) }
                group.addTask { await keepUp(current, leadership, running) }
                group.addTask { await poll(running) }
                group.addTask { await followIndex(leadership, running) }
                group.addTask { await listen(store.readySignals(), running) }
                await claimLoop(current, running)
                group.cancelAll()
            }
            await closeSession(current)
            session = running.isDraining ? nil : await openSession(running)
        }
    }

    // MARK: Claiming

    private func claimLoop(_ session: WorkerSessionID, _ running: RunningJobs) async {
        let wakeUps = running.openSession()
        await withDiscardingTaskGroup { group in
            for await _ in wakeUps {
                while !running.hasEnded, running.freeSlots > 0 {
                    running.beginClaim()
                    let claimed = await claim(running.freeSlots, session, running)
                    for leased in claimed {
                        guard let kind = kinds[leased.job.kind] else { continue }
                        let stop = running.start(leased.lease)
                        group.addTask {
                            await run(leased, kind, stop, running)
                            running.finish(leased.lease)
                        }
                    }
                    running.endClaim()
                    if claimed.isEmpty { break }
                }
                if running.hasEnded { break }
            }
            await drain(running)
        }
    }

    private func claim(_ limit: Int, _ session: WorkerSessionID, _ running: RunningJobs) async -> [LeasedJob] {
        do {
            let claimed = try await store.claim(kinds: Array(kinds.keys), limit: limit, for: session)
            for leased in claimed {
                EngineMetrics.waited(leased.job.kind, leased.waited)
            }
            return claimed
        } catch {
            guard !Task.isCancelled else { return [] }
            logger.error("claiming jobs failed; trying again in a second", metadata: ["error": "\(error)"])
            running.retrySoon()
            return []
        }
    }

    private func run(_ leased: LeasedJob, _ kind: JobKind, _ stop: StopSwitch, _ running: RunningJobs) async {
        var logger = logger
        logger[metadataKey: "job"] = "\(leased.job.id)"
        logger[metadataKey: "workspace"] = "\(leased.job.workspace)"
        logger[metadataKey: "kind"] = "\(leased.job.kind)"
        logger[metadataKey: "attempt"] = "\(leased.job.attempt)"
        if let request = leased.job.request { logger[metadataKey: "request_id"] = "\(request)" }
        let outcome = await AttemptSpan.of(leased, tracer) { await attempt(leased, kind, stop, &logger) }
        guard let outcome else { return }
        FaultPoint.reach(.handled)
        await finish(outcome, leased, stop, running, logger)
    }

    private func attempt(
        _ leased: LeasedJob, _ kind: JobKind, _ stop: StopSwitch, _ logger: inout Logger
    ) async -> JobOutcome? {
        if let trace = TraceContext.current?.traceID.description ?? leased.job.traceID {
            logger[metadataKey: "trace_id"] = "\(trace)"
        }
        logger.info("job started")
        let begin = ContinuousClock.now
        let outcome = await JobRun(
            leased: leased, kind: kind, stop: stop, store: store, objects: objects, scratch: scratch,
            retries: settings.retries, logger: logger
        ).outcome()
        let elapsed = begin.duration(to: .now)
        EngineMetrics.ran(leased.job.kind, outcome, elapsed)
        logger.info(
            "job ended",
            metadata: ["outcome": "\(EngineMetrics.name(of: outcome))", "seconds": "\(elapsed.fractionalSeconds)"])
        return outcome
    }

    /// Reports an outcome, again and again while the lease holds: a lost reply must not run the job twice, and a result
    /// must not be lost. A worker that shuts down has as long as a lease for it.
    private func finish(
        _ outcome: JobOutcome, _ leased: LeasedJob, _ stop: StopSwitch, _ running: RunningJobs, _ logger: Logger
    ) async {
        let deadline = ContinuousClock.now + settings.lease
        var outcome = outcome
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await endings.finish(outcome, under: leased.lease)
            } catch {
                if error.code == .fenced {
                    logger.warning("the job belongs to another worker by now; its outcome here is dropped")
                    return
                }
                logger.error("the outcome of a job could not be stored", metadata: ["error": "\(error)"])
                if !error.mayPass {
                    // The job must not wait for what never comes.
                    outcome = .dead(
                        JobFailure(code: "storage-\(error.code)", message: error.message, retryable: false))
                }
                if running.isDraining, ContinuousClock.now >= deadline { return }
                guard stop.reason != .leaseLost, !Task.isCancelled else { return }
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    // MARK: The session

    /// - Returns: the session, and an instant from which it certainly lasts.
    private func openSession(_ running: RunningJobs) async -> (id: WorkerSessionID, openedAt: ContinuousClock.Instant)?
    {
        while !running.isDraining {
            let asked = ContinuousClock.now
            let session = WorkerSession(
                id: WorkerSessionID(), host: HostProcess.host(), process: HostProcess.current(),
                isAlive: HostProcess.isAlive)
            do {
                try await store.openSession(session, lasting: settings.lease)
                return (session.id, asked)
            } catch {
                logger.error("no session with the database; trying again in 2 s", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(2))
                if Task.isCancelled { return nil }
            }
        }
        return nil
    }

    private func closeSession(_ session: WorkerSessionID) async {
        do {
            try await store.closeSession(session)
        } catch {
            // Who is cancelled wants no further calls; the next process of this host ends the session.
            guard !Task.isCancelled else { return }
            logger.warning(
                "the session could not be closed; its jobs run again when it lapses", metadata: ["error": "\(error)"])
        }
    }

    /// Keeps the session alive, and stops what must stop.
    private func renew(
        _ session: WorkerSessionID, _ validity: SessionValidity, _ leadership: Leadership, _ running: RunningJobs
    ) async {
        await withTaskGroup(of: Void.self) { group in
            // A tick renews; a signal only looks, because what it writes would be a signal for the others. Signals never push
            // a tick out: what is due stays due until it is done.
            let (wakeUps, wakeUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let isDue = Atomic(false)
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: settings.renewal)
                    isDue.store(true, ordering: .sequentiallyConsistent)
                    wakeUp.yield()
                }
            }
            group.addTask { for await _ in store.stopSignals(for: session) { wakeUp.yield() } }
            for await _ in wakeUps {
                let renewing = isDue.exchange(false, ordering: .sequentiallyConsistent)
                do {
                    guard try await look(session, renewing: renewing, validity, leadership, running) else {
                        logger.error("the session lapsed; its jobs belong to other workers now")
                        running.loseSession()
                        break
                    }
                } catch {
                    if renewing { isDue.store(true, ordering: .sequentiallyConsistent) }
                    logger.error("the session could not be renewed", metadata: ["error": "\(error)"])
                }
            }
            group.cancelAll()
        }
    }

    /// Asks what the session holds, acts on it, and gives back what nobody works on.
    ///
    /// - Returns: false when the session has lapsed.
    private func look(
        _ session: WorkerSessionID, renewing: Bool, _ validity: SessionValidity, _ leadership: Leadership,
        _ running: RunningJobs
    ) async throws -> Bool {
        let asked = ContinuousClock.now
        let look = running.look()
        let answer =
            renewing
            ? try await store.renewSession(session, lasting: settings.lease) : try await store.look(at: session)
        guard let answer else { return false }
        if renewing { validity.renewed(at: asked) }
        leadership.learn(answer.leader, at: asked)
        for lease in running.apply(answer.notices, since: look) {
            logger.warning("a job that nobody here works on goes back", metadata: ["job": "\(lease.job)"])
            try await store.finish(.handedBack, under: lease)
        }
        return true
    }

    /// Ends every handler before the leases do, also while a renewal hangs.
    private func watch(_ validity: SessionValidity, _ running: RunningJobs) async {
        while !Task.isCancelled {
            let end = validity.end
            if ContinuousClock.now >= end {
                logger.error("the session may have lapsed; its handlers are stopped")
                return running.loseSession()
            }
            try? await Task.sleep(until: end, clock: .continuous)
        }
    }

    /// While this worker leads, moves on what time has moved: each second, or when the next job is due. While another
    /// leads, waits until that one's session ends.
    private func keepUp(_ session: WorkerSessionID, _ leadership: Leadership, _ running: RunningJobs) async {
        while !Task.isCancelled {
            var pause = Duration.milliseconds(Int.random(in: 900...1_100))
            do {
                if let vacantAt = leadership.candidacy, ContinuousClock.now >= vacantAt {
                    leadership.won(try await store.lead(session), retryingAfter: settings.renewal / 5 + pause / 4)
                    if leadership.term != nil { logger.info("this worker leads now") }
                }
                if let term = leadership.term {
                    if leadership.isRepairDue() { try await store.repairIndex() }
                    let report = try await store.sweep(inTerm: term)
                    if report.lost > 0 {
                        EngineMetrics.lost(report.lost)
                        logger.warning("leases lapsed", metadata: ["jobs": "\(report.lost)"])
                    }
                    if let until = report.untilDue { pause = min(pause, max(until, .milliseconds(5))) }
                } else if let vacantAt = leadership.candidacy {
                    pause = min(pause, max(ContinuousClock.now.duration(to: vacantAt), .milliseconds(20)))
                }
            } catch {
                logger.error("the upkeep failed; trying again in 1 s", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Hears of ready jobs from the index, and has it repaired when it was lost.
    private func followIndex(_ leadership: Leadership, _ running: RunningJobs) async {
        guard let signals = store.indexSignals() else { return }
        for await signal in signals {
            switch signal {
            case .offered: running.wake()
            case .reconnected:
                logger.warning("the index of ready jobs was lost; the leader rebuilds it from the database")
                leadership.loseIndex()
                running.wake()
            }
        }
    }

    /// Looks for work now and then although nobody announced any, and soon after a claim that failed.
    private func poll(_ running: RunningJobs) async {
        var nextLook = ContinuousClock.now + .seconds(Int.random(in: 8...12))
        while (try? await Task.sleep(for: .milliseconds(Int.random(in: 900...1_100)))) != nil {
            guard running.takeRetry() || ContinuousClock.now >= nextLook else { continue }
            running.wake()
            nextLook = .now + .seconds(Int.random(in: 8...12))
        }
    }

    private func listen(_ signals: AsyncStream<Void>, _ running: RunningJobs) async {
        for await _ in signals { running.wake() }
    }

    /// Gives running jobs time to finish, then stops them.
    private func drain(_ running: RunningJobs) async {
        let deadline = ContinuousClock.now + settings.drainTimeout
        while !running.isEmpty, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
        }
        running.stopAll(.draining)
    }
}
