import Model
import Storage

extension JobStoreBehaviour {
    /// Who may work on a job.
    static let ownership: [JobStoreBehaviour] = [
        .init("claimers of several processes never share a job, and leave none") { trial in
            let count = JobStoreTrial.many(400)
            let ids = try await trial.submit(count: count)
            try await trial.database.withAnother { other in
                let stores = [trial.store, trial.store(on: other)]
                let claimed = try await withThrowingTaskGroup(of: [LeasedJob].self) { group in
                    for number in 0..<6 {
                        let session = try await trial.openSession()
                        group.addTask {
                            var mine: [LeasedJob] = []
                            while true {
                                let more = try await stores[number % 2].claim(
                                    kinds: ["trial"], limit: 1 + number * 2, for: session)
                                if more.isEmpty { return mine }
                                mine += more
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                // A claimer that found the last rows locked by another left them to that other.
                try expect(claimed.count == count, "\(claimed.count) of \(count) were claimed")
                try expect(Set(claimed.map(\.job.id)) == Set(ids), "a job was claimed twice, or never")
                try expect(claimed.allSatisfy { $0.job.epoch == 1 && $0.job.attempt == 1 }, "an epoch is not 1")
            }
            for id in ids.prefix(20) { try await trial.journal(id) }
        },
        .init("a claim takes the highest priority first, then the oldest, of the kinds it names, up to its limit") {
            trial in
            let low = try await trial.submit(trial.newJob()).job.id
            let high = try await trial.submit(trial.newJob(priority: 5)).job.id
            let next = try await trial.submit(trial.newJob()).job.id
            try await trial.submit(trial.newJob(kind: "other", priority: 9))
            let session = try await trial.openSession()
            try expect(try await trial.claim(session, limit: 2).map(\.job.id) == [high, low], "another order")
            try expect(try await trial.claim(session, limit: 2).map(\.job.id) == [next], "another job")
            try expect(try await trial.store.claim(kinds: [], limit: 9, for: session).isEmpty, "no kinds gave a job")
            try expect(
                try await trial.store.claim(kinds: ["trial", "other"], limit: 0, for: session).isEmpty,
                "limit 0 gave a job")
            try expect(
                try await trial.store.claim(kinds: ["trial", "other"], limit: 9, for: session).count == 1,
                "the last one is missing")
        },
        .init("a stale epoch is refused on every kind of write, and nothing of it is stored") { trial in
            let stale = try await trial.leased()
            try await trial.loseWorkers()
            let current = try await trial.lease()
            try expect(
                current.job == stale.job && current.epoch == stale.epoch + 1,
                "the epochs are \(stale.epoch), \(current.epoch)")
            let before = try await trial.job(stale.job)
            for update in Self.everyUpdate {
                try await expect(.fenced) { _ = try await trial.store.record([update], under: stale) }
            }
            for outcome in Self.everyOutcome {
                try await expect(.fenced) { try await trial.store.finish(outcome, under: stale) }
            }
            try expect(try await trial.job(stale.job) == before, "the job changed")
            try await trial.journal(stale.job)
            try expect(try await trial.store.steps(of: stale.job, in: trial.workspace).isEmpty, "a step is stored")
            try expect(
                try await trial.store.artifacts(of: stale.job, in: trial.workspace).isEmpty, "a file is published")
            try expect(try await trial.store.stepResult("stale", in: trial.workspace) == nil, "a result is stored")
            try expect(try await trial.store.stageRates(["stale"]).isEmpty, "a rate is stored")
            _ = try await trial.store.record(Self.everyUpdate, under: current)
            try await trial.store.finish(.succeeded(.emptyObject), under: current)
        },
        .init("epochs that do not exist, other workspaces and unknown jobs are refused alike") { trial in
            let lease = try await trial.leased()
            let wrong = [
                JobLease(job: lease.job, workspace: lease.workspace, epoch: lease.epoch + 1),
                JobLease(job: lease.job, workspace: lease.workspace, epoch: 0),
                JobLease(job: lease.job, workspace: WorkspaceID(), epoch: lease.epoch),
                JobLease(job: JobID(), workspace: lease.workspace, epoch: 1),
            ]
            for lease in wrong {
                for update in Self.everyUpdate {
                    try await expect(.fenced) { _ = try await trial.store.record([update], under: lease) }
                }
                for outcome in Self.everyOutcome {
                    try await expect(.fenced) { try await trial.store.finish(outcome, under: lease) }
                }
            }
            try await trial.expectState(.leased, of: lease.job)
        },
        .init("a lease lasts as long as its session is renewed") { trial in
            let session = try await trial.openSession()
            let lease = try await trial.leased(for: session)
            for _ in 0..<3 {
                trial.clock.advance(by: .seconds(10))
                let notices = try await trial.store.renewSession(session, lasting: JobStoreTrial.lease)?.notices
                let expected = [LeaseNotice(lease: lease, cancelRequested: false)]
                try expect(notices == expected, "the notices are \(notices as Any)")
                try expect(try await trial.store.sweep().lost == 0, "the lease was taken away")
            }
            try await trial.store.finish(.succeeded(.emptyObject), under: lease)
            try expect(
                try await trial.store.renewSession(session, lasting: JobStoreTrial.lease)?.notices == [],
                "a lease is left")
        },
        .init("a session that lapsed can neither be renewed nor claim, before and after the sweep") { trial in
            let session = try await trial.openSession()
            let lease = try await trial.leased(for: session)
            try await trial.submit(count: 1)
            trial.clock.advance(by: JobStoreTrial.lease + .seconds(1))
            for _ in 0..<2 {
                try expect(
                    try await trial.store.renewSession(session, lasting: JobStoreTrial.lease) == nil, "it was renewed")
                try expect(try await trial.claim(session, limit: 5).isEmpty, "it claimed")
                _ = try await trial.store.sweep()
            }
            try await expect(.fenced) { try await trial.store.finish(.succeeded(.emptyObject), under: lease) }
            try expect(
                try await trial.store.renewSession(WorkerSessionID(), lasting: JobStoreTrial.lease) == nil,
                "an unknown one was renewed")
        },
        .init("ending a lease twice after a lost reply changes nothing, and another ending is refused") { trial in
            for (outcome, state) in zip(
                Self.everyOutcome, [.succeeded, .scheduled, .ready, .dead, .canceled, .ready] as [JobState])
            {
                let lease = try await trial.leased()
                try await trial.store.finish(outcome, under: lease)
                try await trial.expectState(state, of: lease.job)
                let before = try await trial.job(lease.job)
                try await trial.store.finish(outcome, under: lease)
                try expect(try await trial.job(lease.job) == before, "\(outcome) twice changed the job")
                if state != .succeeded {
                    try await expect(.fenced) { try await trial.store.finish(.succeeded(.emptyObject), under: lease) }
                }
                try await expect(.fenced) {
                    _ = try await trial.store.record([JobStoreTrial.log("late")], under: lease)
                }
                try await trial.journal(lease.job)
                _ = try await trial.store.cancel(lease.job, in: trial.workspace)
            }
        },
        .init("a job that is handed back keeps its attempts and not its epoch") { trial in
            let first = try await trial.leased(trial.newJob(maxAttempts: 1))
            for epoch in Int64(2)...4 {
                let current = JobLease(job: first.job, workspace: first.workspace, epoch: epoch - 1)
                try await trial.store.finish(.handedBack, under: current)
                let job = try await trial.job(first.job)
                try expect(job.state == .ready && job.attempt == 0 && job.epoch == epoch - 1, "it is \(job)")
                try expect(try await trial.lease().epoch == epoch, "the epoch did not grow")
            }
        },
        .init("closing a session hands back all it held") { trial in
            let ids = try await trial.submit(count: 10)
            let session = try await trial.openSession()
            let other = try await trial.openSession()
            let kept = try await trial.claim(other, limit: 3).map(\.job.id)
            let mine = try await trial.claim(session, limit: 7)
            try await trial.store.closeSession(session)
            try await trial.store.closeSession(session)
            for id in ids {
                let job = try await trial.job(id)
                let isKept = kept.contains(id)
                try expect(job.state == (isKept ? .leased : .ready) && job.attempt == (isKept ? 1 : 0), "it is \(job)")
            }
            try await expect(.fenced) { _ = try await trial.store.record([], under: mine[0].lease) }
            try expect(try await trial.claim(session, limit: 5).isEmpty, "the closed session claimed")
        },
    ]

    private static var everyUpdate: [JobUpdate] {
        [
            .progress(JobProgress(stage: "stale", percent: 99)), JobStoreTrial.log("stale"),
            .stage(JobProgress(stage: "stale", percent: 99)), JobStoreTrial.step("stale", key: "stale", result: "{}"),
            JobStoreTrial.artifact("stale", object: "stale"), .rate(key: "stale", units: 1, seconds: 1),
        ]
    }

    private static var everyOutcome: [JobOutcome] {
        [
            .succeeded(.emptyObject), .retry(JobStoreTrial.failure, after: .seconds(60)),
            .retry(JobStoreTrial.failure, after: .zero), .dead(JobStoreTrial.failure), .canceled, .handedBack,
        ]
    }
}
